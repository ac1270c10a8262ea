package keeping

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/backup"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/retention"
	"countersign/internal/statement"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// bench is the screen on facts that a test makes up.
type bench struct {
	t        *testing.T
	facts    Facts
	factsErr error
	signedIn bool
	asked    int // to sign in
	folder   string
	sealed   string
	made     backup.Made
	failed   error
	during   func() // while a backup is being made
	placed   []string
	view     *View
	window   fyne.Window
	opened   shell.Route
}

func newBench(t *testing.T, facts Facts) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b := &bench{t: t, facts: facts, signedIn: true}
	never := make(chan struct{})
	signal := func() <-chan struct{} { return never }
	b.view = New(t.Context(), Deps{
		Facts:   func(context.Context) (Facts, error) { return b.facts, b.factsErr },
		Changed: signal, SeatChanged: signal, SignedIn: func() bool { return b.signedIn }, SignIn: func() { b.asked++ },
		Folder: "/home/kim/.config/Countersign training", Board: &task.Board{},
		BackUp: func(_ context.Context, folder, recipient string, progress backup.Progress) (backup.Made, error) {
			b.folder, b.sealed = folder, recipient
			progress(backup.Files, 1, 4)
			if b.during != nil {
				b.during()
			}
			return b.made, b.failed
		},
		Place: func(_ context.Context, scope retention.Scope, subject, reason, reference string) error {
			b.placed = append(b.placed, strings.Join([]string{string(scope), subject, reason, reference}, "|"))
			return b.failed
		},
		Archive: func(_ context.Context, path, place string, _ func(done, of int64)) (int64, error) {
			b.placed = append(b.placed, path+"|"+place)
			if b.failed != nil {
				return 0, b.failed
			}
			return 4711, nil
		},
		Role: func(people.Person) string { return "technician" }, Result: func(kit.State, string) {}, Now: func() time.Time { return now },
	}, kit.Inline(), func(r shell.Route) { b.opened = r })
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 2400)) // all of it is in sight
	return b
}

func (b *bench) sees(text string) bool {
	return slices.ContainsFunc(kit.Outline(b.window.Canvas()), func(i kit.Item) bool { return strings.Contains(i.Label+i.Text, text) })
}

func (b *bench) mustSee(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !b.sees(text) {
			b.t.Errorf("%q is not on the page: %+v", text, kit.Outline(b.window.Canvas()))
		}
	}
}

var robin, kim = people.Person{ID: "r", Name: "Robin Sample", Active: true}, people.Person{ID: "k", Name: "Kim Example", Active: true}

// usual is a console of some months.
func usual() Facts {
	return Facts{
		Growth: retention.Growth{Records: 18_234, Bytes: 52_300_000, Added: 3000, Over: retention.Look}, Free: 67_200_000_000,
		Kept: retention.Kept{Backup: retention.Copy{There: true, At: now.Add(-72 * time.Hour), Upto: 18_000, File: "countersign-backup-site-20261122-120000.zip"}},
		Holds: []retention.Hold{
			{ID: "1", Scope: retention.Device, Subject: "Capnostream 20 SN 4711", Reason: "Inquiry", Reference: "AZ 14", By: statement.Person{Name: "Kim Example"}, At: now},
			{ID: "2", Scope: retention.Everything, Reason: "Inspection", By: statement.Person{Name: "Robin Sample"}, At: now, Released: true, Ended: now,
				Enders: []statement.Person{{Name: "Robin Sample"}, {Name: "Kim Example"}}, Why: "It is over"}},
		People: []people.Person{robin, kim},
	}
}

func TestThePageSaysHowBigTheLogIsAndForHowLongThereIsRoom(t *testing.T) {
	b := newBench(t, usual())
	b.mustSee("18234 records, 52.3 MB", "286.8 kB a day (3000 records in the last 30 days)", "67.2 GB", "more than 20 years at this rate",
		"countersign-backup-site-20261122-120000.zip; 234 records since", "none yet", "Nobody has exported the whole audit log yet.",
		`countersign --restore countersign-backup-site-20261122-120000.zip --data "/home/kim/.config/Countersign training"`)
	b.facts.Kept.Export = retention.Copy{There: true, At: now.Add(-retention.Interval - time.Hour), File: "e.zip"}
	b.view.Refresh()
	b.mustSee("Nobody exported the whole audit log in the last 30 days.")
	if b.sees("No backup was made") || b.sees("put back from a backup on") {
		t.Error("it reminds of what is done, or tells of what was not")
	}
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
}

