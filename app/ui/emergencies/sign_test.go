package emergencies

import (
	"slices"
	"testing"
	"time"

	"countersign/app/ui/shell"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
)

func TestATextThatWasFixedBeforeIsShownAndSignedByteForByte(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	b := newBench(t, e)
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.view.one.account.text.SetText("The alarm went off.")
	b.tap("Read and sign the account")
	b.wants("account The alarm went off.", "id "+session(now))
	b.passphrase("right " + robin.ID)
	f := b.view.one.review
	f.finding.SetSelectedIndex(0)
	f.reason.SetText("Nobody else was there.")
	f.who[0].pick.SetSelectedIndex(0)
	f.who[1].pick.SetSelectedIndex(2)
	b.tap("Read and sign the review")
	b.passphrase("right " + kim.ID)
	b.passphrase("right " + sam.ID)
	want := []string{"account " + e.ID + " The alarm went off.", "review " + e.ID + " justified Nobody else was there. "}
	if !slices.Equal(b.acts, want) || !slices.Equal(b.signed[1], []string{kim.ID, sam.ID}) {
		t.Errorf("%q by %v", b.acts, b.signed)
	}
}

func TestWhyATextCannotBeFixedIsToldInTheForm(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	b := newBench(t, e)
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
