package breakglass

import (
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// ward is a desk without a database: a journal in memory, and a clock that a test moves.
type ward struct {
	t     *testing.T
	clock *clock.Fake
	desk  *Desk
	kept  *basket
}

func newWard(t *testing.T, at *clock.Fake, kept *basket, head statement.LogHead) *ward {
	t.Helper()
	r := NewRecorder(at, nil, kept.sink("journal", true))
	t.Cleanup(func() { r.Close(t.Context()) })
	return &ward{t, at, NewDesk(r, "bench", "test", func() statement.LogHead { return head }), kept}
}

func freshWard(t *testing.T) *ward {
	t.Helper()
	return newWard(t, clock.NewFake(nine), &basket{}, statement.LogHead{})
}

func asked(serial string) Ask {
	device := pump
	device.Serial = serial
	return Ask{Who: Who{Actor: robin}, Device: device, Name: "Capnostream 20 SN " + serial, Key: "serial:" + serial, Category: PatientAtRisk}
}

func (w *ward) open(serial string) *Session {
	w.t.Helper()
	s, err := w.desk.Open(asked(serial))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// kinds returns what was recorded, in order.
func (w *ward) kinds() (all []string) {
	w.t.Helper()
	for _, f := range w.kept.has() {
		l, err := f.Leaf()
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, l.Kind)
	}
	return all
}

func (w *ward) last() leaf.Leaf {
	w.t.Helper()
	frames := w.kept.has()
	l, err := frames[len(frames)-1].Leaf()
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *ward) mustBe(s *Session, how How, left time.Duration) {
	w.t.Helper()
	if s.Ended() != how || s.Left() != left {
		w.t.Errorf("ended %q with %s left, want %q and %s", s.Ended(), s.Left(), how, left)
	}
}

func here(string) bool { return true }

func away(string) bool { return false }

func TestASessionLastsAQuarterOfAnHourByTheClockThatNobodyCanSet(t *testing.T) {
	w := freshWard(t)
	s := w.open("1")
	w.mustBe(s, "", TTL)
	w.clock.Step(-time.Hour)
	w.mustBe(s, "", TTL)
	w.clock.Step(300 * 24 * time.Hour)
	w.mustBe(s, "", TTL)
	w.clock.Advance(TTL - time.Second) // a suspend counts, too
	w.desk.Tick(here)
	w.mustBe(s, "", time.Second)
	if _, err := s.Intend("steps", "x"); err != nil {
		t.Error(err)
	}
	s.Conclude("outcome", "verified")
	w.clock.Advance(time.Second)
	w.mustBe(s, "", 0)
	if _, err := s.Intend("steps", "x"); !fault.Is(err, fault.Expired) {
		t.Errorf("%v", err)
	}
	if _, err := s.Extend(); !fault.Is(err, fault.Expired) {
		t.Errorf("%v", err)
	}
	w.desk.Tick(here)
	w.mustBe(s, Expired, 0)
	if want := []string{KindOpened, KindIntent, kindOutcome, kindClosed}; !slices.Equal(w.kinds(), want) || w.desk.Current() != nil {
		t.Errorf("%q", w.kinds())
	}
	if l := w.last(); l.At.State != clock.Stepped {
		t.Errorf("the clock is %s", l.At.State)
	}
	w.desk.Tick(here)
	s.Seal(Sealed)
	w.mustBe(s, Expired, 0)
	if len(w.kinds()) != 4 {
		t.Errorf("it ended twice: %q", w.kinds())
	}
}

func TestAnExtensionCountsFromNow(t *testing.T) {
	w := freshWard(t)
	s := w.open("1")
	w.clock.Advance(14 * time.Minute)
	if _, err := s.Extend(); err != nil {
		t.Fatal(err)
	}
	w.mustBe(s, "", TTL)
	w.clock.Advance(14 * time.Minute)
	w.desk.Tick(here)
	w.mustBe(s, "", time.Minute)
	if seconds, _ := w.last().Body.Int("valid-for"); w.last().Kind != kindExtended || seconds != 900 {
		t.Errorf("%+v", w.last())
	}
}

func TestAnEndWaitsForWhatIsBeingWritten(t *testing.T) {
	w := freshWard(t)
	s := w.open("1")
	if _, err := s.Intend("steps", "x"); err != nil {
		t.Fatal(err)
	}
	s.Seal(Sealed)
	if !s.Busy() || s.Ended() != Sealed || w.desk.Current() != s || slices.Contains(w.kinds(), kindClosed) {
		t.Errorf("busy %t, %q", s.Busy(), w.kinds())
	}
	if _, err := s.Intend("steps", "y"); !fault.Is(err, fault.Expired) {
		t.Errorf("something new began: %v", err)
	}
	w.clock.Advance(time.Hour)
	w.desk.Tick(away)
	s.Conclude("outcome", "verified")
	if want := []string{KindOpened, KindIntent, kindOutcome, kindClosed}; !slices.Equal(w.kinds(), want) || w.desk.Current() != nil {
		t.Errorf("%q", w.kinds())
	}
	how, _ := w.last().Body.Text("how")
	if actions, _ := w.last().Body.Int("actions"); how != string(Sealed) || actions != 1 {
		t.Errorf("%s, %d actions", how, actions)
	}
}

func TestADeviceThatIsAwayForFiveMinutesEndsItsSession(t *testing.T) {
	w := freshWard(t)
	s := w.open("1")
	w.desk.Tick(away)
	w.clock.Advance(GoneAfter - time.Millisecond)
	w.desk.Tick(away)
	w.desk.Tick(here) // it was there for a moment
	w.desk.Tick(away)
	w.clock.Advance(GoneAfter - time.Millisecond)
	w.desk.Tick(away)
	if s.Ended() != "" {
		t.Errorf("ended %q", s.Ended())
	}
	w.clock.Advance(time.Millisecond)
	w.desk.Tick(away)
	w.mustBe(s, Disconnected, 0)
	if how, _ := w.last().Body.Text("how"); w.last().Kind != kindClosed || how != string(Disconnected) {
		t.Errorf("%+v", w.last())
	}
}

func TestAnEmergencyOnAnotherDeviceReplacesTheFirst(t *testing.T) {
	w := freshWard(t)
	first := w.open("1")
	if again := w.open("1"); again != first {
		t.Error("a second session on one device")
	}
	second := w.open("2")
	w.mustBe(first, Replaced, 0)
	w.mustBe(second, "", TTL)
	if want := []string{KindOpened, kindClosed, KindOpened}; !slices.Equal(w.kinds(), want) || w.desk.Current() != second {
		t.Errorf("%q", w.kinds())
	}
	for _, bad := range []Ask{{}, {Device: pump, Category: "boredom"}, {Category: Other}} {
		if _, err := w.desk.Open(bad); !fault.Is(err, fault.WrongState) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestManyWhoOpenAtOnceLeaveOneSessionOpen(t *testing.T) {
	w := freshWard(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			s, err := w.desk.Open(asked(string(rune('a' + i))))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Intend("steps", "x"); err == nil {
				s.Conclude("outcome", "verified")
			}
		})
	}
	all.Wait()
	open := 0
	for _, kind := range w.kinds() {
		switch kind {
		case KindOpened:
			open++
		case kindClosed:
			open--
		}
	}
	if s := w.desk.Current(); open != 1 || s == nil || s.Ended() != "" {
		t.Errorf("%d are open", open)
	}
	mustFollow(t, w.kept.has(), len(w.kinds()))
}

func TestTheOpeningIsSignedAndNamesTheLastHeadThatIsKnown(t *testing.T) {
	b := newBench(t)
	head := b.head()
	w := newWard(t, b.clock, &basket{}, head)
	a := asked("1")
	a.Who = Who{Actor: b.robin.Actor(), Signer: b.robin}
	s, err := w.desk.Open(a)
	b.must(err)
	if s.Tier() != T1 {
		t.Errorf("tier %s", s.Tier())
	}
	note := w.last().Stmt
	text, err := b.roster.Open(t.Context(), note)
	b.must(err)
	opening, err := statement.As[statement.Opening](text)
	if err != nil || opening.Log != head || opening.Device != a.Device || opening.Tier != string(T1) || opening.ValidFor != TTL || opening.Category != string(PatientAtRisk) {
		t.Errorf("%+v, %v", opening, err)
	}
	if _, err := s.Extend(); err != nil {
		t.Error(err)
	}
	text, err = b.roster.Open(t.Context(), w.last().Stmt)
	b.must(err)
	if more, err := statement.As[statement.Extension](text); err != nil || more.Session != s.ID() || more.More != TTL {
		t.Errorf("%+v, %v", more, err)
	}
	s.Seal(Sealed)
	b.take(w.kept.has()...)
	b.verified(3)
	for _, r := range b.records(KindOpened, kindExtended) {
		if r.Stmt == "" {
			t.Errorf("in the log %s is not signed", r.Kind)
		}
	}
}

func TestAKeyThatWasOpenedForASessionIsWipedWithIt(t *testing.T) {
	b := newBench(t)
	w := newWard(t, b.clock, &basket{}, b.head())
	a := asked("1")
	a.Who = Who{Actor: b.robin.Actor(), Signer: b.robin, Own: true}
	s, err := w.desk.Open(a)
	b.must(err)
	b.opening(b.robin, b.head()) // it signs while the session is open
	s.Seal(Locked)
	if _, err := b.robin.Sign([]byte("x\n")); !fault.Is(err, fault.NotSignedIn) {
		t.Errorf("afterwards: %v", err)
	}
}

// crashed is a ward whose console died in the middle of a write, and a new one that found what it left.
func crashed(t *testing.T) (before *Session, w *ward) {
	t.Helper()
	old := freshWard(t)
	a := asked("1")
	a.Who.Code, a.Tag = 7, "AT-1"
	before, err := old.desk.Open(a)
	if err == nil {
		_, err = before.Intend("steps", "x")
	}
	if err != nil {
		t.Fatal(err)
	}
	old.clock.Advance(5 * time.Minute)
	w = newWard(t, old.clock, &basket{}, statement.LogHead{})
	frames := old.kept.has()
	w.desk.Interrupt(cuts(frames, all(frames...), w.clock.Now()))
	return before, w
}

func TestAfterACrashASessionIsGoneOnWithForTheRestOfItsTime(t *testing.T) {
	before, w := crashed(t)
	found := w.desk.Interrupted()
	if len(found) != 1 || found[0].ID != before.ID() || found[0].Left != TTL-5*time.Minute || !found[0].Unknown || found[0].Actions != 1 {
		t.Fatalf("%+v", found)
	}
	if l := w.last(); l.Kind != kindInterrupted || l.Actor != console {
		t.Errorf("%+v", l)
	}
	w.clock.Advance(2 * time.Minute)
	s, err := w.desk.Continue(before.ID())
	if err != nil {
		t.Fatal(err)
	}
	w.mustBe(s, "", TTL-7*time.Minute)
	if s.Tier() != T2 || s.Ask().Device != before.Ask().Device || s.Ask().Tag != "AT-1" || s.Actions() != 1 || s.Ask().Who.Actor != robin {
		t.Errorf("tier %s, %+v, %d actions", s.Tier(), s.Ask(), s.Actions())
	}
	if l := w.last(); l.Kind != kindContinued || len(w.desk.Interrupted()) != 0 {
		t.Errorf("%+v", l)
	}
	if _, err := w.desk.Continue(before.ID()); !fault.Is(err, fault.Expired) {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.Intend("steps", "y"); err != nil {
		t.Error(err)
	}
	if action, _ := w.last().Body.Int("action"); action != 2 {
		t.Errorf("action %d", action)
	}
}

func TestAfterItsTimeOrARestartOfTheMachineASessionIsOver(t *testing.T) {
	for what, pass := range map[string]func(*clock.Fake){
		"its time is over":       func(f *clock.Fake) { f.Advance(10 * time.Minute) },
		"the machine restarted":  func(f *clock.Fake) { f.Reboot(time.Second) },
		"and the clock set back": func(f *clock.Fake) { f.Advance(10 * time.Minute); f.Step(-time.Hour) },
	} {
		before, w := crashed(t)
		pass(w.clock)
		if found := w.desk.Interrupted(); len(found) != 1 || found[0].Left != 0 {
			t.Errorf("%s: %+v", what, found)
		}
		if _, err := w.desk.Continue(before.ID()); !fault.Is(err, fault.Expired) {
			t.Errorf("%s: %v", what, err)
		}
		if s := w.desk.Current(); s != nil {
			t.Errorf("%s: %+v", what, s)
		}
	}
}

func TestWithEveryPlaceGoneAnEmergencyOpensAndSaysThatOnlyPaperHasIt(t *testing.T) {
	refuse := &basket{err: fault.New(fault.LogFull, "", nil)}
	w := newWard(t, clock.NewFake(nine), refuse, statement.LogHead{})
	s := w.open("1")
	if r := s.Receipt(); !r.Lost || r.Code == "" {
		t.Errorf("%+v", r)
	}
	if r, err := s.Intend("steps", "x"); err != nil || !r.Lost {
		t.Errorf("%+v, %v", r, err)
	}
	s.Conclude("outcome", "verified")
	s.Seal(Sealed)
	w.mustBe(s, Sealed, 0)
}

func TestWhatADeviceSpellsOddlyIsRecordedAllTheSame(t *testing.T) {
	w := freshWard(t)
	a := asked("\xff\x00\n")
	a.Who.Actor = leaf.Actor{ID: "\xfe", Name: "Jos\xe9"}
	if _, err := w.desk.Open(a); err != nil {
		t.Fatal(err)
	}
	if l := w.last(); l.Kind != KindOpened || l.Actor.Name != "Jos?" {
		t.Errorf("%+v", l)
	}
	mustFollow(t, w.kept.has(), 1)
}
