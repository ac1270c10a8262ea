package people

import (
	"cmp"

	"countersign/app/ui/kit"
	"countersign/internal/policy"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// foundingPage is where two people enrol each other, side by side.
type foundingPage struct {
	sides [2]*side
	fault *kit.Notice
	busy  *widget.Label
	found *kit.Button
	later *kit.Button
	page  fyne.CanvasObject
}

// side is the form of one of the two.
type side struct {
	name       *kit.Entry
	badge      *kit.Entry
	role       *kit.Select
	passphrase *kit.Entry
	again      *kit.Entry
	hint       *widget.Label
	problems   [fields]*widget.Label
	panel      fyne.CanvasObject
}

func newFoundingPage(m *Model, found, later func()) *foundingPage {
	p := &foundingPage{fault: kit.NewNotice(), busy: kit.Muted("")}
	for i := range p.sides {
		p.sides[i] = newSide(i, &m.Form[i])
	}
	p.found = kit.NewPrimary(kit.T("people.found"), kit.IconKey, found)
	p.later = kit.NewButton(kit.T("people.later"), "", later)
	why := kit.NewNotice()
	why.Say(kit.Note, kit.T("people.founding.why"), kit.T("people.founding.alone"))
	body := container.NewVBox(kit.Heading(kit.T("people.founding.title")), kit.Body(kit.T("people.founding.intro")), why, p.fault,
		beside(p.sides[0].panel, p.sides[1].panel), p.busy)
	p.page = kit.Page(nil, body, p.later, p.found)
	return p
}

func newSide(i int, f *Founder) *side {
	title := kit.T([]string{"people.first", "people.second"}[i])
	named := func(key string) string { return kit.T("people.entry", kit.Data{"Whose": title, "What": kit.T(key)}) }
	s := &side{name: kit.NewEntry(named("people.name")), badge: kit.NewEntry(named("people.badge")), passphrase: kit.NewPassphrase(named("people.passphrase")),
		again: kit.NewPassphrase(named("people.again")), hint: kit.Muted("")}
	words := make([]string, 0, len(FounderRoles()))
	for _, r := range FounderRoles() {
		words = append(words, RoleWord(r))
	}
	s.role = kit.NewSelect(named("people.role"), words, func(string) { f.Role = s.chosen() })
	s.name.OnChanged = func(text string) { f.Name = text }
	s.badge.OnChanged = func(text string) { f.Badge = text }
	s.passphrase.OnChanged = func(text string) {
		f.Passphrase = text
		s.hint.SetText(Strength(text))
	}
	s.again.OnChanged = func(text string) { f.Again = text }
	for i := range s.problems {
		s.problems[i] = problemLabel()
	}
	s.hint.SetText(Strength(""))
	s.panel = kit.Panel(kit.Room(container.NewVBox(kit.Heading(title),
		kit.Tight(kit.Row(kit.T("people.name"), s.name), s.problems[Name]),
		kit.Tight(kit.Row(kit.T("people.badge"), s.badge), s.problems[Badge]),
		kit.Tight(kit.Row(kit.T("people.role"), kit.Outlined(s.role)), s.problems[Role]),
		kit.Tight(kit.Row(kit.T("people.passphrase"), s.passphrase), s.hint, s.problems[Passphrase]),
		kit.Tight(kit.Row(kit.T("people.again"), s.again), s.problems[Again]))))
	return s
}

func problemLabel() *widget.Label {
	l := kit.Body("")
	l.Importance = widget.DangerImportance
	l.Hide()
	return l
}

func (s *side) chosen() policy.Role {
	if i := s.role.SelectedIndex(); i >= 0 {
		return FounderRoles()[i]
	}
	return ""
}

// first is where typing begins.
func (p *foundingPage) first() fyne.Focusable { return p.sides[0].name }

// render shows what is wrong and whether the keys are being made. What was typed stays as it is.
func (p *foundingPage) render(m *Model) {
	for i, s := range p.sides {
		for f, label := range s.problems {
			label.SetText(m.Problems[i][f])
			label.Hidden = m.Problems[i][f] == ""
		}
		for _, e := range []fyne.Disableable{s.name, s.badge, s.role, s.passphrase, s.again} {
			if m.Busy {
				e.Disable()
			} else {
				e.Enable()
			}
		}
		s.panel.Refresh()
	}
	p.fault.SayFault(cmp.Or(m.Fault, m.Unread))
	p.found.SetEnabled(!m.Busy)
	p.busy.SetText("")
	if m.Busy {
		p.busy.SetText(kit.T("people.founding.busy"))
	}
}

// focusable returns what takes the keyboard for a field. What was typed in it is selected, so that typing replaces it.
func (s *side) focusable(f Field) fyne.Focusable {
	if f == Role {
		return s.role
	}
	entry := map[Field]*kit.Entry{Name: s.name, Badge: s.badge, Passphrase: s.passphrase, Again: s.again}[f]
	entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	return entry
}

// clear empties the form after the founding.
func (p *foundingPage) clear() {
	for _, s := range p.sides {
		for _, e := range []*kit.Entry{s.name, s.badge, s.passphrase, s.again} {
			e.SetText("")
		}
		s.role.ClearSelected()
	}
}
