package export

import (
	"context"
	"errors"
	"slices"
	"testing"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
)

// tall makes the window so high that nothing is scrolled out of sight.
func (b *bench) tall() { b.window.Resize(fyne.NewSize(1280, 1400)) }

func TestWhatIsExportedByDefaultBeginsAtTheLastExport(t *testing.T) {
	failed := Earlier{Seq: 200, To: 200, Failed: true}
	b := newBench(t, failed, once)
	b.tall()
	if got := b.last(); got.From != 119 || got.To != 0 {
		t.Errorf("%+v was counted", got)
	}
	b.wants("Records 119 to 411, since the export of 2026-11-23", "293 records", "119 records withheld", "12 changes written", "0 emergencies",
		"1 review is open", "2 records with the clock in doubt", "0 gaps in what is shown", "About 1.3 MB", "37 records and 4 h since somebody other than you signed")
	b.view.form.period.SetSelected("The whole log")
	if got := b.last(); got.From != 0 || got.To != 0 {
		t.Errorf("%+v was counted for the whole log", got)
	}
	b.wants("All 412 records.")
}

func TestTheFirstExportIsOfTheWholeLog(t *testing.T) {
	b := newBench(t)
	b.wants("Nothing was exported from this log yet: all 412 records.")
	if got := b.last(); got.From != 0 || got.To != 0 {
		t.Errorf("%+v was counted", got)
	}
}

func TestDaysAreLookedUpInTheLogAndCountedWhole(t *testing.T) {
	b := newBench(t, once)
	b.tall()
	f, before := b.view.form, len(b.asked)
	f.period.SetSelected("From day to day")
	f.from.SetText("2026-11-2")
	if len(b.asked) != before || !b.sees("Say first which records are meant.") {
		t.Error("half a day was counted")
	}
	f.from.SetText("2026-11-20")
	f.to.SetText("2026-11-22")
	if got := b.last(); got.From != 12 || got.To != 15 {
		t.Errorf("%+v was counted for three days", got)
	}
	f.to.SetText("2026-11-19")
	b.view.begin()
	if len(b.orders) > 0 || b.sees("Records 12 to") {
		t.Error("days in the wrong order are exported")
	}
}

func TestABundleIsSignedByWhoIsSignedInAndItsResultIsShown(t *testing.T) {
	b := newBench(t, once)
	b.fill("robin practises")
	b.wants("Export 293 records to /media/STICK")
	b.view.form.do.OnTapped()
	if len(b.orders) != 1 {
		t.Fatalf("%d bundles: %s", len(b.orders), b.texts())
	}
	o := b.orders[0]
	if o.Signer == nil || o.Signer.ID != robin.ID || o.From != 119 || o.To != 0 || o.For != "State inspection" || o.Folder != "/media/STICK" {
		t.Errorf("%+v", o)
	}
	if b.view.form.passphrase.Text != "" {
		t.Error("the passphrase stays")
	}
	b.tall()
	b.wants("293 records were exported to /media/STICK, read back from there, and verified.", "4f1c 09aa 7723 b1d0", "equal to what was written, byte for byte",
		"VERIFIED – every check held", "Robin Sample, and this machine", "They run countersign-verify on the file", "They compare the fingerprint", "They hand back a receipt")
	b.view.again()
	b.wants("What the file will hold")
}

func TestWithoutAnybodySignedInTheMachineSignsAlone(t *testing.T) {
	b := newBench(t, once)
	b.tall()
	b.me = people.Person{}
	b.view.sat()
	b.fill("")
	b.wants("Nobody is signed in: the machine signs alone", "Sign in …")
	b.view.begin()
	if len(b.orders) != 1 || b.orders[0].Signer != nil {
		t.Errorf("%+v", b.orders)
	}
}

