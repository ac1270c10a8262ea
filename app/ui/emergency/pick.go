package emergency

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/inventory"
)

// identified lists the devices that said who they are. An emergency is opened on one of them and on nothing that only may
// be there.
func (m *model) identified() []inventory.Device {
	var all []inventory.Device
	for _, d := range m.devices {
		if d.Driver != nil {
			all = append(all, d)
		}
	}
	return all
}

// find returns the endpoint of the one device with this serial number, as it was scanned or typed, or says what is wrong.
func (m *model) find(text string) (key, problem string) {
	serial := strings.TrimSpace(text)
	if serial == "" {
		return "", kit.T("emergency.find.nothing")
	}
	for _, d := range m.identified() {
		if !strings.EqualFold(d.Identity.Serial, serial) {
			continue
		}
		if key != "" {
			return "", kit.T("emergency.find.several", kit.Data{"Serial": serial})
		}
		key = d.Key()
	}
	if key == "" {
		return "", kit.T("emergency.find.none", kit.Data{"Serial": serial})
	}
	return key, ""
}
