package change_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/session"
	"countersign/internal/statement"
)

// alone is a bench with an emergency path: a real journal, the audit log behind its importer, and a place that hears all.
type alone struct {
	*bench
	journals *breakglass.Journals
	importer *breakglass.Importer
	recorder *breakglass.Recorder
	register *breakglass.Register
	glass    *breakglass.Desk
	heard    *heard
	tap      *tap
}

// inEmergency sets such a bench up. What is recorded must be in the log at the end, with nothing missing.
func inEmergency(t *testing.T, use func(ctx context.Context, a *alone)) {
	t.Helper()
	folder := t.TempDir()
	at(t, func(ctx context.Context, b *bench) {
		a := &alone{bench: b, journals: breakglass.NewJournals("journal", folder, b.clock.Now().Boot), importer: breakglass.NewImporter(), tap: &tap{}}
		a.heard = &heard{tap: a.tap}
		a.importer.Attach(b.log, b.db, func(note string) error {
			_, err := b.roster.Open(ctx, note)
			return err
		})
		a.places(a.journals.Sink(), a.importer.Sink(), a.heard.sink(false))
		a.plug(t, ctx)
		use(ctx, a)
		a.recorder.Close(ctx)
		if err := a.importer.Take(ctx); err != nil {
			t.Error(err)
		}
		if frames, gaps, err := breakglass.CheckFrames(ctx, b.log); err != nil || len(gaps) > 0 {
			t.Errorf("%d frames, %v, %v", frames, gaps, err)
		}
		if err := a.journals.Close(); err != nil {
			t.Error(err)
		}
	})
}

// places gives the console these places, and a desk of emergencies that uses them.
func (a *alone) places(sinks ...breakglass.Sink) {
	if a.recorder != nil {
		a.recorder.Close(context.Background())
	}
	a.recorder = breakglass.NewRecorder(a.clock, a.log.Vouch, sinks...)
	a.glass = breakglass.NewDesk(a.recorder, "bench", "test", func() statement.LogHead {
		h := a.log.LastHead()
		return statement.LogHead{Origin: h.Origin, Size: h.Size, Root: h.Root}
	})
	a.register = breakglass.NewRegister(a.log, a.db, a.roster, a.recorder.Chain(), a.desk.SupersededBy)
}

// plug connects the monitor anew, with a tap on what the console sends to it.
func (a *alone) plug(t *testing.T, ctx context.Context) {
	t.Helper()
	a.device.Close()
	open := func(ctx context.Context, _ drivers.Endpoint, _ drivers.Line) (drivers.Conn, error) {
		return sim.Connect(context.WithoutCancel(ctx), tapped{a.unit, a.tap}), nil
	}
	conn, _ := open(ctx, drivers.Endpoint{}, drivers.Line{})
	id, err := capnostream20.Driver{}.Probe(ctx, conn)
	if err == nil {
		a.device, err = session.Start(ctx, open, drivers.Endpoint{Scheme: "serial", Address: "sim", Label: "sim"}, capnostream20.Driver{}, conn, id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tap counts what reaches a monitor.
type tap struct {
	mu   sync.Mutex
	sent []byte
}

type tapped struct {
	*capnostream20.Unit
	tap *tap
}

func (u tapped) Serve(ctx context.Context, line io.ReadWriter) error {
	return u.Unit.Serve(ctx, struct {
		io.Reader
		io.Writer
	}{io.TeeReader(line, u.tap), line})
}

func (t *tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent = append(t.sent, p...)
	return len(p), nil
}

// writes is how many commands that set something have begun to arrive.
func (t *tap) writes() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Count(t.sent, []byte{0x85, 3, 60}) // header, length, command "set"
}

// heard is a place that remembers how many writes had reached the monitor when a record came.
type heard struct {
	tap *tap

	mu     sync.Mutex
	frames []journal.Frame
	writes []int
}

func (h *heard) sink(durable bool) breakglass.Sink {
	return breakglass.Sink{Name: "heard", Durable: durable, Put: func(_ context.Context, f journal.Frame) error {
		n := h.tap.writes()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.frames, h.writes = append(h.frames, f), append(h.writes, n)
		return nil
	}}
}

// leaves are the records so far. In a bubble every place has them when nothing moves any more.
func (h *heard) leaves(t *testing.T) (all []leaf.Leaf) {
	t.Helper()
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		l, err := f.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// kinds are the records so far, by their kinds.
func (h *heard) kinds(t *testing.T) (all []string) {
	t.Helper()
	for _, l := range h.leaves(t) {
		all = append(all, l.Kind)
	}
	return all
}

func (h *heard) mustBe(t *testing.T, kinds ...string) {
	t.Helper()
	if got := h.kinds(t); !slices.Equal(got, kinds) {
		t.Errorf("recorded %v, want %v", got, kinds)
	}
}

func (a *alone) byKey() breakglass.Who {
	return breakglass.Who{Actor: a.robin.Actor(), Signer: a.robin}
}

func asserted() breakglass.Who {
	return breakglass.Who{Actor: leaf.Actor{ID: "asserted", Name: "Alex Locum"}}
}

func askFor(id drivers.Identity, who breakglass.Who) breakglass.Ask {
	return breakglass.Ask{Who: who, Device: statement.DeviceOf(id), Name: change.DeviceName(id), Key: "serial://sim", Category: breakglass.PatientAtRisk}
}

// open begins an emergency on the monitor, as Robin or somebody else.
func (a *alone) open(t *testing.T, who ...breakglass.Who) *breakglass.Session {
	t.Helper()
	s, err := a.glass.Open(askFor(a.device.Identity(), append(who, a.byKey())[0]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wanted is an emergency on the monitor that sets EtCO2 high to 45, or other changes.
func (a *alone) wanted(t *testing.T, ctx context.Context, s *breakglass.Session, changes ...drivers.Change) change.Emergency {
	t.Helper()
	if len(changes) == 0 {
		changes = []drivers.Change{wants("alarm.etco2.high", 45)}
	}
	return change.Emergency{Session: s, Proposal: a.proposal(t, ctx, changes...), Rules: policy.Minimum(), Reviewed: true, Program: "test"}
}

// write does all of it.
func (a *alone) write(t *testing.T, ctx context.Context, s *breakglass.Session, changes ...drivers.Change) (change.Result, error) {
	t.Helper()
	auth, err := change.BreakGlass(a.wanted(t, ctx, s, changes...))
	if err != nil {
		return change.Result{}, err
	}
	return change.Execute(ctx, auth, a.device, nil)
}

func (a *alone) mustHold(t *testing.T, item, value byte) {
	t.Helper()
	if got := a.unit.Limit(item); got != value {
		t.Errorf("item %d of the monitor is %d, want %d", item, got, value)
	}
}

func field(l leaf.Leaf, key string) string {
	text, _ := l.Body.Text(key)
	return text
}
