package change_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// ward is a console on which random people break the glass in random order, while its places fail, its time runs, and it
// crashes. The database, the recorder and the importer are real.
type ward struct {
	*world
	fails    [2]bool // whether the first and the second place take nothing
	glass    *breakglass.Desk
	recorder *breakglass.Recorder
	importer *breakglass.Importer
	register *breakglass.Register

	mu      sync.Mutex
	places  [2][]journal.Frame
	offered map[[32]byte]string // the session of each intent that a place saw
	lost    map[[32]byte]bool   // of those, the ones that came when no place took anything

	sessions []*breakglass.Session
	ends     []time.Duration // by session, when its time is over, on the ward's own clock
	held     []*holding
	now      time.Duration
}

// holding is an authorization that somebody keeps.
type holding struct {
	auth    change.Authorization
	session int
	used    bool
}

func newWard(rt *rapid.T, folder string, seen map[string]int) *ward {
	w := &ward{world: newWorld(rt, folder, seen), offered: map[[32]byte]string{}, lost: map[[32]byte]bool{}}
	w.begin()
	return w
}

func (w *ward) begin() {
	w.importer = breakglass.NewImporter()
	w.importer.Attach(w.log, w.db, func(note string) error { _, err := w.roster.Open(w.ctx, note); return err })
	place := func(n int) breakglass.Sink {
		return breakglass.Sink{Name: string(rune('a' + n)), Durable: true, Put: func(_ context.Context, f journal.Frame) error { return w.put(n, f) }}
	}
	w.recorder = breakglass.NewRecorder(w.clock, nil, place(0), place(1))
	w.glass = breakglass.NewDesk(w.recorder, "bench", "test", func() statement.LogHead {
		h := w.log.LastHead()
		return statement.LogHead{Origin: h.Origin, Size: h.Size, Root: h.Root}
	})
	w.register = breakglass.NewRegister(w.log, w.db, w.roster, w.recorder.Chain(), w.world.desk.SupersededBy)
}

func (w *ward) put(n int, f journal.Frame) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, err := f.Leaf()
	if err != nil {
		return err
	}
	if _, seen := w.offered[f.Hash]; l.Kind == intent && !seen {
		w.offered[f.Hash], w.lost[f.Hash] = field(l, "session"), w.fails[0] && w.fails[1]
	}
	if w.fails[n] {
		return errors.New("it takes nothing")
	}
	w.places[n] = append(w.places[n], f)
	return nil
}

func (w *ward) failing(*rapid.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails = [2]bool{rapid.Bool().Draw(w.rt, "first"), rapid.Bool().Draw(w.rt, "second")}
}

// breakGlass opens an emergency: whatever happened before, it can be opened (I4).
func (w *ward) breakGlass(*rapid.T) {
	x := w.boxes[rapid.IntRange(0, 1).Draw(w.rt, "device")]
	who := breakglass.Who{Actor: leaf.Actor{ID: "asserted", Name: "Alex Locum"}}
	if rapid.Bool().Draw(w.rt, "known") {
		s := w.person()
		who = breakglass.Who{Actor: s.Actor(), Signer: s}
	}
	s, err := w.glass.Open(breakglass.Ask{Who: who, Device: statement.DeviceOf(x.Identity()), Name: change.DeviceName(x.Identity()), Key: x.serial, Category: breakglass.Other})
	if err != nil || s.Left() == 0 {
		w.rt.Fatalf("no emergency can be opened: %v", err)
	}
	if !slices.Contains(w.sessions, s) {
		w.sessions, w.ends = append(w.sessions, s), append(w.ends, w.now+breakglass.TTL)
		w.seen["opened"]++
	}
}

// prepare makes an authorization that is kept.
func (w *ward) prepare(*rapid.T) {
	if len(w.sessions) == 0 {
		w.rt.Skip("there is no session")
	}
	n := len(w.sessions) - 1
	if rapid.IntRange(0, 4).Draw(w.rt, "session") == 0 {
		n = rapid.IntRange(0, n).Draw(w.rt, "earlier")
	}
	s := w.sessions[n]
	x := w.boxOf(s)
	description, _ := x.Describe(w.ctx)
	snapshot, err := x.Read(w.ctx)
	w.must(err)
	auth, err := change.BreakGlass(change.Emergency{Session: s, Rules: policy.Minimum(), Reviewed: true, Program: "test",
		Approved: func(id drivers.SettingID) (string, bool) { return "7", true },
		Proposal: change.Proposal{Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot,
			Changes: []drivers.Change{wants("a", int64(rapid.SampledFrom([]int{7, 8}).Draw(w.rt, "a")))}}})
	if err != nil {
		return
	}
	if x.serial != s.Ask().Key || w.ended(n) {
		w.rt.Fatal("an authorization for another device, or of a session that is over")
	}
	w.held = append(w.held, &holding{auth: auth, session: n})
}

// boxOf is mostly the device of a session.
func (w *ward) boxOf(s *breakglass.Session) *box {
	n := s.Ask().Key[0] - '1'
	if rapid.IntRange(0, 4).Draw(w.rt, "device") == 0 {
		n = 1 - n
	}
	return w.boxes[n]
}

