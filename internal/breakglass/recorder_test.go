package breakglass

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/clock"
	"countersign/internal/journal"
	"countersign/internal/leaf"
)

var robin = leaf.Actor{ID: "robin", Name: "Robin Sample", Role: "technician"}

var nine = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// basket is a sink that keeps what it is given, once it is let.
type basket struct {
	mu     sync.Mutex
	frames []journal.Frame
	let    chan struct{} // nil: at once
	err    error
}

func (b *basket) put(_ context.Context, f journal.Frame) error {
	if b.let != nil {
		<-b.let
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.frames = append(b.frames, f)
	}
	return b.err
}

func (b *basket) has() []journal.Frame {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.frames)
}

func (b *basket) sink(name string, durable bool) Sink {
	return Sink{Name: name, Durable: durable, Put: b.put}
}

func hung() *basket { return &basket{let: make(chan struct{})} }

func text(n int) (b leaf.Body) {
	b.Set("session", "s")
	b.SetInt("number", int64(n))
	return b
}

// timed makes a record in a bubble and returns how long it took by the bubble's clock, which moves only for timers.
func timed(r *Recorder) (Receipt, time.Duration) {
	began := time.Now()
	receipt := r.Record(KindIntent, robin, text(0), "")
	return receipt, time.Since(began)
}

func TestARecordTakesAsLongAsTheLadderSaysAndNoLonger(t *testing.T) {
	type made = func(let chan struct{}) Sink // in the bubble
	var panics made = func(chan struct{}) Sink {
		return Sink{Name: "panics", Durable: true, Put: func(context.Context, journal.Frame) error { panic("out of range") }}
	}
	slow := func(d time.Duration) made {
		return func(chan struct{}) Sink {
			return Sink{Name: "slow", Durable: true, Put: func(context.Context, journal.Frame) error { <-time.After(d); return nil }}
		}
	}
	hangs := func(name string) made {
		return func(let chan struct{}) Sink { return (&basket{let: let}).sink(name, true) }
	}
	takes := func(name string, durable bool) made {
		return func(chan struct{}) Sink { return (&basket{}).sink(name, durable) }
	}
	refuses := func(name string) made {
		return func(chan struct{}) Sink { return (&basket{err: errors.New("refused")}).sink(name, true) }
	}
	for what, c := range map[string]struct {
		sinks []made
		after time.Duration
		took  string
		lost  bool
	}{
		"the journal takes it, the log and the mirror hang": {[]made{hangs("log"), takes("journal", true), hangs("mirror")}, 0, "journal", false},
		"every durable place hangs":                         {[]made{hangs("log"), hangs("journal"), hangs("mirror")}, LadderTime, "", true},
		"every durable place hangs, another takes it":       {[]made{hangs("log"), takes("events", false)}, LadderTime, "events", false},
		"all refuse":                             {[]made{refuses("log"), refuses("journal")}, 0, "", true},
		"all refuse, one takes it for a while":   {[]made{refuses("log"), takes("screen", false)}, 0, "screen", false},
		"one refuses, one hangs":                 {[]made{refuses("log"), hangs("journal")}, LadderTime, "", true},
		"one panics, one hangs":                  {[]made{panics, hangs("journal")}, LadderTime, "", true},
		"one panics, one takes it":               {[]made{panics, takes("journal", true)}, 0, "journal", false},
		"all panic":                              {[]made{panics}, 0, "", true},
		"the disk takes 299 ms":                  {[]made{slow(LadderTime - time.Millisecond), hangs("log")}, LadderTime - time.Millisecond, "slow", false},
		"the disk takes 301 ms":                  {[]made{slow(LadderTime + time.Millisecond), hangs("log")}, LadderTime, "", true},
		"a place that forgets does not hurry it": {[]made{takes("screen", false), slow(100 * time.Millisecond)}, 100 * time.Millisecond, "screen, slow", false},
		"there is no place":                      {nil, 0, "", true},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sinks []Sink
				let := make(chan struct{})
				for _, s := range c.sinks {
					sinks = append(sinks, s(let))
				}
				r := NewRecorder(clock.NewFake(nine), nil, sinks...)
				receipt, took := timed(r)
				if got := strings.Join(receipt.Took, ", "); took != c.after || got != c.took || receipt.Lost != c.lost || len(receipt.Code) != 17 {
					t.Errorf("after %s %q took it, lost %t; want after %s %q, %t", took, got, receipt.Lost, c.after, c.took, c.lost)
				}
				close(let)
				r.Close(t.Context())
				if err := r.Failed("panics"); err == nil && strings.Contains(what, "panic") {
					t.Error("nobody knows that it panicked")
				}
			})
		})
	}
}

