package changes

import (
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/change"

	"fyne.io/fyne/v2"
)

const (
	approveButton = "Approve as second person …"
	signButton    = "Sign approval for SN " + serial + " as Kim Example"
	writeButton   = "Write 1 change to SN " + serial
)

// starts brings Kim's approval as far as the entry form.
func (b *bench) starts() {
	b.Helper()
	b.press(approveButton)
	b.types(kimPW)
}

func TestTheSecondPersonApprovesByKeyboardAlone(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.proposed(wants(high, 45))
	b.press(approveButton)
	if b.focus() != "Your passphrase" { // Kim is the only one who can be meant
		t.Fatalf("the keyboard is at %q", b.focus())
	}
	b.types(kimPW)
	if b.focus() != "EtCO2 high" {
		t.Fatalf("the keyboard is at %q:\n%s", b.focus(), b.all())
	}
	b.types("45")
	b.says(signButton)
	if b.focus() != "Leave without signing" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	if b.locked() {
		t.Error("the key is locked before it was used")
	}
	b.press(signButton)
	b.reload()
	if got := b.state(r.ID); got.State != change.Approved || got.Approvals[0].Signer.Name != "Kim Example" {
		t.Errorf("the request is %s", got.State)
	}
	if !b.locked() {
		t.Error("the key is open after it was used")
	}
	if b.seat.Current().ID != b.robin.ID {
		t.Error("Robin lost the seat")
	}
	b.says("Two persons agreed")
}

func TestWhatIsShownIsWhatIsSigned(t *testing.T) {
	b := newBench(t)
	b.connects()
	r := b.proposed(wants(high, 45))
	b.starts()
	b.types("45")
	text := b.screen.page.note.text.Text
	if want := b.screen.model.flow.agreed.Text(); text != want {
		t.Fatalf("shown:\n%q\nto be signed:\n%q", text, want)
	}
	shown := false
	for _, i := range b.items() {
		shown = shown || i.Role == "text" && i.Label == text
	}
	if !shown || !b.screen.page.note.text.TextStyle.Monospace {
		t.Errorf("the text is not on the page:\n%s", b.all())
	}
	b.says("EtCO2 high: from 50 mmHg to 45 mmHg.")
	b.press(signButton)
	var signed []byte
	err := b.log.Each(t.Context(), 0, func(record audit.Record) error {
		if record.Kind == "change.approved" {
			var err error
			signed, err = b.roster.Open(t.Context(), record.Stmt)
			return err
		}
		return nil
	})
	b.must(err)
	if string(signed) != text {
		t.Errorf("signed:\n%q\nshown:\n%q", signed, text)
	}
	if got := b.state(r.ID).State; got != change.Approved {
		t.Errorf("the request is %s", got)
	}
}

// secret is a value that no date, number or key says by chance.
const secret = 73519

func TestAHiddenValueIsNowhereOnThePage(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.proposed(wants(high, secret))
	hidden := func(where string) {
		t.Helper()
		clip := fyne.CurrentApp().Clipboard().Content()
		if all := b.all() + clip + b.screen.Title(r.ID); strings.Contains(all, "73519") {
			t.Errorf("%s: the value is there:\n%s", where, all)
		}
	}
	hidden("before its proposer asks")
	b.press("Show my values")
	b.says("73519 mmHg") // its proposer's own
	b.press("Hide my values")
	hidden("hidden again")
	b.press("Show my values")
	b.press(approveButton)
	hidden("naming")
	b.says("hidden until the second person has entered it")
	b.types("wrong")
	hidden("after a wrong passphrase")
	b.types(kimPW)
	hidden("entering")
	b.types("46")
	hidden("after a wrong entry")
	b.press("Cancel")
	b.sits(nil, "")
	hidden("nobody signed in")
	b.press("Refuse …")
	hidden("refusing")
	b.sits(b.kim, kimPW)
	hidden("Kim signed in")
	b.show("")
	hidden("queue")
	b.screen.queue.table.SetFilter("73519")
	if n, _ := b.screen.queue.table.Len(); n != 0 {
		t.Error("the filter finds the value")
	}
	b.show(r.ID)
	b.starts()
	b.types("73519")
	b.says("73519 mmHg")
	b.press("Leave without signing")
	hidden("after leaving without signing")
}