func TestLittleRoomIsToldAtTwoAndAtOneGigabyte(t *testing.T) {
	for free, want := range map[int64]string{2_000_000_000: "", 1_999_999_999: "Less than 2 GB are free on the disk: 1.9 GB.", 1_000_000_000: "Less than 2 GB are free on the disk: 1.0 GB.",
		999_999_999: "Less than 1 GB is free on the disk: 999.9 MB."} {
		f := usual()
		f.Free = free
		b := newBench(t, f)
		if want == "" && b.sees("free on the disk:") || want != "" && !b.sees(want) {
			t.Errorf("%d bytes: %+v", free, kit.Outline(b.window.Canvas()))
		}
	}
	f := usual()
	f.FreeErr = errors.New("no such folder")
	f.Growth = retention.Growth{Records: 3, Bytes: 90_000}
	b := newBench(t, f)
	b.mustSee("not known yet", "3 records, 90.0 kB")
}

func TestAConsoleThatWasPutBackSaysSo(t *testing.T) {
	f := usual()
	f.Kept.Restored = retention.Copy{There: true, At: now, Upto: 17_000, Place: "2026-11-20T10:00:00.000Z"}
	b := newBench(t, f)
	b.mustSee("This console was put back from a backup on", "holds 17000 records", "new sealed codes")
}

func TestABackupIsMadeWhereSomebodySaysAndItsResultIsTold(t *testing.T) {
	b := newBench(t, usual())
	if !b.view.backup.start.Disabled() {
		t.Error("a backup can be made into no folder")
	}
	b.view.backup.folder.SetText(" /media/stick ")
	b.view.backup.recipient.SetText("age1x")
	b.made = backup.Made{Path: "/media/stick/b.zip", Bytes: 4_711_000, Manifest: backup.Manifest{Head: audit.Head{Size: 18_234}}, Left: []backup.Left{{Path: "a b", Why: backup.Strange}}}
	b.during = func() {
		b.view.poll()
		if !b.view.model.Busy || !b.view.backup.start.Disabled() || b.view.backup.stage.Text != "Writing files: 25 %" {
			t.Errorf("while it runs: %q", b.view.backup.stage.Text)
		}
	}
	test.Tap(b.view.backup.start)
	if b.folder != "/media/stick" || b.sealed != "age1x" {
		t.Errorf("%q %q", b.folder, b.sealed)
	}
	b.mustSee("The backup is complete: b.zip, 4.7 MB.", "In /media/stick. It was read back", "SHA-256: 0000", "1 file in the data folder has a name")
	for err, want := range map[error]string{
		fault.New(fault.LogFull, "/media/stick", nil):                 "There is not enough room in /media/stick.",
		fault.New(fault.LogDenied, "/media/stick", nil):               "/media/stick cannot be written",
		fault.New(fault.Cancelled, "", context.Canceled):              "The backup was cancelled.",
		fault.New(fault.Incoming, "/media/stick", backup.ErrDiffers):  "The medium does not give back",
		fault.New(fault.OutOfRange, "recipient", errors.New("age1?")): "That is not an age recipient.",
	} {
		b.made, b.failed = backup.Made{}, err
		test.Tap(b.view.backup.start)
		b.mustSee(want, "There is no backup.")
	}
	b.made, b.failed = backup.Made{Path: "/media/stick/b.zip"}, fault.New(fault.LogFull, "", nil)
	test.Tap(b.view.backup.start)
	b.mustSee("The backup is complete: b.zip", "The audit log does not say that it was made.")
}

