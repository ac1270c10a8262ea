package people

import (
	"slices"
	"strconv"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// signInDialog is one dialog, from its opening to its end.
type signInDialog struct {
	people     []people.Person
	changed    func() // somebody else was chosen; may be nil
	busy       bool
	left       int // seconds until the next try
	who        *kit.Select
	passphrase *kit.Entry
	wait       *widget.Label
	problem    *kit.Notice
	pause      *kit.Notice // how long the next try must wait
	vouch      *kit.Button // asks a colleague to be there
	with       *kit.Select // the colleague
	theirs     *kit.Entry  // the colleague's passphrase
	both       *fyne.Container
	body       *fyne.Container
}

func newSignInDialog(all []people.Person, personID string, hint func(people.Person) string) *signInDialog {
	d := &signInDialog{people: all, passphrase: kit.NewPassphrase(kit.T("people.passphrase")), problem: kit.NewNotice(), pause: kit.NewNotice(), wait: kit.Muted(""),
		theirs: kit.NewPassphrase(kit.T("people.vouch.passphrase"))}
	words := make([]string, 0, len(all))
	for _, p := range all {
		words = append(words, p.Name+", "+RoleWord(p.Role))
	}
	d.who, d.with = kit.NewSelect(kit.T("people.sign_in.who"), words, nil), kit.NewSelect(kit.T("people.vouch.who"), words, nil)
	if i := slices.IndexFunc(all, func(p people.Person) bool { return p.ID == personID }); i >= 0 {
		d.who.SetSelectedIndex(i)
	}
	d.who.OnChanged = func(string) {
		d.count(0)
		kit.Focus(d.passphrase)
		if d.changed != nil {
			d.changed()
		}
	}
	d.with.OnChanged = func(string) { kit.Focus(d.theirs) }
	d.vouch = kit.NewButton(kit.T("people.vouch"), kit.IconPeople, nil)
	d.vouch.Hide()
	d.both = container.NewVBox(kit.Row(kit.T("people.vouch.who"), kit.Outlined(d.with)), kit.Row(kit.T("people.vouch.passphrase"), d.theirs))
	d.both.Hide()
	hints := kit.Tight(d.wait)
	d.body = container.NewVBox(kit.Row(kit.T("people.sign_in.who"), kit.Outlined(d.who)), kit.Row(kit.T("people.passphrase"), d.passphrase), d.both,
		d.problem, d.pause, d.vouch, hints)
	for _, p := range all {
		if hint != nil && hint(p) != "" {
			hints.Add(kit.Muted(kit.T("people.sign_in.hint", kit.Data{"Name": p.Name, "Passphrase": hint(p)})))
		}
	}
	d.wait.SetText(kit.T("people.sign_in.recorded"))
	return d
}

func (d *signInDialog) chosen() (people.Person, bool) { return d.at(d.who) }

// colleague is who confirms who is typing, where that is needed.
func (d *signInDialog) colleague() (people.Person, bool) {
	if !d.both.Visible() {
		return people.Person{}, false
	}
	return d.at(d.with)
}

func (d *signInDialog) at(s *kit.Select) (people.Person, bool) {
	if i := s.SelectedIndex(); i >= 0 {
		return d.people[i], true
	}
	return people.Person{}, false
}

// complete says whether everything was entered.
func (d *signInDialog) complete() bool {
	who, ok := d.chosen()
	if !ok || d.passphrase.Text == "" {
		return false
	}
	with, ok := d.colleague()
	return !d.both.Visible() || ok && with.ID != who.ID && d.theirs.Text != ""
}

// needColleague shows where a colleague confirms who is typing.
func (d *signInDialog) needColleague() {
	d.vouch.Hide()
	d.problem.Clear()
	d.both.Show()
	d.body.Refresh()
	kit.Focus(d.with)
}

// count says how long the next try must wait, and whether that changed the dialog's height. It must not look as if
// somebody was locked out.
func (d *signInDialog) count(left time.Duration) (changed bool) {
	seconds := int((left + time.Second - 1) / time.Second)
	if seconds == d.left {
		return false
	}
	changed = (d.left == 0) != (seconds == 0)
	if d.left = seconds; seconds == 0 {
		d.pause.Clear()
		d.body.Refresh()
		return changed
	}
	d.problem.Clear()
	d.pause.Say(kit.Note, kit.N("people.throttled", seconds), kit.T("people.throttled.more"))
	d.body.Refresh()
	return changed
}

// focus is where the dialog begins: at what is missing.
func (d *signInDialog) focus() fyne.Focusable {
	who, ok := d.chosen()
	with, chosen := d.colleague()
	switch {
	case !ok:
		return d.who
	case d.passphrase.Text == "" || !d.both.Visible():
		return d.passphrase
	case !chosen || with.ID == who.ID:
		return d.with
	}
	return d.theirs
}

func (d *signInDialog) setBusy(on bool) {
	d.busy = on
	if on {
		d.problem.Clear()
		d.passphrase.Disable()
		d.theirs.Disable()
		d.wait.SetText(kit.T("people.sign_in.wait"))
		return
	}
	d.passphrase.Enable()
	d.theirs.Enable()
	d.wait.SetText(kit.T("people.sign_in.recorded"))
}

// complain says what is missing before an attempt.
func (d *signInDialog) complain() {
	if d.busy {
		return
	}
	key := "people.sign_in.type"
	switch {
	case d.focus() == fyne.Focusable(d.who):
		key = "people.sign_in.choose"
	case d.focus() == fyne.Focusable(d.with):
		key = "people.vouch.choose"
	case d.focus() == fyne.Focusable(d.theirs):
		key = "people.vouch.type"
	}
	d.problem.Say(kit.Note, kit.T(key), "")
	kit.Focus(d.focus())
}

// fail says why the attempt failed. The passphrase is selected, so that typing replaces it.
func (d *signInDialog) fail(err error) {
	what, _, next := kit.FaultText(err)
	switch {
	case fault.Is(err, fault.Passphrase) && !d.both.Visible():
		d.problem.Say(kit.Failed, what, next) // whose key it does not open stands right above
	case fault.Is(err, fault.Throttled):
		d.problem.Clear()
		seconds, parsed := strconv.Atoi(fault.SubjectOf(err))
		if parsed != nil {
			seconds = 1
		}
		d.count(time.Duration(seconds) * time.Second)
	case fault.Is(err, fault.Vouch):
		what, why, _ := kit.FaultText(err)
		d.problem.Say(kit.Note, what, why+" "+kit.T("people.vouch.emergency"))
		d.vouch.Show()
		d.body.Refresh()
	default:
		d.problem.SayFault(err)
	}
	kit.Focus(d.passphrase)
	d.passphrase.TypedShortcut(&fyne.ShortcutSelectAll{})
}