func TestAWrongPassphraseIsSaidAndTriedAgain(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	b.proposed(wants(high, 45))
	b.press(approveButton)
	b.types("not the passphrase")
	b.says("The passphrase is wrong.")
	if b.focus() != "Your passphrase" || b.screen.page.names.passphrase.Text != "" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	if b.seat.Current() == nil || b.seat.Current().ID != b.robin.ID {
		t.Error("Robin lost the seat")
	}
	b.types(kimPW)
	b.says("Enter the wanted values")
}

func TestADifferenceNamesTheSettingAndTheSecondEndsTheRequest(t *testing.T) {
	b := newBench(t)
	b.connects()
	r := b.proposed(wants(high, 45), wants(low, 20))
	b.starts()
	b.types("46")
	b.types("20")
	b.says("EtCO2 high differs from the request.")
	if b.focus() != "EtCO2 high" || b.locked() {
		t.Errorf("after the first difference the keyboard is at %q", b.focus())
	}
	b.types("44")
	b.screen.page.submitEntries()
	b.reload()
	b.says("The request was returned.")
	b.says("Clear up between the two of you which value is meant")
	if got := b.state(r.ID).State; got != change.Returned || !b.locked() {
		t.Errorf("the request is %s, locked %v", got, b.locked())
	}
}

func TestAnEntryThatIsNoValueCostsNoTry(t *testing.T) {
	b := newBench(t)
	b.connects()
	r := b.proposed(wants(high, 45))
	b.starts()
	b.press("Compare")
	b.says("Enter a value.")
	b.types("4,5")
	b.press("Compare")
	b.says("A comma is not accepted.")
	if got := b.state(r.ID).Tries; got != 0 {
		t.Errorf("%d tries", got)
	}
}

func TestAnUnknownSettingIsEnteredByItsID(t *testing.T) {
	b := newBench(t)
	b.proposed(wants(high, 45)) // nothing is connected, so nobody knows its label
	b.starts()
	if b.focus() != string(high) {
		t.Fatalf("the keyboard is at %q", b.focus())
	}
	b.says("50 mmHg")
	b.types("45.0")
	b.says(signButton)
}

func TestARequestThatIsNotBlindGoesStraightToTheStatement(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.proposed(wants(bright, 60))
	b.says("60 %")
	b.sits(b.robin, robinPW)
	b.says("They see the values and sign them")
	b.starts()
	b.says(signButton)
	b.press(signButton)
	b.reload()
	b.says("Two persons agreed")
}

func TestWhereverAnApprovalIsLeftTheKeyIsLocked(t *testing.T) {
	leaves := map[string]func(*bench, change.Request){
		"another page": func(b *bench, _ change.Request) { b.screen.Hide() },
		"same page":    func(b *bench, r change.Request) { b.screen.Show(r.ID) },
		"seat locked":  func(b *bench, _ change.Request) { b.sits(nil, "") },
		"seat taken":   func(b *bench, _ change.Request) { b.sits(b.kim, kimPW) },
		"withdrawn":    func(b *bench, r change.Request) { b.must(b.desk.Withdraw(b.Context(), b.robin, r.ID)); b.reload() },
		"time out":     func(b *bench, _ change.Request) { b.clock.Advance(patience + 1e9); b.screen.tick() },
		"expired":      func(b *bench, _ change.Request) { b.clock.Advance(change.ValidFor + 1e9); b.screen.tick() },
	}
	for name, leave := range leaves {
		for _, at := range []stage{entering, reading} {
			t.Run(name+" while "+string(at), func(t *testing.T) {
				b := newBench(t)
				b.connects()
				b.sits(b.robin, robinPW)
				r := b.proposed(wants(high, 45))
				b.starts()
				if at == reading {
					b.types("45")
				}
				if b.screen.model.flow.stage != at || b.locked() {
					t.Fatalf("at %q, locked %v", b.screen.model.flow.stage, b.locked())
				}
				leave(b, r)
				if b.screen.model.flow.stage != resting || !b.locked() || b.screen.page.note.text.Text != "" || len(b.screen.page.form.fields) != 0 {
					t.Errorf("at %q, locked %v", b.screen.model.flow.stage, b.locked())
				}
				if got := b.state(r.ID).State; got == change.Approved {
					t.Error("it was signed")
				}
			})
		}
	}
}

