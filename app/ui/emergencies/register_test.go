package emergencies

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// passphrases are those of the two who found the console.
var passphrases = [2]string{"four quiet words here", "other quiet words here"}

// recorded is the screen on a real register, with an emergency of the first founder that has ended.
func recorded(t *testing.T) (b *bench, founders []people.Person, id string) {
	t.Helper()
	ctx, folder := t.Context(), t.TempDir()
	db, err := store.Open(ctx, folder, "test/bench", change.Projection(), breakglass.Projection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	at := clock.NewFake(now)
	log, err := audit.Open(ctx, db, at)
	if err != nil {
		t.Fatal(err)
	}
	roster, err := people.Load(ctx, log)
	if err != nil {
		t.Fatal(err)
	}
	keys := people.NewKeys(filepath.Join(folder, "keys"))
	founded, err := roster.Found(ctx, keys, [2]people.Founder{{Name: "Robin Sample", Badge: "1", Role: policy.Technician, Passphrase: passphrases[0]},
		{Name: "Kim Example", Badge: "2", Role: policy.Nursing, Passphrase: passphrases[1]}})
	if err != nil {
		t.Fatal(err)
	}
	importer := breakglass.NewImporter()
	importer.Attach(log, db, func(note string) error { _, err := roster.Open(ctx, note); return err })
	recorder := breakglass.NewRecorder(at, nil, importer.Sink())
	t.Cleanup(func() { recorder.Close(context.WithoutCancel(ctx)) })
	desk := breakglass.NewDesk(recorder, "ward-7-cart", "test", func() statement.LogHead {
		head := log.Head()
		return statement.LogHead{Origin: head.Origin, Size: head.Size, Root: head.Root}
	})
	register := breakglass.NewRegister(log, db, roster, recorder.Chain(), change.NewDesk(log, db, roster, "ward-7-cart", "test").SupersededBy)
	s, err := desk.Open(breakglass.Ask{Who: breakglass.Who{Actor: founded.Signers[0].Actor(), Signer: founded.Signers[0]}, Name: "Capnostream 20 SN B355987654",
		Device: statement.Device{Model: "Capnostream 20", Serial: "B355987654"}, Key: "serial:/dev/ttyUSB0", Category: breakglass.PatientAtRisk})
	if err != nil {
		t.Fatal(err)
	}
	steps := step("alarm.etco2.high", "50", "60", "60", "verified", "")
	if _, err := s.Intend("steps", steps); err != nil {
		t.Fatal(err)
	}
	s.Conclude("outcome", "verified", "steps", steps)
	s.Seal(breakglass.Sealed)
	if err := importer.Take(ctx); err != nil {
		t.Fatal(err)
	}
	for _, signer := range founded.Signers {
		signer.Lock()
	}
	founders, err = roster.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b = &bench{t: t}
	deps := b.deps()
	deps.Emergencies, deps.Emergency, deps.Changed, deps.Eligible = register.Emergencies, register.Emergency, register.Changed, register.Eligible
	deps.Ratio, deps.LastDrill, deps.Account, deps.Review, deps.Paper = register.Ratio, register.LastDrill, register.Account, register.Review, register.Paper
	deps.Persons, deps.Prove, deps.Report, deps.Duration = roster.People, people.NewSeat(roster, keys).Prove, func(context.Context) Standing { return good() }, nil
	deps.CheckDrift = func(ctx context.Context, id string) ([]string, error) {
		return nil, register.Checked(ctx, leaf.Actor{ID: founders[1].ID, Name: founders[1].Name}, id, nil)
	}
	deps.Now = func() time.Time { return at.Now().Wall }
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b.view = New(ctx, deps, kit.Inline(), b.open)
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 2000))
	b.view.Refresh()
	return b, founders, s.ID()
}

func TestAnEmergencyOnARealLogIsToldReviewedAndChecked(t *testing.T) {
	b, founders, id := recorded(t)
	b.wants("Account due", "No drill yet", "30 days: 1 of 1 writes without a second person (100.0\u00a0%).", "Robin Sample: 1 of 1")
	b.open(shell.Route{Screen: Screen, ID: id})
	b.wants("Yes, with the personal key.", "audit log", "60 mmHg", "One reviewer is enough: nobody but Kim Example may review it.")
	b.view.one.account.text.SetText("The alarm went off\nwithout end.")
	b.tap("Read and sign the account")
	b.passphrase(passphrases[0])
	b.view.Refresh()
	b.wants("The alarm went off without end.", "Review due")
	shown := b.view.one.review
	shown.finding.SetSelectedIndex(0)
	shown.reason.SetText("Nobody else was in house.")
	b.tap("Read and sign the review")
	b.wants("reason Nobody else was in house.", "signer "+founders[1].ID+" Kim Example, nursing")
	b.passphrase(passphrases[1])
	b.view.Refresh()
	if !b.sees("Reviewed by one") || !b.sees("Kim Example (Nursing)") {
		t.Errorf("%q", b.seen())
	}
	b.tap("Check the device now")
	b.view.Refresh()
	b.wants("The device held what the emergency left.")
	if got := b.view.Waiting(); got != 0 {
		t.Errorf("%d still wait", got)
	}
}

func TestAPaperGoesIntoTheRealLog(t *testing.T) {
	b, founders, _ := recorded(t)
	b.tap("Enter from paper")
	p := b.view.paper
	p.about.SetText("BG-7K3M-9QXT-2HWD")
	p.lines.SetText("03:12 EtCO2 high 50, set to 60")
	p.times[0].SetText(now.Add(-6 * time.Hour).Local().Format("2006-01-02 15:04"))
	p.times[1].SetText(now.Add(-5 * time.Hour).Local().Format("2006-01-02 15:04"))
	p.who[0].pick.SetSelectedIndex(0)
	p.who[1].pick.SetSelectedIndex(1)
	b.tap("Read and sign")
	for _, p := range b.view.paper.sheet.By {
		b.passphrase(passphrases[slices.IndexFunc(founders, func(f people.Person) bool { return f.ID == p })])
	}
	if len(b.results) != 1 || b.results[0] != "What the paper says is recorded: BG-7K3M-9QXT-2HWD." {
		t.Errorf("%q", b.results)
	}
}