func TestNobodyIsAskedToSignInBeforeSomethingNeedsIt(t *testing.T) {
	b := newBench(t, usual())
	b.signedIn = false
	b.view.render()
	b.mustSee("Whoever is signed in can make a backup.")
	b.view.backup.folder.SetText("/media/stick")
	test.Tap(b.view.backup.start)
	b.view.hold.scope.SetSelectedIndex(0)
	b.view.hold.reason.SetText("Inquiry")
	test.Tap(b.view.hold.place)
	if b.asked != 2 || b.folder != "" || len(b.placed) > 0 {
		t.Errorf("asked %d times, %q, %v", b.asked, b.folder, b.placed)
	}
}

func TestAHoldSaysWhatIsMissingAndIsPlaced(t *testing.T) {
	b := newBench(t, usual())
	f := &b.view.hold
	b.mustSee("Choose what the hold is on.")
	f.scope.SetSelected("Device")
	b.mustSee("Say which one.")
	f.subject.SetText("SN 4711")
	b.mustSee("Say why.")
	f.reason.SetText("Inquiry")
	f.reference.SetText("AZ 14")
	b.failed = fault.New(fault.NotAllowed, "", nil)
	test.Tap(f.place)
	if f.subject.Text == "" {
		t.Error("what was typed is gone, and nothing was placed")
	}
	b.failed = nil
	test.Tap(f.place)
	if !slices.Equal(b.placed, []string{"device|SN 4711|Inquiry|AZ 14", "device|SN 4711|Inquiry|AZ 14"}) || f.subject.Text != "" {
		t.Errorf("%v, %q", b.placed, f.subject.Text)
	}
	f.subject.SetText("left over")
	f.scope.SetSelected("Everything")
	f.reason.SetText("Inspection")
	test.Tap(f.place)
	if b.placed[2] != "everything||Inspection|" {
		t.Errorf("%v", b.placed)
	}
}

func TestHoldsAreListedAndTwoAreAskedForToReleaseOne(t *testing.T) {
	b := newBench(t, usual())
	b.mustSee("Device Capnostream 20 SN 4711", "Inquiry. Placed by Kim Example", "Reference: AZ 14.", "Released by Robin Sample, Kim Example", "It is over")
	b.view.begin(b.facts.Holds[0])
	f := b.view.release
	if !f.sign.Disabled() || !b.sees("Why it is released") {
		t.Error("the form")
	}
	f.who[0].SetSelectedIndex(0)
	f.who[1].SetSelectedIndex(0)
	f.reason.SetText("Closed")
	if !f.sign.Disabled() {
		t.Error("one person twice")
	}
	f.who[1].SetSelectedIndex(1)
	if f.sign.Disabled() {
		t.Error("two persons cannot sign")
	}
	if !b.view.Leave() || b.view.Leave() || !b.sees("Legal holds") {
		t.Error("leaving the form")
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	b := newBench(t, usual())
	b.factsErr = fault.New(fault.LogBusy, "", nil)
	b.view.Refresh()
	what, _, _ := kit.FaultText(b.factsErr)
	b.mustSee(what, "18234 records")
}

func TestAnArchiveIsVerifiedBeforeItIsRecorded(t *testing.T) {
	b := newBench(t, usual())
	f := &b.view.archive
	if !f.start.Disabled() {
		t.Error("nothing can be recorded")
	}
	f.file.SetText("/media/stick/e.zip")
	f.place.SetText("Safe")
	b.failed = fault.New(fault.Incoming, "/media/stick/e.zip", errors.New("FAILED"))
	test.Tap(f.start)
	b.mustSee("That file is no archive of this log.", "FAILED")
	b.failed = fault.New(fault.LogDenied, "/media/stick/e.zip", nil)
	test.Tap(f.start)
	b.mustSee("/media/stick/e.zip could not be read.")
	b.failed = nil
	test.Tap(f.start)
	b.mustSee("It holds everything up to 4711 records.")
	if !slices.Equal(b.placed, []string{"/media/stick/e.zip|Safe", "/media/stick/e.zip|Safe", "/media/stick/e.zip|Safe"}) || f.place.Text != "" {
		t.Errorf("%v", b.placed)
	}
}
