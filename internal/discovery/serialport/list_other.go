//go:build windows || (darwin && cgo)

package serialport

import "go.bug.st/serial/enumerator"

// System lists the serial ports that the operating system knows of. It gives the library no filter, so that the
// library leaves USB descriptors alone: asking a device for them may disturb it. (Linux has a list of its own.)
func System() ([]Port, error) {
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, err
	}
	ports := make([]Port, 0, len(details))
	for _, d := range details {
		ports = append(ports, Port{Path: d.Name, VID: d.VID, PID: d.PID, Serial: d.SerialNumber, Product: d.Product})
	}
	return ports, nil
}