func TestAKeyThatArrivesAfterThePageWasLeftIsLocked(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.proposed(wants(high, 45))
	b.press(approveButton)
	b.seat.during = func() { b.screen.Hide() }
	b.types(kimPW)
	if len(b.seat.opened) != 1 || !b.locked() {
		t.Errorf("%d keys opened, locked %v", len(b.seat.opened), b.locked())
	}
}

func TestARequestThatMovedOnIsSaidWhileTheFormIsOpen(t *testing.T) {
	b := newBench(t)
	b.connects()
	r := b.proposed(wants(high, 45))
	b.starts()
	b.must(b.desk.Withdraw(t.Context(), b.robin, r.ID))
	b.reload()
	b.says("The request has moved on meanwhile.")
	b.says("Robin Sample took the request back.")
}

func TestTheProposerIsNotAmongThoseWhoCanApprove(t *testing.T) {
	b := newBench(t)
	b.sits(b.robin, robinPW)
	b.proposed(wants(high, 45))
	b.press(approveButton)
	if got := b.screen.page.names.name.Options; len(got) != 1 || got[0] != "Kim Example" {
		t.Errorf("offered: %v", got)
	}
	if _, _, ok := b.screen.model.prove(b.robin.ID); ok {
		t.Error("Robin may prove")
	}
}

func TestARefusalNeedsAReasonAndIsSigned(t *testing.T) {
	b := newBench(t)
	r := b.proposed(wants(high, 45))
	b.press("Refuse …")
	if b.focus() != "Why you refuse" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	b.types("") // goes on to the passphrase
	b.types(kimPW)
	b.says("A reason is missing.")
	b.types("Not on this ward")
	b.types(kimPW)
	b.reload()
	if got := b.state(r.ID); got.State != change.Refused || !b.locked() {
		t.Errorf("the request is %s, locked %v", got.State, b.locked())
	}
	b.says("The second person refused: Not on this ward")
}

func TestTheProposerWithdraws(t *testing.T) {
	b := newBench(t)
	b.sits(b.robin, robinPW)
	r := b.proposed(wants(high, 45))
	b.press("Withdraw …")
	if b.focus() != "Cancel" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	b.press("Withdraw request for SN " + serial + " as Robin Sample")
	b.reload()
	if got := b.state(r.ID).State; got != change.Withdrawn {
		t.Errorf("the request is %s", got)
	}
	if b.saying("Withdraw …") {
		t.Error("it can be withdrawn twice")
	}
}

func TestEverythingOnThePageHasAName(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	check := func() {
		t.Helper()
		if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
			t.Errorf("without a name: %+v", unnamed)
		}
	}
	check()
	b.proposed(wants(high, 45))
	check()
	b.starts()
	check()
	b.types("45")
	check()
	b.press(signButton)
	b.reload()
	check()
	var screen shell.Screen = b.screen
	for _, is := range []bool{is[shell.Filterer](screen), is[shell.Refresher](screen), is[shell.Paned](screen), is[shell.Commander](screen)} {
		if !is {
			t.Error("the screen lacks one of its interfaces")
		}
	}
}

func is[I any](s shell.Screen) bool { _, ok := s.(I); return ok }

func TestTheKeyboardIsNotLostWhenAFormCloses(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.proposed(wants(high, 45))
	b.starts()
	b.clock.Advance(patience + 1e9)
	b.screen.tick()
	b.says("The key was locked again.")
	if b.focus() != "All requests" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
}