func (w *ward) ended(n int) bool { return w.sessions[n].Ended() != "" || w.now >= w.ends[n] }

// try has any authorization carried out on any device.
func (w *ward) try(*rapid.T) {
	if len(w.held) == 0 {
		w.rt.Skip("there is no authorization")
	}
	h := w.held[len(w.held)-1]
	if rapid.IntRange(0, 2).Draw(w.rt, "which") == 0 {
		h = w.held[rapid.IntRange(0, len(w.held)-1).Draw(w.rt, "earlier")]
	}
	s := w.sessions[h.session]
	x := w.boxOf(s)
	over, before := w.ended(h.session), w.count(s.ID())
	x.writes = nil
	x.take = map[int]func(*box, drivers.Change) error{1: func(x *box, c drivers.Change) error {
		w.seen["written alone"]++
		if w.count(s.ID()) != before+1 { // I5
			w.rt.Fatal("a byte was sent before the intent was offered to any place")
		}
		return holdsNow(x, c, 0)
	}}
	_, err := change.Execute(w.ctx, h.auth, x, nil)
	if len(x.writes) > 0 && (h.used || over || x.serial != s.Ask().Key) {
		w.rt.Fatalf("written with an authorization that was used (%t), over (%t) or another device's", h.used, over)
	}
	h.used = h.used || len(x.writes) > 0 || fault.Is(err, fault.Consumed)
}

// count is how many intents of a session the places were offered.
func (w *ward) count(session string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range w.offered {
		if of == session {
			n++
		}
	}
	return n
}

func (w *ward) end(*rapid.T) {
	if s := w.glass.Current(); s != nil {
		if how := rapid.SampledFrom([]breakglass.How{breakglass.Sealed, breakglass.Locked, ""}).Draw(w.rt, "how"); how != "" {
			s.Seal(how)
		} else if _, err := s.Extend(); err == nil {
			w.ends[slices.Index(w.sessions, s)] = w.now + breakglass.TTL
		}
	}
}

func (w *ward) wait(*rapid.T) {
	d := time.Duration(rapid.IntRange(1, 20).Draw(w.rt, "minutes")) * time.Minute
	w.now += d
	w.clock.Advance(d)
	w.glass.Tick(nil)
}

// takeIn takes in what the places have.
func (w *ward) takeIn(*rapid.T) {
	w.mu.Lock()
	frames := slices.Concat(w.places[0], w.places[1])
	w.mu.Unlock()
	w.importer.Keep(frames...)
	w.must(w.importer.Take(w.ctx))
}

// review has anybody review anything (I9).
func (w *ward) review(*rapid.T) {
	all, err := w.register.Emergencies(w.ctx)
	w.must(err)
	if len(all) == 0 {
		w.rt.Skip("there is no emergency")
	}
	e := all[rapid.IntRange(0, len(all)-1).Draw(w.rt, "emergency")]
	by := w.person()
	if w.register.Review(w.ctx, []*people.Signer{by}, e.ID, breakglass.Justified, "So it was", "") != nil {
		return
	}
	w.seen["reviewed"]++
	if by.ID == e.Actor.ID {
		w.rt.Fatal("somebody reviewed what they did")
	}
	for _, id := range e.Superseded {
		if w.look(id).Signer.ID == by.ID {
			w.rt.Fatal("somebody reviewed what put an end to their request")
		}
	}
}

// finish holds what was offered against what the places and the log have.
func (w *ward) finish() {
	w.recorder.Close(w.ctx)
	w.takeIn(nil)
	all, err := w.register.Emergencies(w.ctx)
	w.must(err)
	known, taken := map[string]int{}, map[string]int{}
	for _, e := range all {
		known[e.ID] = len(e.Actions)
	}
	for hash, session := range w.offered {
		if !w.lost[hash] {
			taken[session]++
		}
	}
	for session, n := range taken {
		if known[session] != n {
			w.rt.Fatalf("of %d actions the register knows %d", n, known[session])
		}
	}
	_, err = w.log.Verify(w.ctx, w.roster.Check, func(_, _ int64) {})
	w.must(err)
	w.must(w.db.Close())
}

func TestWhateverFailsAnEmergencyOpensIsUsedOnceAndLeavesARecord(t *testing.T) {
	for name, value := range map[string]string{"rapid.checks": map[bool]string{true: "8", false: "30"}[raced], "rapid.steps": "60"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		folder, err := os.MkdirTemp(t.TempDir(), "ward")
		if err != nil {
			rt.Fatal(err)
		}
		w := newWard(rt, folder, seen)
		rt.Repeat(map[string]func(*rapid.T){
			"propose": w.propose, "break": w.breakGlass, "prepare": w.prepare, "prepare again": w.prepare, "prepare a third": w.prepare,
			"try": w.try, "try again": w.try, "try a third": w.try, "end": w.end, "wait": w.wait, "fail": w.failing, "take in": w.takeIn, "review": w.review, "suspend": w.suspend,
		})
		w.breakGlass(nil)
		w.finish()
	})
	t.Log(seen)
	for _, what := range []string{"opened", "written alone", "reviewed"} {
		if seen[what] == 0 && !raced { // in so few worlds something rare may stay out
			t.Errorf("it never came to %q", what)
		}
	}
}