func TestWhatIsMissingIsSaidWhereItIsMissing(t *testing.T) {
	b := newBench(t, once)
	b.tall()
	b.view.form.signIns.SetChecked(true)
	b.view.form.recipient.SetText("AGE1X")
	b.view.begin()
	b.wants("Write why something is left out.", "Write for whom the export is", "Choose a medium, or type a folder.", "An age key begins with age1", "Type your passphrase")
	if b.window.Canvas().Focused() != b.view.form.reason {
		t.Error("the keyboard is not where the first of it is")
	}
	b.fill("wrong words")
	b.view.form.reason.SetText("Staff data")
	b.view.form.recipient.SetText("age1qqq")
	b.view.begin()
	b.wants("The passphrase is wrong.")
	if len(b.orders) > 0 || b.window.Canvas().Focused() != b.view.form.passphrase {
		t.Errorf("%+v", b.orders)
	}
	b.view.form.passphrase.SetText("robin practises")
	b.view.begin()
	if len(b.orders) != 1 || !slices.Equal(b.orders[0].Without, []string{SignIns}) || b.orders[0].Reason != "Staff data" || b.orders[0].Recipient != "age1qqq" {
		t.Errorf("%+v", b.orders)
	}
}

func TestAFolderWithoutRoomOrThatIsNotThereTakesNothing(t *testing.T) {
	b := newBench(t, once)
	b.tall()
	b.free = 900_000
	b.fill("robin practises")
	b.wants("Not enough room: 900 kB are free, about 1.3 MB are needed.")
	b.view.begin()
	b.freeErr = errors.New("no such folder")
	b.view.look()
	b.view.begin()
	b.wants("This folder cannot be found.")
	if len(b.orders) > 0 {
		t.Error("it was begun")
	}
	b.freeErr, b.free = nil, 5e9
	b.view.look()
	b.wants("5.0 GB free")
	if b.sees("This folder cannot be found.") || b.sees("Not enough room") {
		t.Error("what is right now is still called wrong")
	}
}

func TestEveryTroubleIsASentenceWithANextStep(t *testing.T) {
	for _, c := range []struct {
		err  error
		want []string
	}{
		{fault.New(fault.NoRoom, "/media/STICK", nil), []string{"There is not enough room for the export.", "Take a larger medium"}},
		{fault.New(fault.MediumGone, "/media/STICK", nil), []string{"The medium cannot be written or read", "write-protected", "Put it in again"}},
		{fault.New(fault.MediumBad, "/media/STICK", nil), []string{"The medium did not keep what was written", "Export again onto another one"}},
		{fault.New(fault.Recipient, "age1x", nil), []string{"This is not a key to encrypt for", "Copy the key again"}},
		{fault.New(fault.Cancelled, "", nil), []string{"The export was cancelled.", "Nothing that looks complete"}},
		{fault.New(fault.LogBroken, "17", nil), []string{"The audit log does not verify."}},
		{errors.New("something else"), []string{"."}},
	} {
		b := newBench(t, once)
		b.fill("robin practises")
		b.fail = c.err
		b.view.begin()
		b.wants(c.want...)
		if b.view.model.Phase != Filling || len(b.results) != 1 {
			t.Errorf("%v: %v", c.err, b.results)
		}
	}
}

func TestABundleIsCancelledByItsButtonAndByEscape(t *testing.T) {
	b := newBench(t, once)
	b.fill("robin practises")
	b.during = func(ctx context.Context) {
		b.view.follow()
		b.wants("Being exported", "Writing to the medium", "1 of 2")
		if !b.view.Leave() || ctx.Err() == nil {
			t.Error("Escape does not stop it")
		}
		b.wants("Stopping …")
	}
	b.view.begin()
	b.wants("The export was cancelled.")
	if b.view.Leave() {
		t.Error("there is still something to leave")
	}
}

func TestABrokenLogIsExportedAndSaidToBeBroken(t *testing.T) {
	b := newBench(t, once)
	b.fill("robin practises")
	b.made.Broken, b.made.Verdict = "record 17: the hash is another one", "FAILED"
	b.view.begin()
	b.wants("but the log itself does not verify.", "record 17: the hash is another one")
	b.view.again()
	b.fill("robin practises")
	b.made.Broken, b.made.Equal = "", false
	b.view.begin()
	b.wants("is not what was written.", "Do not hand this file over.")
}