func TestAPlaceThatHangsHoldsNoMoreThanItsQueueAndTheOthersGetAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck, good := hung(), &basket{}
		r := NewRecorder(clock.NewFake(nine), nil, good.sink("journal", true), stuck.sink("log", true))
		const many = queueSize + 500
		for n := range many {
			if receipt := r.Record(KindIntent, robin, text(n), ""); receipt.Lost || len(receipt.Took) != 1 {
				t.Fatalf("record %d: %+v", n, receipt)
			}
		}
		if waiting := len(r.sinks[1].waiting); waiting != queueSize {
			t.Errorf("%d wait", waiting)
		}
		close(stuck.let)
		r.Close(t.Context())
		mustFollow(t, good.has(), many)
		if got := stuck.has(); len(got) != queueSize+1 || got[queueSize].N != queueSize {
			t.Errorf("%d frames came later", len(got))
		}
	})
}

func mustFollow(t *testing.T, frames []journal.Frame, want int) {
	t.Helper()
	if len(frames) != want {
		t.Fatalf("%d frames, want %d", len(frames), want)
	}
	var last [32]byte
	for i, f := range frames {
		l, err := f.Leaf()
		if err != nil || f.N != int64(i) || l.Prev != last || f.Hash != leaf.Hash(f.Bytes) {
			t.Fatalf("at %d stands frame %d: %v", i, f.N, err)
		}
		last = f.Hash
	}
}

func TestEveryPlaceGetsTheFramesInTheOrderOfTheChainWhoeverMakesThem(t *testing.T) {
	var baskets [4]basket
	var sinks []Sink
	for i := range baskets {
		sinks = append(sinks, baskets[i].sink(fmt.Sprint(i), i%2 == 0))
	}
	r := NewRecorder(clock.NewFake(nine), nil, sinks...)
	var makers sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]bool{}
	for m := range 8 {
		makers.Go(func() {
			for n := range 100 {
				receipt := r.Record(KindIntent, robin, text(m*1000+n), "")
				mu.Lock()
				codes[receipt.Code] = true
				mu.Unlock()
			}
		})
	}
	makers.Wait()
	r.Close(t.Context())
	for i := range baskets {
		frames := baskets[i].has()
		mustFollow(t, frames, 800)
		for _, f := range frames {
			if !codes[ReceiptCode(f.Hash)] {
				t.Fatalf("nobody has the receipt of frame %d", f.N)
			}
		}
	}
}

func TestTheReceiptIsSixtyBitsOfTheFramesHash(t *testing.T) {
	b := &basket{}
	r := NewRecorder(clock.NewFake(nine), nil, b.sink("journal", true))
	receipt := r.Record(KindOpened, robin, text(1), "")
	r.Close(t.Context())
	hash := b.has()[0].Hash
	digits := strings.ReplaceAll(strings.TrimPrefix(receipt.Code, "BG-"), "-", "")
	bits, err := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding).DecodeString(digits + "0000")
	if err != nil || len(digits) != 12 || string(bits[:7]) != string(hash[:7]) || bits[7]>>4 != hash[7]>>4 {
		t.Errorf("%s of %x: %v", receipt.Code, hash, err)
	}
	if l, err := b.has()[0].Leaf(); err != nil || l.At != receipt.At {
		t.Errorf("made at %v, the receipt says %v", l.At, receipt.At)
	}
}

func TestWhatCannotBeRecordedIsRecordedAsThat(t *testing.T) {
	b := &basket{}
	r := NewRecorder(clock.NewFake(nine), nil, b.sink("journal", true))
	bad := text(1)
	bad.Set("note", "\xff\xfe")
	receipt := r.Record(KindIntent, leaf.Actor{ID: "\xff"}, bad, "stmt")
	next := r.Record(kindClosed, robin, text(2), "")
	r.Close(t.Context())
	mustFollow(t, b.has(), 2)
	l, err := b.has()[0].Leaf()
	why, _ := l.Body.Text("unrecordable")
	session, _ := l.Body.Text("session")
	if err != nil || l.Kind != KindIntent || why == "" || session != "s" || receipt.Lost || next.Lost {
		t.Errorf("%+v, %+v, %v", l, receipt, err)
	}
}

