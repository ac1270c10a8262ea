package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"countersign/drivers/generic/modbus"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
)

// options are what the flags say.
type options struct {
	folder     string
	interfaces string // onLoopback, onAll or onNone
	name       string
	log        *slog.Logger
}

// ward is a set of simulated devices that is up.
type ward struct {
	folder   folder
	stations []*station
	control  net.Listener
	log      *slog.Logger
	stop     context.CancelFunc
	served   chan struct{} // closed when the control socket has come to its end
}

// openWard plugs every device in and writes ward.json. The ward is up until ctx ends and close has returned.
func openWard(ctx context.Context, o options) (*ward, error) {
	audience, err := hearers(o.interfaces, o.name)
	if err != nil {
		return nil, err
	}
	f, err := makeFolder(o.folder)
	if err != nil {
		return nil, err
	}
	control, err := listenControl(ctx, f)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	w := &ward{folder: f, control: control, log: o.log, stop: stop, served: make(chan struct{})}
	w.stations = residents(ctx, f, audience, o.log)
	go w.serveControl(ctx)
	if err := w.open(ctx, audience); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *ward) open(ctx context.Context, heard audience) error {
	if err := os.MkdirAll(w.folder.ports(), 0o700); err != nil {
		return err
	}
	if heard.note != "" {
		w.log.Warn(heard.note)
	}
	for _, s := range w.stations {
		if err := s.plugIn(); err != nil {
			return err
		}
	}
	file := w.describe(heard)
	if err := w.folder.write(file); err != nil {
		return fmt.Errorf("the ward cannot be described: %w", err)
	}
	w.log.Info("the simulated ward is up", "folder", string(w.folder), "devices", len(w.stations))
	return nil
}

// residents are the devices of the ward, not plugged in yet.
func residents(ctx context.Context, f folder, heard audience, log *slog.Logger) []*station {
	patient := capnostream20.NewUnit("B355987655")
	_ = patient.Faults().Set(sim.Patient, 0)       // it is one of the known faults
	automatic := []int{9600, 19200, 57600, 115200} // the factory's setting of a Capnostream: it follows the host
	room, gas := "SIM-ROOM-03", "20417"
	stations := []*station{
		{serial: "B355987654", unit: capnostream20.NewUnit("B355987654"), port: filepath.Join(f.ports(), "bay1-capnostream"), speeds: automatic},
		{serial: "B355987655", unit: patient, port: filepath.Join(f.ports(), "bay2-capnostream"), speeds: automatic},
		{serial: room, unit: modbus.NewUnit(modbus.IsolationRoom(), room), service: heard.service("Isolation room 3", "sim-room-3", "EX-ROOM", room)},
		{serial: gas, unit: modbus.NewUnit(modbus.MedicalGasAlarm(), gas), service: heard.service("Medical gas, ward 4", "sim-gas-4", "EX-GAS", gas)},
	}
	for _, s := range stations {
		s.ctx, s.log, s.audience, s.listenAt = ctx, log, heard, "127.0.0.1:0"
		if s.service != nil {
			s.listenAt = heard.listenAt
		}
		if !hasPorts {
			s.port = ""
		}
	}
	return stations
}

// label names a device for people.
func label(d sim.Device) string { return d.Label() + " (simulated)" }

func (w *ward) describe(heard audience) wardFile {
	file := wardFile{Simulated: true, Process: os.Getpid(), Interfaces: []string{}}
	file.Control = place{w.control.Addr().Network(), w.control.Addr().String()}
	if hasPorts {
		file.Ports = filepath.Join(w.folder.ports(), "*")
	}
	for _, ifi := range heard.interfaces {
		file.Interfaces = append(file.Interfaces, ifi.Name)
	}
	for _, s := range w.stations {
		e := deviceEntry{Label: label(s.unit), Serial: s.serial, Scheme: "tcp", Address: s.loopback(), TCP: s.loopback(), Announced: s.announced(), Facts: s.facts()}
		if s.port != "" {
			e.Scheme, e.Address = "serial", s.port
		}
		file.Devices = append(file.Devices, e)
	}
	return file
}

// do carries out a command and returns what there is to say.
func (w *ward) do(c command) ([]string, error) {
	if c.verb == verbList {
		return w.list(), nil
	}
	for _, s := range w.stations {
		if s.serial != c.serial {
			continue
		}
		if c.verb == verbClear {
			return nil, s.clear(c.fault)
		}
		return nil, s.set(c.fault, c.n)
	}
	var serials []string
	for _, s := range w.stations {
		serials = append(serials, s.serial)
	}
	return nil, fmt.Errorf("no device here has the serial number %q; there are %s", c.serial, strings.Join(serials, ", "))
}

func (w *ward) list() []string {
	var lines []string
	for _, s := range w.stations {
		state := "plugged-in"
		if !s.isIn() {
			state = "unplugged"
		}
		lines = append(lines, fmt.Sprintf("device %s %s %s", s.serial, state, label(s.unit)))
		for _, fault := range sim.Known() {
			if n, on := s.unit.Faults().Active(fault); on {
				lines = append(lines, fmt.Sprintf("fault %s %s %d", s.serial, fault, n))
			}
		}
	}
	return lines
}

// close unplugs every device and clears the folder away. It returns when nothing of the ward runs any more.
func (w *ward) close() {
	w.stop()
	err := w.control.Close()
	<-w.served
	for _, s := range w.stations {
		s.pullOut()
	}
	if err = errors.Join(ignoreClosed(err), w.folder.tidy()); err != nil {
		w.log.Warn("the ward's folder could not be cleared", "cause", err)
	}
	w.log.Info("the simulated ward is closed")
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
