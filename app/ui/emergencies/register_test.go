package emergencies

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// passphrases are those of the two who found the console.
var passphrases = [2]string{"four quiet words here", "other quiet words here"}

// ward is a real log with two founders.
type ward struct {
	t        *testing.T
	db       *store.DB
	log      *audit.Log
	clock    *clock.Fake
	roster   *people.Roster
	keys     *people.Keys
	founded  people.Founded
	register *breakglass.Register
}

func newWard(t *testing.T) *ward {
	t.Helper()
	ctx, folder := t.Context(), t.TempDir()
	w := &ward{t: t, clock: clock.NewFake(now), keys: people.NewKeys(filepath.Join(folder, "keys"))}
	var err error
	if w.db, err = store.Open(ctx, folder, "test/bench", change.Projection(), breakglass.Projection()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	if w.log, err = audit.Open(ctx, w.db, w.clock); err != nil {
		t.Fatal(err)
	}
	if w.roster, err = people.Load(ctx, w.log); err != nil {
		t.Fatal(err)
	}
	w.founded, err = w.roster.Found(ctx, w.keys, [2]people.Founder{{Name: "Robin Sample", Badge: "1", Role: policy.Technician, Passphrase: passphrases[0]},
		{Name: "Kim Example", Badge: "2", Role: policy.Nursing, Passphrase: passphrases[1]}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// emergency is one of the first founder that has ended.
func (w *ward) emergency() (id string) {
	w.t.Helper()
	ctx := w.t.Context()
	importer := breakglass.NewImporter()
	importer.Attach(w.log, w.db, func(note string) error { _, err := w.roster.Open(ctx, note); return err })
	recorder := breakglass.NewRecorder(w.clock, nil, importer.Sink())
	w.t.Cleanup(func() { recorder.Close(context.WithoutCancel(ctx)) })
	desk := breakglass.NewDesk(recorder, "ward-7-cart", "test", func() statement.LogHead {
		head := w.log.Head()
		return statement.LogHead{Origin: head.Origin, Size: head.Size, Root: head.Root}
	})
	w.register = breakglass.NewRegister(w.log, w.db, w.roster, recorder.Chain(), change.NewDesk(w.log, w.db, w.roster, "ward-7-cart", "test").SupersededBy)
	s, err := desk.Open(breakglass.Ask{Who: breakglass.Who{Actor: w.founded.Signers[0].Actor(), Signer: w.founded.Signers[0]}, Name: "Capnostream 20 SN B355987654",
		Device: statement.Device{Model: "Capnostream 20", Serial: "B355987654"}, Key: "serial:/dev/ttyUSB0", Category: breakglass.PatientAtRisk})
	if err != nil {
		w.t.Fatal(err)
	}
	steps := step("alarm.etco2.high", "50", "60", "60", "verified", "")
	if _, err := s.Intend("steps", steps); err != nil {
		w.t.Fatal(err)
	}
	s.Conclude("outcome", "verified", "steps", steps)
	s.Seal(breakglass.Sealed)
	if err := importer.Take(ctx); err != nil {
		w.t.Fatal(err)
	}
	return s.ID()
}

// last is the newest record.
func (w *ward) last() audit.Record {
	r, err := w.log.Record(w.t.Context(), w.log.Head().Size-1)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// recorded is the screen on a real register, with an emergency of the first founder that has ended.
func recorded(t *testing.T) (b *bench, founders []people.Person, id string, last func() audit.Record) {
	t.Helper()
	w := newWard(t)
	id = w.emergency()
	for _, signer := range w.founded.Signers {
		signer.Lock()
	}
	founders, err := w.roster.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b = &bench{t: t}
	deps, g := b.deps(), w.register
	deps.Emergencies, deps.Emergency, deps.Changed, deps.Eligible = g.Emergencies, g.Emergency, g.Changed, g.Eligible
	deps.Ratio, deps.LastDrill, deps.Account, deps.Review, deps.Paper = g.Ratio, g.LastDrill, g.Account, g.Review, g.Paper
	deps.Persons, deps.Prove, deps.Report, deps.Duration = w.roster.People, people.NewSeat(w.roster, w.keys).Prove, func(context.Context) Standing { return good() }, nil
	deps.CheckDrift = func(ctx context.Context, id string) ([]string, error) {
		return nil, g.Checked(ctx, founders[1].Actor(), id, nil)
	}
	deps.Now = func() time.Time { return w.clock.Now().Wall }
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b.view = New(t.Context(), deps, kit.Inline(), b.open)
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 2000))
	b.view.Refresh()
	return b, founders, id, w.last
}

func TestAnEmergencyOnARealLogIsToldReviewedAndChecked(t *testing.T) {
	b, founders, id, last := recorded(t)
	b.wants("Account due", "No drill yet", "30 days: 1 of 1 writes without a second person (100.0\u00a0%).\nThat is more", "Robin Sample: 1 of 1")
	b.open(shell.Route{Screen: Screen, ID: id})
	b.wants("Yes, with the personal key.", "audit log", "60 mmHg", "One reviewer is enough: nobody but Kim Example may review it.")
	b.view.one.account.text.SetText("The alarm went off\nwithout end.")
	b.tap("Read and sign the account")
	shown := b.statement()
	b.passphrase(passphrases[0])
	b.holds(shown, last())
	b.view.Refresh()
	b.wants("The alarm went off without end.", "Review due")
	f := b.view.one.review
	f.finding.SetSelectedIndex(0)
	f.reason.SetText("Nobody else was in house.")
	b.tap("Read and sign the review")
	b.wants("reason Nobody else was in house.", "signer "+founders[1].ID+" Kim Example, nursing")
	shown = b.statement()
	b.passphrase(passphrases[1])
	b.holds(shown, last())
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
	b, founders, _, last := recorded(t)
	b.tap("Enter from paper")
	p := b.view.paper
	p.about.SetText("BG-7K3M-9QXT-2HWD")
	p.lines.SetText("03:12 EtCO2 high 50, set to 60")
	p.times[0].SetText(now.Add(-6 * time.Hour).Local().Format("2006-01-02 15:04"))
	p.times[1].SetText(now.Add(-5 * time.Hour).Local().Format("2006-01-02 15:04"))
	p.who[0].pick.SetSelectedIndex(0)
	p.who[1].pick.SetSelectedIndex(1)
	b.tap("Read and sign")
	shown := b.statement()
	for _, p := range b.view.paper.sheet.By {
		b.passphrase(passphrases[slices.IndexFunc(founders, func(f people.Person) bool { return f.ID == p })])
	}
	b.holds(shown, last())
	if len(b.results) != 1 || b.results[0] != "What the paper says is recorded: BG-7K3M-9QXT-2HWD." {
		t.Errorf("%q", b.results)
	}
}

// statement is the text on the page of signatures.
func (b *bench) statement() string {
	b.t.Helper()
	for _, text := range b.seen() {
		if strings.HasPrefix(text, "countersign/") {
			return text
		}
	}
	b.t.Fatal("no statement is shown")
	return ""
}

// holds compares what was shown with what was signed: only the number, the time and the state of the log are more.
func (b *bench) holds(shown string, r audit.Record) {
	b.t.Helper()
	text, _, _ := strings.Cut(r.Stmt, "\n\n")
	var more []string
	lines := strings.Split(strings.TrimSpace(shown), "\n")
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if len(lines) > 0 && lines[0] == line {
			lines = lines[1:]
			continue
		}
		key, _, _ := strings.Cut(line, " ")
		more = append(more, key)
	}
	if len(lines) > 0 || !slices.Equal(more, []string{"id", "time", "log"}) {
		b.t.Errorf("shown and not signed: %q; signed and not shown: %q", lines, more)
	}
}
