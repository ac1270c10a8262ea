package change

import (
	"context"
	"slices"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// Drift is what a device was left at by an emergency: the question afterwards is whether it still is.
type Drift struct {
	Device statement.Device
	Left   map[drivers.SettingID]string // tokens, as in statements
}

// Leave takes in what came of one of the emergency's actions. What nobody could read is left at what was wanted.
func (e *Drift) Leave(steps []Step) {
	if e.Left == nil {
		e.Left = map[drivers.SettingID]string{}
	}
	for _, s := range steps {
		switch {
		case s.Outcome == NotSent:
		case s.AsLeft != "":
			e.Left[s.ID] = s.AsLeft
		default:
			e.Left[s.ID] = s.Wanted
		}
	}
}

func (e *Drift) ids() []drivers.SettingID {
	var ids []drivers.SettingID
	for id := range e.Left {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Compare reads the settings that emergencies wrote and says which of them the device does not hold any more, by what each
// was left at last. It writes nothing. The faults are those of the line, and OtherDevice.
func (e *Drift) Compare(ctx context.Context, dev Device) (differ []drivers.SettingID, err error) {
	is, left := statement.DeviceOf(dev.Identity()), e.Device
	if is.Firmware = left.Firmware; is != left { // another firmware is a finding, and no other device
		return nil, fault.Newf(fault.OtherDevice, e.Device.Serial, "connected: %s SN %s", dev.Identity().Model, dev.Identity().Serial)
	}
	subject := e.Device.Serial
	err = dev.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
		snapshot, err := s.Read(ctx, e.ids()...)
		if err != nil {
			return lineFault(err, Request{Request: statement.Request{Device: statement.Device{Serial: subject}}})
		}
		for _, id := range e.ids() {
			reading, ok := snapshot.Reading(id)
			if !ok || token(reading.Value) != e.Left[id] {
				differ = append(differ, id)
			}
		}
		return nil
	})
	return differ, err
}
