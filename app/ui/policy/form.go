package policy

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/internal/people"
	"countersign/internal/policy"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// form is where other rules are put together.
type form struct {
	draft     *Draft
	signers   []people.Person
	classes   *fyne.Container
	first     fyne.Focusable
	alerts    *kit.Entry
	excluded  *kit.Entry
	probation *kit.Entry
	reason    *kit.Entry
	who       [2]*kit.Select
	problems  [fields]*widget.Label
	fault     *kit.Notice
	cancel    *kit.Button
	next      *kit.Button
	scroll    *container.Scroll
	page      fyne.CanvasObject
}

func newForm(cancel, next func()) *form {
	f := &form{draft: &Draft{}, classes: container.NewVBox(), alerts: kit.NewNote(kit.T("policy.alerts")), excluded: kit.NewNote(kit.T("policy.excluded")), probation: kit.NewEntry(kit.T("policy.probation.days")),
		reason: kit.NewEntry(kit.T("policy.reason")), fault: kit.NewNotice()}
	f.alerts.OnChanged = func(text string) { f.draft.HighAlert = text }
	f.excluded.OnChanged = func(text string) { f.draft.Excluded = text }
	f.probation.OnChanged = func(text string) { f.draft.Probation = text }
	f.reason.OnChanged = func(text string) { f.draft.Reason = text }
	for i := range f.problems {
		f.problems[i] = kit.Body("")
		f.problems[i].Importance = widget.DangerImportance
		f.problems[i].Hide()
	}
	for i := range f.who {
		f.who[i] = kit.NewSelect(kit.T([]string{"policy.signer.first", "policy.signer.second"}[i]), nil, func(string) {
			if at := f.who[i].SelectedIndex(); at >= 0 {
				f.draft.Signers[i] = f.signers[at].ID
			}
		})
	}
	f.cancel = kit.NewButton(kit.T("policy.cancel"), "", cancel)
	f.next = kit.NewPrimary(kit.T("policy.next"), kit.IconArrow, next)
	row := func(key string, o fyne.CanvasObject, in Field, more ...fyne.CanvasObject) fyne.CanvasObject {
		return kit.Tight(append([]fyne.CanvasObject{kit.Row(kit.T(key), o), f.problems[in]}, more...)...)
	}
	rest := kit.Panel(kit.Room(container.NewVBox(row("policy.alerts", f.alerts, InHighAlert, kit.Muted(kit.T("policy.alerts.hint"))),
		row("policy.excluded", f.excluded, InExcluded, kit.Muted(kit.T("policy.excluded.hint"))),
		row("policy.probation.days", f.probation, InProbation), row("policy.reason", f.reason, InReason),
		container.NewGridWithColumns(2, row("policy.signer.first", kit.Outlined(f.who[0]), InFirst), row("policy.signer.second", kit.Outlined(f.who[1]), InSecond)))))
	body := container.NewVBox(kit.Heading(kit.T("policy.propose.title")), kit.Body(kit.T("policy.propose.intro")), f.fault, f.classes, rest)
	f.scroll = container.NewVScroll(kit.Room(body))
	f.page = kit.Frame(nil, f.scroll, f.cancel, f.next)
	return f
}

// begin fills the form with the rules in force. Me is who is signed in, and signs first where that is possible.
func (f *form) begin(now policy.Policy, signers []people.Person, me string) {
	f.draft, f.signers = NewDraft(now), signers
	f.classes.RemoveAll()
	f.first = nil
	for _, c := range policy.Classes() {
		f.classes.Add(kit.Panel(kit.Room(f.class(c))))
	}
	f.alerts.SetText(f.draft.HighAlert)
	f.excluded.SetText(f.draft.Excluded)
	f.probation.SetText(f.draft.Probation)
	f.reason.SetText("")
	var names []string
	for _, p := range signers {
		names = append(names, p.Name+", "+RoleWord(p.Role))
	}
	at := slices.IndexFunc(signers, func(p people.Person) bool { return p.ID == me })
	if at < 0 && len(signers) == 2 {
		at = 0
	}
	for i, s := range f.who {
		s.ClearSelected()
		s.SetOptions(names)
		switch {
		case i == 0 && at >= 0:
			s.SetSelectedIndex(at)
		case i == 1 && at >= 0 && len(signers) == 2:
			s.SetSelectedIndex(1 - at)
		}
	}
	f.scroll.ScrollToTop()
	f.render([fields]string{}, nil, false)
}

