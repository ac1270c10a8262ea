package people

import (
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"
	"countersign/internal/policy"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var passphrases = map[string]string{"Robin Sample": "four quiet words here", "Kim Example": "other quiet words here", "Sam Trial": "a third set of words"}

// founded is the screen of a console that two people have set up.
func founded(t *testing.T) *bench {
	b := newBench(t, nil)
	var founders [2]people.Founder
	for i, f := range complete() {
		founders[i] = people.Founder{Name: f.Name, Role: f.Role, Passphrase: f.Passphrase, Badge: f.Badge}
	}
	done, err := b.roster.Found(t.Context(), b.keys, founders)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range done.Signers {
		s.Lock()
	}
	b.view.Refresh()
	return b
}

func (b *bench) member(name string) Member {
	b.t.Helper()
	for _, m := range b.view.model.Members {
		if m.Name == name {
			return m
		}
	}
	b.t.Fatalf("%s is not listed", name)
	return Member{}
}

func (b *bench) act(name string, act Act) {
	b.t.Helper()
	b.view.open(shell.Route{Screen: Screen, ID: b.member(name).ID})
	b.view.begin(act)
	if !b.view.acting {
		b.t.Fatalf("%s of %s does not begin", act, name)
	}
}

// sign types the passphrases of these people on the ceremony's page.
func (b *bench) sign(names ...string) {
	b.t.Helper()
	for _, name := range names {
		if !b.sees("Passphrase of " + name) {
			b.t.Fatalf("%s is not asked: %+v", name, kit.Outline(b.window.Canvas()))
		}
		b.enter(passphrases[name])
	}
}

func (b *bench) enter(passphrase string) {
	entry := b.window.Canvas().Focused().(*kit.Entry)
	entry.SetText(passphrase)
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func (b *bench) enrolSam() {
	b.t.Helper()
	b.view.open(shell.Route{Screen: Screen, ID: newPerson})
	p := b.view.act
	p.entries[InName].SetText("Sam Trial")
	p.entries[InBadge].SetText("B-1003")
	p.selects[InRole].SetSelected("Pharmacy")
	p.entries[InPassphrase].SetText(passphrases["Sam Trial"])
	p.entries[InAgain].SetText(passphrases["Sam Trial"])
	test.Tap(p.next)
	b.sign("Robin Sample", "Kim Example")
}

func TestTwoVouchersEnrolSomebody(t *testing.T) {
	b := founded(t)
	test.Tap(b.view.list.enrol)
	p := b.view.act
	if b.window.Canvas().Focused() != fyne.Focusable(p.entries[InName]) || p.form.Signers == [2]string{} {
		t.Error("typing does not begin at the name, or the only two who can vouch are not chosen")
	}
	test.Tap(p.next)
	if !b.sees("Type the number on the badge.") || b.window.Canvas().Focused() != fyne.Focusable(p.entries[InName]) {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	p.entries[InName].SetText("Sam Trial")
	p.entries[InBadge].SetText("b-1002")
	p.selects[InRole].SetSelected("Pharmacy")
	p.entries[InPassphrase].SetText(passphrases["Sam Trial"])
	p.entries[InAgain].SetText(passphrases["Sam Trial"])
	test.Tap(p.next)
	if !b.sees("This badge belongs to somebody who is or was enrolled.") {
		t.Error("a badge is used twice")
	}
	p.entries[InBadge].SetText("B-1003")
	test.Tap(p.next)
	if !b.view.ceremony.Open() || !b.sees("We met in person: this name, badge and key belong together") || !b.sees("Sign as Robin Sample") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	if p.entries[InPassphrase].Text != "" {
		t.Error("the passphrase stays in the form")
	}
	b.sign("Robin Sample", "Kim Example")
	sam := b.member("Sam Trial")
	if b.opened != (shell.Route{Screen: Screen}) || sam.Badge != "B-1003" || !sam.KeyHere || !strings.HasPrefix(sam.Stands(), "on probation until 2026-11-") {
		t.Errorf("%v %+v %s", b.opened, sam, sam.Stands())
	}
	if !b.sees("Sam Trial") || b.results[len(b.results)-1] != "Sam Trial is enrolled." {
		t.Errorf("%q", b.results)
	}
	if err := b.seat.SignIn(t.Context(), sam.ID, passphrases["Sam Trial"]); err != nil {
		t.Error(err)
	}
}

func TestAnEnrolmentThatIsLeftTakesItsKeyBack(t *testing.T) {
	b := founded(t)
	b.view.open(shell.Route{Screen: Screen, ID: newPerson})
	p := b.view.act
	p.entries[InName].SetText("Sam Trial")
	p.entries[InBadge].SetText("B-1003")
	p.selects[InRole].SetSelected("Pharmacy")
	p.entries[InPassphrase].SetText(passphrases["Sam Trial"])
	p.entries[InAgain].SetText(passphrases["Sam Trial"])
	test.Tap(p.next)
	b.sign("Robin Sample")
	if !b.view.Leave() || b.view.ceremony.Open() || b.view.Leave() {
		t.Error("Escape does not leave the statement, once")
	}
	if len(b.view.model.Members) != 2 || b.opened != (shell.Route{Screen: Screen}) {
		t.Errorf("%+v", b.view.model.Members)
	}
}

func TestARoleIsChangedByTwo(t *testing.T) {
	b := founded(t)
	b.act("Kim Example", SetRole)
	p := b.view.act
	p.selects[InRole].SetSelected("Nursing")
	p.entries[InReason].SetText("moved to the pharmacy")
	test.Tap(p.next)
	if !b.sees("This is the role until now.") {
		t.Error("the same role is a change")
	}
	p.selects[InRole].SetSelected("Pharmacy")
	test.Tap(p.next)
	first, second := b.view.model.Members[0].Name, b.view.model.Members[1].Name
	b.sign(first, second)
	if b.member("Kim Example").Role != policy.Pharmacy || !b.sees("Pharmacy") || b.results[len(b.results)-1] != "Kim Example is Pharmacy now." {
		t.Errorf("%+v %q", b.member("Kim Example"), b.results)
	}
}

func TestOneSuspendsAndTwoRestore(t *testing.T) {
	b := founded(t)
	b.enrolSam()
	b.clock.Advance(8 * 24 * time.Hour)
	if err := b.seat.SignIn(t.Context(), b.member("Kim Example").ID, passphrases["Kim Example"]); err != nil {
		t.Fatal(err)
	}
	b.view.Refresh()
	b.act("Kim Example", Suspend)
	p := b.view.act
	p.selects[InFirst].SetSelectedIndex(0)
	p.entries[InReason].SetText("lost the badge")
	test.Tap(p.next)
	b.sign("Robin Sample")
	if kim := b.member("Kim Example"); kim.Stands() != "suspended" || kim.Shape() != kit.IconLock || b.seat.Current() != nil {
		t.Errorf("%s; signed in is %v", kim.Stands(), b.seat.Current())
	}
	b.act("Kim Example", Restore)
	p = b.view.act
	p.selects[InFirst].SetSelected("Robin Sample, Technician")
	p.selects[InSecond].SetSelected("Sam Trial, Pharmacy")
	p.entries[InReason].SetText("the badge was found")
	test.Tap(p.next)
	b.sign("Robin Sample", "Sam Trial")
	if b.member("Kim Example").Stands() != "active" {
		t.Error(b.member("Kim Example").Stands())
	}
	b.act("Kim Example", Leave)
	p = b.view.act
	p.selects[InFirst].SetSelected("Robin Sample, Technician")
	p.selects[InSecond].SetSelected("Sam Trial, Pharmacy")
	p.entries[InReason].SetText("retired")
	test.Tap(p.next)
	b.sign("Robin Sample", "Sam Trial")
	if kim := b.member("Kim Example"); kim.Stands() != "has left" || kim.KeyWord() != "no longer counts" || !b.sees("is over for good") {
		t.Errorf("%s", kim.Stands())
	}
}

func TestAPersonReplacesTheirOwnKey(t *testing.T) {
	b := founded(t)
	robin := b.member("Robin Sample")
	if o := Offers(b.view.model.Members, robin, ""); o[len(o)-1].Act != Rotate || !strings.Contains(o[len(o)-1].Not, "sign in as Robin Sample") {
		t.Errorf("%+v", o)
	}
	if err := b.seat.SignIn(t.Context(), robin.ID, passphrases["Robin Sample"]); err != nil {
		t.Fatal(err)
	}
	b.act("Robin Sample", Rotate)
	p := b.view.act
	p.entries[InOld].SetText("not this one at all")
	p.entries[InPassphrase].SetText("quite another passphrase")
	p.entries[InAgain].SetText("quite another passphrase")
	test.Tap(p.next)
	if !b.sees("This passphrase does not open your key.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	p.entries[InOld].SetText(passphrases["Robin Sample"])
	test.Tap(p.next)
	if !b.sees("Replace Robin Sample's key") || b.sees("Passphrase of") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.view.ceremony.Confirm()
	if b.seat.Current() != nil || !b.dialogs.Open() {
		t.Error("the old key still sits at the console, or nobody is asked to sign in again")
	}
	b.dialogs.Cancel()
	if err := b.seat.SignIn(t.Context(), robin.ID, "quite another passphrase"); err != nil {
		t.Error(err)
	}
}

func TestEveryActHasItsWords(t *testing.T) {
	for _, a := range []Act{Enrol, SetRole, Suspend, Restore, Leave, Revoke, Rotate} {
		f := Form{Act: a, Name: "Sam Trial", Subject: Member{Person: people.Person{Name: "Sam Trial"}}}
		for _, text := range append(f.Means(), f.Title(), f.Confirm("Kim"), kit.T("people.done."+string(a), f.data()), kit.T("people.intro."+string(a), f.data())) {
			if strings.HasPrefix(text, "people.") || strings.Contains(text, "no value") {
				t.Errorf("%s: %q", a, text)
			}
		}
		if a != Enrol && (kit.T("people.do."+string(a)) == "people.do."+string(a) || kit.T("people.about."+string(a)) == "people.about."+string(a)) {
			t.Errorf("%s has no button", a)
		}
	}
}

func TestWhoCanSignIsToldBeforeAnybodyTypes(t *testing.T) {
	person := func(id string, change func(*Member)) Member {
		m := Member{Person: people.Person{ID: id, Name: id, Role: policy.Nursing, Active: true, Status: people.Active}, KeyHere: true}
		if change != nil {
			change(&m)
		}
		return m
	}
	a, b := person("a", nil), person("b", nil)
	gone := person("s", func(m *Member) { m.Active, m.Status = false, people.Suspended })
	all := []Member{a, b, gone, person("p", func(m *Member) { m.Probation = true }), person("u", func(m *Member) { m.Role = policy.Auditor }),
		person("k", func(m *Member) { m.KeyHere = false })}
	ids := func(act Act, all []Member, subject Member) (text string) {
		for _, m := range Eligible(all, act, subject) {
			text += m.ID
		}
		return text
	}
	for _, c := range []struct {
		act     Act
		all     []Member
		subject Member
		want    string
	}{{Enrol, all, Member{}, "ab"}, {SetRole, all, a, "ab"}, {Suspend, all, a, "bp"}, {Restore, all, gone, "ab"}, {Rotate, all, a, "a"},
		{Restore, []Member{a, gone}, gone, "as"}, {Restore, []Member{a, gone, person("p", func(m *Member) { m.Probation = true })}, gone, "as"}, {Leave, []Member{a, b}, b, "a"}, {Revoke, all, b, "a"}} {
		if got := ids(c.act, c.all, c.subject); got != c.want {
			t.Errorf("%s of %s is signed by %q, want %q", c.act, c.subject.ID, got, c.want)
		}
	}
	if o := Offers([]Member{a}, a, "a"); o[0].Act != SetRole || !strings.HasPrefix(o[0].Not, "One more person") {
		t.Errorf("%+v", o)
	}
	if o := Offers(all, Member{Person: people.Person{ID: "x", Status: people.Revoked}}, "a"); len(o) != 0 {
		t.Errorf("%+v", o)
	}
}

func TestEverythingOnThePagesOfPeopleHasAName(t *testing.T) {
	b := founded(t)
	for _, show := range []func(){func() {}, func() { b.view.enrol() }, func() { b.view.open(shell.Route{Screen: Screen, ID: b.member("Kim Example").ID}) }} {
		show()
		if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
			t.Errorf("%+v", unnamed)
		}
		for _, f := range b.view.Panes() {
			if f == nil {
				t.Error("a pane is nothing")
			}
		}
	}
}
