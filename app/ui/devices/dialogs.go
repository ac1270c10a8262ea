package devices

import (
	"context"

	"countersign/app/ui/kit"
	"countersign/drivers"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// remark is a line that says in a dialog what is wrong. It keeps its place, because a dialog does not grow.
type remark struct {
	box  fyne.CanvasObject
	icon *widget.Icon
	text *widget.Label
}

func newRemark() *remark {
	r := &remark{icon: widget.NewIcon(nil), text: kit.Body("")}
	r.box = container.NewBorder(nil, nil, r.icon, nil, r.text)
	return r
}

func (r *remark) say(key string) {
	if key == "" {
		r.icon.SetResource(nil)
		r.text.SetText("")
		return
	}
	r.icon.SetResource(kit.Failed.Icon().Resource(kit.Failed.Color()))
	r.text.SetText(kit.T(key))
}

// add asks for an address.
func (s *Screen) add() {
	entry := kit.NewEntry(kit.T("devices.add.address"))
	wrong := newRemark()
	entry.OnChanged = func(string) { wrong.say("") }
	var ep drivers.Endpoint
	s.deps.Ask(kit.Dialog{
		Title: kit.T("devices.add.title"), Text: kit.T("devices.add.text"), Wide: true,
		Body:  container.NewVBox(kit.Row(kit.T("devices.add.address"), entry), kit.Muted(kit.T("devices.add.examples")), wrong.box),
		Focus: entry, Confirm: kit.T("devices.add.confirm"),
		Check: func() bool {
			var problem string
			ep, problem = address(entry.Text)
			wrong.say(problem)
			return problem == ""
		},
		OnDone: func(confirmed bool) {
			if confirmed {
				s.added(ep)
			}
		},
	})
}

func (s *Screen) added(ep drivers.Endpoint) {
	s.save(func(context.Context) error { return s.deps.AddManual(ep.Key()) }, func() {
		s.filter.SetText("") // or the new address might be out of sight
		s.model.selected = ep.Key()
		s.table.Select(ep.Key())
		s.deps.Result(kit.Done, kit.T("devices.added", kit.Data{"Address": ep.Address}))
	})
}

// remove takes a typed address off the list. It asks nothing: typing it again brings it back.
func (s *Screen) remove() {
	d, ok := s.chosen()
	if !ok {
		return
	}
	if !s.model.canRemove(d) {
		s.refuse("devices.hindrance.remove")
		return
	}
	s.save(func(context.Context) error { return s.deps.RemoveManual(d.Key()) }, func() {
		s.deps.Result(kit.Done, kit.T("devices.removed", kit.Data{"Address": d.Address}))
	})
}

// switchSearch turns the search on the network off, or asks whether to turn it on.
func (s *Screen) switchSearch() {
	networks := s.networks()
	switch {
	case len(networks) == 0:
		s.refuse("devices.network.none")
	case searched(networks) != "":
		s.search(nil)
	default:
		s.askNetwork(proposed(networks))
	}
}

// askNetwork asks which networks may be searched and says what is sent.
func (s *Screen) askNetwork(networks []Interface) {
	wrong := newRemark()
	list := container.NewVBox()
	for i, n := range networks {
		check := kit.NewCheck(kit.T("devices.network.one", kit.Data{"Name": n.Name, "Addresses": n.Addresses}), nil)
		check.SetChecked(n.On)
		check.OnChanged = func(on bool) {
			networks[i].On = on
			wrong.say("")
		}
		list.Add(check)
	}
	s.deps.Ask(kit.Dialog{
		Title: kit.T("devices.network.title"), Text: kit.T("devices.network.text"), Wide: true,
		Body:    container.NewVBox(list, kit.Muted(kit.T("devices.network.record")), wrong.box),
		Confirm: kit.T("devices.network.confirm"),
		Check: func() bool {
			if searched(networks) == "" {
				wrong.say("devices.network.tick")
			}
			return searched(networks) != ""
		},
		OnDone: func(confirmed bool) {
			if confirmed {
				s.search(chosen(networks))
			}
		},
	})
}

// search has the search allowed on these networks alone.
func (s *Screen) search(names []string) {
	s.save(func(ctx context.Context) error { return s.deps.Network.Search(ctx, names) }, func() {
		key := "devices.network.on"
		if len(names) == 0 {
			key = "devices.network.off"
		}
		s.deps.Result(kit.Done, kit.T(key))
	})
}

// save does small work that is kept or recorded, one piece at a time. A failure is explained on the page.
func (s *Screen) save(work func(context.Context) error, done func()) {
	if s.saving {
		s.refuse("devices.hindrance.saving")
		return
	}
	s.saving = true
	s.calm()
	kit.Load(s.runner.Lane(s.ctx), func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) },
		func(_ struct{}, err error) {
			s.saving = false
			s.notice.SayFault(err)
			if err == nil {
				done()
			}
			s.look()
		})
}