// class is the form of one class.
func (f *form) class(c policy.Class) fyne.CanvasObject {
	propose := container.NewHBox(widget.NewLabel(kit.T("policy.form.propose")))
	for _, r := range policy.Roles() {
		if r == policy.Auditor {
			continue
		}
		check := kit.NewCheck(RoleWord(r), nil)
		check.SetChecked(slices.Contains(f.draft.Rules[c].Propose, r))
		check.OnChanged = func(on bool) { f.set(c, func(rule *policy.Rule) { rule.Propose = with(rule.Propose, r, on) }) }
		propose.Add(check)
		if f.first == nil {
			f.first = check
		}
	}
	propose.Add(kit.Middle(kit.Muted(" ")))
	groups := Groups(f.draft.Rules[c].Approve)
	var words []string
	for _, g := range groups {
		words = append(words, ApproveWords(g))
	}
	approve := f.choice(c, "policy.form.approve", words, slices.Index(words, ApproveWords(f.draft.Rules[c].Approve)),
		func(rule *policy.Rule, i int) { rule.Approve = groups[i] })
	seat := f.choice(c, "policy.form.seat", []string{kit.T("policy.seat.any"), kit.T("policy.seat.other")}, index(f.draft.Rules[c].OtherSeat),
		func(rule *policy.Rule, i int) { rule.OtherSeat = i == 1 })
	var entry fyne.CanvasObject = kit.Row(kit.T("policy.form.entry"), kit.Muted(kit.T("policy.entry.always")))
	if c != policy.Clinical && c != policy.HighAlert {
		entry = f.choice(c, "policy.form.entry", []string{kit.T("policy.entry.read"), kit.T("policy.entry.blind")}, index(f.draft.Rules[c].Blind),
			func(rule *policy.Rule, i int) { rule.Blind = i == 1 })
	}
	title := container.New(layout.NewCustomPaddedHBoxLayout(0), kit.Heading(ClassWord(c)))
	return container.NewVBox(title, propose, container.NewGridWithColumns(3, approve, seat, entry))
}

func (f *form) choice(c policy.Class, key string, words []string, at int, set func(*policy.Rule, int)) fyne.CanvasObject {
	s := kit.NewSelect(kit.T("policy.form.of", kit.Data{"Class": ClassWord(c), "What": kit.T(key)}), words, nil)
	s.SetSelectedIndex(at)
	s.OnChanged = func(string) {
		if i := s.SelectedIndex(); i >= 0 {
			f.set(c, func(rule *policy.Rule) { set(rule, i) })
		}
	}
	return kit.Row(kit.T(key), kit.Outlined(s))
}

func (f *form) set(c policy.Class, change func(*policy.Rule)) {
	rule := f.draft.Rules[c]
	change(&rule)
	f.draft.Rules[c] = rule
}

func index(second bool) int {
	if second {
		return 1
	}
	return 0
}

// with puts a role in or takes it out, and keeps the order in which screens list roles.
func with(roles []policy.Role, role policy.Role, in bool) []policy.Role {
	var all []policy.Role
	for _, r := range policy.Roles() {
		if r == role && in || r != role && slices.Contains(roles, r) {
			all = append(all, r)
		}
	}
	return all
}

func (f *form) render(problems [fields]string, fault error, busy bool) {
	for i, label := range f.problems {
		label.SetText(problems[i])
		label.Hidden = problems[i] == ""
	}
	f.fault.SayFault(fault)
	f.next.SetEnabled(!busy)
	f.page.Refresh()
	for i, o := range []fyne.Focusable{f.alerts, f.excluded, f.probation, f.reason, f.who[0], f.who[1]} {
		if problems[i] != "" {
			kit.Focus(o)
			return
		}
	}
}