func TestAReceiptIsTakenInAndWorded(t *testing.T) {
	for _, c := range []struct {
		receipt Receipt
		err     error
		want    []string
	}{
		{Receipt{State: Witnessed, Auditor: "C. Lee", Verdict: "VERIFIED", Size: 412, At: noon, Known: true}, nil, []string{"The log still holds what C. Lee saw.", "412 records", "Nobody checked who signed it"}},
		{Receipt{State: Witnessed, Auditor: "C. Lee", Verdict: "VERIFIED", Size: 412, At: noon, Known: true, Key: "aaaa bbbb", NewKey: true}, nil, []string{"the first receipt", "aaaa bbbb"}},
		{Receipt{State: Witnessed, Auditor: "C. Lee", Verdict: "VERIFIED", Size: 412, At: noon, Known: true, Key: "aaaa bbbb", OtherKey: true}, nil, []string{"another key"}},
		{Receipt{State: Witnessed, Auditor: "C. Lee", Verdict: "FAILED", Size: 412, At: noon, Known: true}, nil, []string{"for C. Lee, the file did not verify."}},
		{Receipt{State: Rewound, Auditor: "C. Lee", Verdict: "VERIFIED", Size: 900, At: noon}, nil, []string{"This log was put back", "not among the exports"}},
		{Receipt{State: Forked, Auditor: "C. Lee", Verdict: "VERIFIED", Size: 400, At: noon, Known: true}, nil, []string{"another past"}},
		{Receipt{}, fault.New(fault.Incoming, "receipt", nil), []string{"This is no receipt that can be used."}},
		{Receipt{}, fault.New(fault.KeyFile, "receipt key", nil), []string{"This is no key of an auditor."}},
		{Receipt{}, fault.New(fault.NotFound, "r.txt", nil), []string{"r.txt is not there."}},
	} {
		b := newBench(t, once)
		b.window.SetContent(b.view.Show(EarlierID))
		b.receipt, b.fail = c.receipt, c.err
		b.view.list.file.SetText(" /media/STICK/r.txt ")
		b.view.list.key.SetText("/media/STICK/k.pub")
		b.view.list.take.OnTapped()
		b.wants(c.want...)
		if !slices.Equal(b.taken, []string{"/media/STICK/r.txt", "/media/STICK/k.pub"}) {
			t.Errorf("%q", b.taken)
		}
	}
}

func TestTheListSaysWhatBecameOfEachExport(t *testing.T) {
	seen, bad, failed := once, once, once
	seen.Seq, seen.Receipt, seen.Auditor = 200, Witnessed, "C. Lee"
	bad.Seq, bad.Receipt, bad.Auditor = 300, Forked, "C. Lee"
	failed.Seq, failed.Failed = 310, true
	b := newBench(t, failed, bad, seen, once)
	b.window.SetContent(b.view.Show(EarlierID))
	b.wants("0 to 118", "Everything", "0123 4567 89ab cdef", "None yet", "Witness: C. Lee", "Another past: C. Lee", "Never completed")
}

func TestEverythingOnTheScreenHasAName(t *testing.T) {
	b := newBench(t, once)
	b.places = []Place{{Folder: "/media/STICK", Name: "STICK"}}
	b.view.look()
	b.tall()
	for _, id := range []string{"", EarlierID} {
		b.window.SetContent(b.view.Show(id))
		if bare := kit.Unnamed(b.window.Canvas()); len(bare) > 0 {
			t.Errorf("%q: %+v", id, bare)
		}
	}
}

// Whoever sits down next must not sign with what somebody else typed.
func TestAPassphraseIsForgottenWhenSomebodyElseSitsDownOrThePageIsLeft(t *testing.T) {
	b := newBench(t, once)
	b.fill("robin practises")
	b.me = kim
	b.view.sat()
	if b.view.form.passphrase.Text != "" || !b.sees("Kim Example signs that") {
		t.Error("the passphrase stays")
	}
	b.fill("kim practises too")
	b.view.Hide()
	if b.view.form.passphrase.Text != "" {
		t.Error("the passphrase stays behind the page")
	}
}

func TestAMediumThatIsPluggedInIsOfferedAndChosen(t *testing.T) {
	b := newBench(t, once)
	b.tall()
	if b.sees("Medium") {
		t.Error("a choice of no media")
	}
	b.places = []Place{{Folder: "/media/A", Name: "A"}, {Folder: "/media/B", Name: "B"}}
	b.view.look()
	b.wants("Medium")
	b.view.form.place.SetSelected("B  /media/B")
	if got := b.view.model.folder(); got != "/media/B" {
		t.Errorf("%q", got)
	}
	b.wants("to /media/B")
}
