package emergencies

import (
	"cmp"
	"slices"

	"countersign/app/ui/kit"
	"countersign/internal/breakglass"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// form is what all forms share: each field with what is wrong with it below.
type form struct {
	problems [fields]*widget.Label
	inputs   [fields]fyne.Focusable
	fault    *kit.Notice
}

func newForm() form { return form{fault: kit.NewNotice()} }

// row names a field and keeps room for what is wrong with it.
func (f *form) row(in Field, name string, input fyne.Focusable, o fyne.CanvasObject, more ...fyne.CanvasObject) fyne.CanvasObject {
	f.problems[in] = kit.Body("")
	f.problems[in].Importance = widget.DangerImportance
	f.problems[in].Hide()
	f.inputs[in] = input
	return kit.Tight(append([]fyne.CanvasObject{kit.Row(name, o), f.problems[in]}, more...)...)
}

// say shows what is wrong, and returns where the first of it is; nil where nothing is.
func (f *form) say(problems Problems, err error) (first fyne.Focusable) {
	f.fault.SayFault(err)
	for in, label := range f.problems {
		if label == nil {
			continue
		}
		label.SetText(problems[in])
		label.Hidden = problems[in] == ""
		if problems[in] != "" && first == nil {
			first = f.inputs[in]
		}
	}
	return first
}

// choice is one person out of several.
type choice struct {
	pick *kit.Select
	all  []people.Person
	none bool // nobody can be chosen, too
	id   *string
}

func newChoice(name string, none bool, id *string) *choice {
	c := &choice{none: none, id: id}
	c.pick = kit.NewSelect(name, nil, func(string) {
		i := c.pick.SelectedIndex()
		if c.none {
			i--
		}
		*c.id = ""
		if i >= 0 && i < len(c.all) {
			*c.id = c.all[i].ID
		}
	})
	return c
}

// offer says who can be chosen. Who was chosen stays, where they still can be; otherwise preferred is, where that is possible.
func (c *choice) offer(all []people.Person, preferred string) {
	same := func(a, b people.Person) bool { return a.ID == b.ID }
	if len(c.pick.Options) > 0 && slices.EqualFunc(c.all, all, same) && *c.id != "" {
		return
	}
	chosen := *c.id
	if chosen == "" {
		chosen = preferred
	}
	c.all = all
	names := []string{}
	if c.none {
		names = append(names, kit.T("emergencies.nobody"))
	}
	for _, p := range all {
		name := p.Name + ", " + roleWord(string(p.Role))
		if slices.Contains(names, name) { // two of one name and role must not be taken for each other
			name += ", " + cmp.Or(p.Badge, p.ID)
		}
		names = append(names, name)
	}
	c.pick.ClearSelected()
	c.pick.SetOptions(names)
	i := slices.IndexFunc(all, func(p people.Person) bool { return p.ID == chosen })
	switch {
	case c.none:
		c.pick.SetSelectedIndex(i + 1)
	case i >= 0:
		c.pick.SetSelectedIndex(i)
	}
}

// person is who was chosen.
func (c *choice) person() people.Person {
	for _, p := range c.all {
		if p.ID == *c.id {
			return p
		}
	}
	return people.Person{}
}

// accountForm is where the person who acted tells what happened.
type accountForm struct {
	form
	told Told
	text *kit.Entry
	who  *choice
	sign *kit.Button
	box  *fyne.Container
}

func newAccountForm(sign func()) *accountForm {
	f := &accountForm{form: newForm(), text: kit.NewNote(kit.T("emergencies.account.text"))}
	f.text.OnChanged = func(text string) { f.told.Text = text }
	f.who = newChoice(kit.T("emergencies.account.who"), false, &f.told.By)
	f.sign = kit.NewButton(kit.T("emergencies.sign.account"), kit.IconKey, sign)
	f.box = container.NewVBox(f.row(InAccount, kit.T("emergencies.account.text"), f.text, f.text, kit.Muted(kit.T("emergencies.account.hint"))),
		f.row(InTeller, kit.T("emergencies.account.who"), f.who.pick, kit.Outlined(f.who.pick)), f.fault, container.NewHBox(f.sign))
	return f
}

func (f *accountForm) clear() {
	f.text.SetText("")
	f.who.pick.ClearSelected()
	f.told = Told{}
	f.say(Problems{}, nil)
}

func (f *accountForm) offer(all []people.Person, me string) {
	if len(all) == 1 {
		me = all[0].ID
	}
	f.who.offer(all, me)
}

func (f *accountForm) render(shown, busy bool) {
	f.box.Hidden = !shown
	f.sign.SetEnabled(!busy)
}

// reviewForm is where others say what they find.
type reviewForm struct {
	form
	verdict  Verdict
	finding  *kit.Select
	reason   *kit.Entry
	incident *kit.Entry
	who      [2]*choice
	second   fyne.CanvasObject
	sign     *kit.Button
	box      *fyne.Container
}

// findings are what can be found, in the order of the choice.
var findings = []string{breakglass.Justified, breakglass.Unjustified}

func newReviewForm(sign func()) *reviewForm {
	f := &reviewForm{form: newForm(), reason: kit.NewNote(kit.T("emergencies.review.reason")), incident: kit.NewEntry(kit.T("emergencies.review.incident"))}
	f.reason.OnChanged = func(text string) { f.verdict.Reason = text }
	f.incident.OnChanged = func(text string) { f.verdict.Incident = text }
	var words []string
	for _, finding := range findings {
		words = append(words, kit.T("emergencies.finding."+finding))
	}
	f.finding = kit.NewSelect(kit.T("emergencies.review.finding"), words, func(string) {
		if i := f.finding.SelectedIndex(); i >= 0 {
			f.verdict.Finding = findings[i]
		}
	})
	for i := range f.who {
		f.who[i] = newChoice(kit.T([]string{"emergencies.review.first", "emergencies.review.other"}[i]), i == 1, &f.verdict.By[i])
	}
	f.sign = kit.NewButton(kit.T("emergencies.sign.review"), kit.IconKey, sign)
	f.second = f.row(InSecond, kit.T("emergencies.review.other"), f.who[1].pick, kit.Outlined(f.who[1].pick))
	f.box = container.NewVBox(f.row(InFinding, kit.T("emergencies.review.finding"), f.finding, kit.Outlined(f.finding)),
		f.row(InReason, kit.T("emergencies.review.reason"), f.reason, f.reason),
		f.row(InIncident, kit.T("emergencies.review.incident"), f.incident, f.incident, kit.Muted(kit.T("emergencies.review.incident.hint"))),
		f.row(InFirst, kit.T("emergencies.review.first"), f.who[0].pick, kit.Outlined(f.who[0].pick)), f.second, f.fault, container.NewHBox(f.sign))
	return f
}

func (f *reviewForm) clear() {
	f.finding.ClearSelected()
	f.reason.SetText("")
	f.incident.SetText("")
	for _, c := range f.who {
		c.pick.ClearSelected()
	}
	f.verdict = Verdict{}
	f.say(Problems{}, nil)
}

func (f *reviewForm) offer(s Subject, me string) {
	may := s.Reviewers()
	if len(may) == 1 {
		me = may[0].ID
	}
	f.who[0].offer(may, me)
	f.who[1].offer(may, "")
	show(f.second, len(may) > 1)
}

func (f *reviewForm) render(shown, busy bool) {
	f.box.Hidden = !shown
	f.sign.SetEnabled(!busy)
}

func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
