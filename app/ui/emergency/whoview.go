package emergency

import (
	"slices"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// whoForm asks who acts, and about the label of the device.
type whoForm struct {
	v       *view
	box     *fyne.Container // who acts
	signed  *widget.Label
	as      fyne.CanvasObject // around signed
	who     *kit.Select
	whoRow  fyne.CanvasObject
	name    *kit.Entry
	nameRow fyne.CanvasObject
	secret  *kit.Entry
	stated  *fyne.Container // around who, name and secret
	follows *widget.Label
	persons []Person
	filling bool // the form sets itself; nobody chose

	label   *fyne.Container // about the label
	check   *kit.Check
	serials [2]*kit.Entry
	twice   fyne.CanvasObject
	tag     *kit.Entry
	tagRow  fyne.CanvasObject
}

func newWhoForm(v *view) *whoForm {
	f := &whoForm{v: v, signed: kit.Body(""), name: kit.NewEntry(kit.T("emergency.name")), secret: kit.NewPassphrase(kit.T("emergency.secret")),
		follows: kit.Muted(""), tag: kit.NewEntry(kit.T("emergency.tag"))}
	f.who = kit.NewSelect(kit.T("emergency.who"), nil, func(string) { f.chose() })
	f.who.OnSubmitted = f.v.advance
	m := func() *model { return v.s.model }
	f.typed(f.name, func(text string) { m().name = text })
	f.typed(f.secret, func(text string) {
		if text == " " { // of the space bar that chose who acts
			f.secret.SetText("")
			return
		}
		m().secret = text != ""
	})
	f.typed(f.tag, func(text string) { m().tag = text })
	for i := range f.serials {
		f.serials[i] = kit.NewEntry(kit.T([2]string{"emergency.serial", "emergency.serial.again"}[i]))
		f.typed(f.serials[i], func(text string) { m().serials[i] = text })
	}
	f.name.OnSubmitted = func(string) { kit.Focus(f.secret) }
	f.serials[0].OnSubmitted = func(string) { kit.Focus(f.serials[1]) }
	f.secret.OnSubmitted = func(string) { kit.Focus(v.hold) }
	f.check = kit.NewCheck(kit.T("emergency.unreadable"), func(on bool) {
		m().unreadable = on
		if !f.filling {
			v.s.render()
			if on {
				kit.Focus(f.serials[0])
			}
		}
	})
	f.layOut()
	return f
}

// typed notes what is typed into an entry. Return goes on to what is missing next.
func (f *whoForm) typed(e *kit.Entry, note func(string)) {
	e.OnChanged = func(text string) {
		note(text)
		if !f.filling {
			f.v.s.render()
		}
	}
	e.OnSubmitted = func(string) { f.v.advance() }
}

func (f *whoForm) layOut() {
	f.as = container.NewBorder(nil, nil, widget.NewIcon(kit.IconKey.Resource(kit.ColorMuted)), nil, f.signed)
	f.whoRow = kit.Row(kit.T("emergency.who"), kit.Outlined(f.who))
	f.nameRow = kit.Row(kit.T("emergency.name"), f.name)
	f.stated = kit.Tight(container.NewGridWithColumns(2, container.NewStack(f.whoRow, f.nameRow), kit.Row(kit.T("emergency.secret"), f.secret)), f.follows)
	f.box = container.NewVBox(f.as, f.stated)
	f.twice = container.NewGridWithColumns(2, kit.Row(kit.T("emergency.serial"), f.serials[0]), kit.Row(kit.T("emergency.serial.again"), f.serials[1]))
	f.tagRow = kit.Row(kit.T("emergency.tag"), f.tag)
	f.label = container.NewVBox(f.tagRow, f.check, f.twice)
}

func (f *whoForm) chose() {
	i := f.who.SelectedIndex()
	if f.filling || i < 0 || i >= len(f.persons) {
		return
	}
	f.v.s.model.person = f.persons[i].ID
	f.v.s.render()
	kit.Focus(f.secret)
}

// forget empties the form.
func (f *whoForm) forget() {
	f.filling = true
	for _, e := range []*kit.Entry{f.secret, f.name, f.tag, f.serials[0], f.serials[1]} {
		e.SetText("")
	}
	f.who.ClearSelected()
	f.check.SetChecked(false)
	f.filling = false
}

// clearSecret empties what must not stay on a screen.
func (f *whoForm) clearSecret() { f.secret.SetText("") }

func (f *whoForm) render(p phase) {
	m := f.v.s.model
	if m.signer != "" && f.secret.Text != "" {
		f.clearSecret() // somebody signed in meanwhile
	}
	show(f.box, p == arming)
	show(f.label, p == arming)
	show(f.as, m.signer != "")
	show(f.stated, m.signer == "")
	show(f.whoRow, len(m.persons) > 0)
	show(f.nameRow, len(m.persons) == 0)
	setLabel(f.signed, kit.T("emergency.as", kit.Data{"Name": m.signer}))
	setLabel(f.follows, m.follows())
	show(f.twice, m.unreadable)
	show(f.tagRow, m.asksTag())
	f.filling = true
	if !slices.Equal(f.persons, m.persons) {
		f.persons = slices.Clone(m.persons)
		names := make([]string, len(f.persons))
		for i, p := range f.persons {
			names[i] = p.Name
		}
		f.who.SetOptions(names)
	}
	if i := slices.IndexFunc(f.persons, func(p Person) bool { return p.ID == m.person }); i >= 0 && i != f.who.SelectedIndex() {
		f.who.SetSelectedIndex(i)
	}
	if f.check.Checked != m.unreadable {
		f.check.SetChecked(m.unreadable)
	}
	f.filling = false
}

// missing is what has to be filled in before the button can be held, or what most will want to: an empty secret is
// allowed, and Return in it goes on.
func (f *whoForm) missing() fyne.Focusable {
	m := f.v.s.model
	switch {
	case m.category == "":
		return f.v.tiles.Focusable()
	case !m.who() && len(m.persons) == 0:
		return f.name
	case !m.who():
		return f.who
	case m.asksTag() && tidy(m.tag) == "":
		return f.tag
	case m.signer == "" && !m.secret:
		return f.secret
	}
	return nil
}

// panes are the parts of the form that take the keyboard now.
func (f *whoForm) panes() []fyne.Focusable {
	m := f.v.s.model
	switch {
	case m.signer != "":
		return []fyne.Focusable{f.check}
	case len(m.persons) == 0:
		return []fyne.Focusable{f.name, f.secret}
	}
	return []fyne.Focusable{f.who, f.secret}
}