func TestFromTheFirstStepOfTheClockOnEveryRecordSaysSo(t *testing.T) {
	const year = 365 * 24 * time.Hour
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		at := clock.NewFake(nine)
		b := &basket{}
		r := NewRecorder(at, nil, b.sink("journal", true))
		stepped := false
		var want []clock.State
		for n := range 30 {
			switch random.IntN(6) {
			case 0:
				by := time.Duration(random.Int64N(int64(20*year))) - 10*year
				if by.Abs() > 2001*time.Millisecond {
					at.Step(by)
					if random.IntN(2) == 0 {
						at.Now() // somebody else reads the clock, and sees the step
					}
					stepped = true
				}
			case 1:
				at.Advance(time.Duration(random.Int64N(int64(100 * time.Hour)))) // suspend, too
			}
			r.Record(KindIntent, robin, text(n), "")
			want = append(want, map[bool]clock.State{true: clock.Stepped, false: clock.OK}[stepped])
		}
		r.Close(t.Context())
		for i, f := range b.has() {
			if l, err := f.Leaf(); err != nil || l.At.State != want[i] {
				t.Fatalf("record %d is %s, want %s (%v)", i, l.At.State, want[i], err)
			}
		}
	}
}

func TestAClockThatIsSetAndSetBackHasBeenSet(t *testing.T) {
	at := clock.NewFake(nine)
	b := &basket{}
	r := NewRecorder(at, nil, b.sink("journal", true))
	r.Record(KindOpened, robin, text(0), "")
	at.Step(time.Hour)
	r.Record(KindIntent, robin, text(1), "")
	at.Step(-time.Hour)
	at.Now()
	r.Record(kindOutcome, robin, text(2), "")
	r.Close(t.Context())
	for i, want := range []clock.State{clock.OK, clock.Stepped, clock.Stepped} {
		if l, err := b.has()[i].Leaf(); err != nil || l.At.State != want {
			t.Errorf("record %d is %s, want %s", i, l.At.State, want)
		}
	}
}

func TestClosingLetsEveryPlaceFinish(t *testing.T) {
	for range 200 {
		var got atomic.Int64
		slow := Sink{Name: "slow", Put: func(context.Context, journal.Frame) error { got.Add(1); return nil }}
		r := NewRecorder(clock.NewFake(nine), nil, (&basket{}).sink("journal", true), slow)
		for n := range 20 {
			r.Record(KindIntent, robin, text(n), "")
		}
		r.Close(t.Context())
		if got.Load() != 20 {
			t.Fatalf("%d of 20 arrived", got.Load())
		}
	}
}

func TestClosingDoesNotWaitForAPlaceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := hung()
		r := NewRecorder(clock.NewFake(nine), nil, stuck.sink("log", true))
		timed(r)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		r.Close(ctx)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %s", took)
		}
		if after, took := timed(r); !after.Lost || took > LadderTime { // a closed recorder hangs nobody
			t.Errorf("%+v after %s", after, took)
		}
		close(stuck.let)
		synctest.Wait()
	})
}

func TestTheRecordsOfOnePressTakeNoLongerTogetherThanTheLadder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := []*basket{hung(), hung()}
		r := NewRecorder(clock.NewFake(nine), nil, stuck[0].sink("log", true), stuck[1].sink("journal", true))
		var took []time.Duration
		var receipts []Receipt
		for range 3 {
			receipt, d := timed(r)
			took, receipts = append(took, d), append(receipts, receipt)
		}
		if !slices.Equal(took, []time.Duration{LadderTime, 0, 0}) || !receipts[2].Lost {
			t.Errorf("they took %v", took)
		}
		close(stuck[1].let)
		synctest.Wait()
		if receipt, d := timed(r); d != 0 || receipt.Lost || !slices.Equal(receipt.Took, []string{"journal"}) {
			t.Errorf("one takes records again: after %s, %+v", d, receipt)
		}
		close(stuck[0].let)
		r.Close(t.Context())
		synctest.Wait()
		mustFollow(t, stuck[0].has(), 4)
		for i, receipt := range receipts {
			if now := receipt.Now(); now.Lost || len(now.Took) != 2 {
				t.Errorf("record %d: %+v", i, now)
			}
		}
	})
}
