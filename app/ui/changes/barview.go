package changes

import (
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"
)

func (v *pageView) toQueue() *kit.Button {
	return kit.NewButton(kit.T("changes.queue"), kit.IconBack, func() { v.s.deps.Open(shell.Route{Screen: "changes"}) })
}

func (v *pageView) toDevice(r change.Request) *kit.Button {
	if d, ok := v.s.model.connected(r); ok {
		open := func() { v.s.deps.Open(shell.Route{Screen: "device", ID: d.Key()}) }
		if r.Outcome == change.Unknown {
			return kit.NewPrimary(kit.T("changes.device.read"), kit.IconDevices, open)
		}
		return kit.NewButton(kit.T("changes.device"), kit.IconDevices, open)
	}
	return kit.NewButton(kit.T("changes.devices"), kit.IconDevices, func() { v.s.deps.Open(shell.Route{Screen: "devices"}) })
}
