package changes

import (
	"cmp"
	"fmt"

	"countersign/app/ui/kit"
	"countersign/internal/change"
	"countersign/internal/fault"
)

func (v *pageView) renderBar(r change.Request) {
	m := v.s.model
	device, connected := m.connected(r)
	key := fmt.Sprint(r.ID, r.State, m.me.ID, m.flow.act, m.flow.stage, m.flow.person.ID, connected, device.Key(), m.writing(r.ID), m.shown, r.Accepted, r.Waived, r.Outcome, len(r.Approvals), fault.Is(m.attempt(r), fault.InUse))
	v.bar.Set(key, func() []*kit.Button { return v.buttons(r, connected) })
	v.more.Set(key, v.moreButtons)
}

func (v *pageView) buttons(r change.Request, connected bool) []*kit.Button {
	m := v.s.model
	names := kit.Data{"Serial": m.serial(r), "Name": cmp.Or(m.flow.person.Name, m.me.Name)}
	cancel := kit.NewButton(kit.T("dialog.cancel"), "", v.leave)
	write := kit.N("changes.write", len(r.Set), names)
	switch m.flow.stage {
	case naming:
		text := kit.T("changes.naming.continue")
		if m.flow.act != approve {
			text = kit.T("changes."+string(m.flow.act)+".sign", names)
		}
		return []*kit.Button{cancel, kit.NewPrimary(text, kit.IconKey, v.submitName)}
	case proving, comparing:
		return []*kit.Button{cancel}
	case entering:
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("changes.entering.compare"), kit.IconCheck, v.submitEntries)}
	case reading:
		return []*kit.Button{kit.NewButton(kit.T("changes.reading.leave"), "", v.leave), kit.NewPrimary(kit.T("changes.reading.sign", names), kit.IconEdit, v.s.sign)}
	case confirming:
		if m.flow.act == apply {
			return []*kit.Button{cancel, kit.NewPrimary(write, kit.IconArrow, v.s.write)}
		}
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("changes.withdraw.sign", names), kit.IconEdit, v.s.withdraw)}
	case open:
		return []*kit.Button{kit.NewButton(kit.T("changes.back"), kit.IconBack, v.leave)}
	case signing:
		return nil
	}
	return v.restingButtons(r, connected, write)
}

// restingButtons offer what can be done next.
func (v *pageView) restingButtons(r change.Request, connected bool, write string) []*kit.Button {
	m := v.s.model
	buttons := []*kit.Button{v.toQueue()}
	if m.writing(r.ID) {
		return buttons
	}
	if m.canShow(r) {
		buttons = append(buttons, v.toShow())
	}
	for _, a := range []act{refuse, giveBack, accept, resolve, waive, again, approve, apply} {
		switch {
		case !v.s.offers(a):
		case a == apply && m.me.ID == "":
			buttons = append(buttons, kit.NewPrimary(kit.T("changes.sign_in"), kit.IconPerson, v.s.deps.SignIn))
		case a == apply && !connected:
			off := kit.NewButton(write, kit.IconArrow, nil)
			off.SetEnabled(false)
			buttons = append(buttons, off, v.toDevice(r))
		case a == apply:
			buttons = append(buttons, kit.NewPrimary(write+" …", kit.IconArrow, func() { v.begin(a) }))
		case a == approve || a == accept || a == again || a == resolve:
			buttons = append(buttons, kit.NewPrimary(kit.T("changes."+string(a)), kit.IconPerson, func() { v.begin(a) }))
		default:
			buttons = append(buttons, kit.NewButton(kit.T("changes."+string(a)), "", func() { v.begin(a) }))
		}
	}
	if v.s.offers(hand) && m.elsewhere(r) {
		buttons = append(buttons, kit.NewPrimary(kit.T("changes.hand"), kit.IconDevices, func() { v.begin(hand) }))
	}
	if !r.State.Open() {
		buttons = append(buttons, v.toDevice(r))
	}
	return buttons
}

// moreButtons offer what is done more seldom.
func (v *pageView) moreButtons() []*kit.Button {
	var buttons []*kit.Button
	r, _ := v.s.model.request()
	for _, a := range []act{hand, take, withdraw, keep} {
		if v.s.offers(a) && (a != hand || !v.s.model.elsewhere(r)) {
			buttons = append(buttons, kit.NewButton(kit.T("changes."+string(a)), "", func() { v.begin(a) }))
		}
	}
	return buttons
}

// toShow lets the proposer see the hidden values, and hides them again.
func (v *pageView) toShow() *kit.Button {
	m := v.s.model
	text := kit.T("changes.show")
	if m.shown {
		text = kit.T("changes.hide")
	}
	return kit.NewButton(text, "", func() {
		m.shown = !m.shown
		v.s.render()
	})
}
