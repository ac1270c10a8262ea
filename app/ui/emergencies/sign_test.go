package emergencies

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/shell"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/people"
)

// fixing has the texts fixed before they are seen.
func (b *bench) fixing() {
	fixed := func(text string, by ...people.Person) (ceremony.Statement, error) {
		if b.fail != nil {
			return nil, b.fail
		}
		return signed{"countersign/fixed/v1\nid 7\n" + text + "\n", by}, nil
	}
	b.view.deps.Prepare = &Prepare{
		Account: func(_ context.Context, by people.Person, id, text string) (ceremony.Statement, error) {
			return fixed("account "+id+" "+text, by)
		},
		Review: func(_ context.Context, by []people.Person, id, finding, reason, incident string) (ceremony.Statement, error) {
			return fixed(strings.Join([]string{finding, id, reason, incident}, " "), by...)
		},
		Paper: func(_ context.Context, by [2]people.Person, about string, lines []string, from, to time.Time) (ceremony.Statement, error) {
			return fixed(about+" "+strings.Join(lines, "|")+" "+to.Sub(from).String(), by[:]...)
		},
		Complete: func(_ context.Context, s ceremony.Statement, signers ...*people.Signer) error {
			return b.act("complete "+s.Text(), signers...)
		},
	}
}

func TestATextThatWasFixedBeforeIsShownAndSignedByteForByte(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	b := newBench(t, e)
	b.fixing()
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.view.one.account.text.SetText("The alarm went off.")
	b.tap("Read and sign the account")
	b.wants("id 7\naccount " + e.ID + " The alarm went off.")
	if b.sees("the console adds a number") {
		t.Error("it says that something is added")
	}
	b.passphrase("right " + robin.ID)
	f := b.view.one.review
	f.finding.SetSelectedIndex(0)
	f.reason.SetText("Nobody else was there.")
	f.who[0].pick.SetSelectedIndex(0)
	f.who[1].pick.SetSelectedIndex(2)
	b.tap("Read and sign the review")
	b.passphrase("right " + kim.ID)
	b.passphrase("right " + sam.ID)
	want := []string{"complete countersign/fixed/v1\nid 7\naccount " + e.ID + " The alarm went off.\n", "complete countersign/fixed/v1\nid 7\njustified " + e.ID + " Nobody else was there. \n"}
	if !slices.Equal(b.acts, want) || !slices.Equal(b.signed[1], []string{kim.ID, sam.ID}) {
		t.Errorf("%q by %v", b.acts, b.signed)
	}
}

func TestWhyATextCannotBeFixedIsToldInTheForm(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	b := newBench(t, e)
	b.fixing()
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.view.one.account.text.SetText("The alarm went off.")
	b.fail = fault.New(fault.NotAllowed, robin.Name, nil)
	b.tap("Read and sign the account")
	b.wants("Robin Sample may not do this.", "The alarm went off.")
	if b.view.ceremony.Open() || b.window.Canvas().Focused() != b.view.one.account.sign {
		t.Error("it is not told where it was asked for")
	}
	b.fail = nil
	b.tap("Read and sign the account")
	if b.sees("may not do this") || !b.view.ceremony.Open() {
		t.Error("it cannot be tried again")
	}
}
