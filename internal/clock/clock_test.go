package clock

import (
	"runtime"
	"testing"
	"time"
)

var start = time.Date(2026, 9, 30, 10, 41, 22, 123_000_000, time.FixedZone("", 2*3600))

// desk is a host whose clocks a test moves. Asleep is what every read of the boot clock lets pass.
type desk struct {
	wall   time.Time
	up     time.Duration
	asleep []time.Duration
	synced bool
}

func (d *desk) clock() *system {
	return &system{host: host{
		boot: "b",
		wall: func() time.Time { return d.wall },
		uptime: func() time.Duration {
			if len(d.asleep) > 0 {
				d.up, d.wall, d.asleep = d.up+d.asleep[0], d.wall.Add(d.asleep[0]), d.asleep[1:]
			}
			return d.up
		},
		synced: func() bool { return d.synced },
	}}
}

func (d *desk) pass(t time.Duration) { d.wall, d.up = d.wall.Add(t), d.up+t }

func TestTheStateSaysHowFarTheWallClockCanBeTrusted(t *testing.T) {
	d := &desk{wall: start, up: time.Minute, synced: true}
	c := d.clock()
	expect := func(what string, want State) {
		t.Helper()
		if got := c.Now().State; got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	d.wall = d.wall.Add(time.Hour)
	expect("first reading", OK)
	d.pass(8 * time.Hour)
	expect("after a night asleep", OK)
	d.wall = d.wall.Add(2 * time.Second)
	expect("moved by just 2 s", OK)
	d.wall = d.wall.Add(2001 * time.Millisecond)
	expect("set forward", Stepped)
	expect("nothing more happened", OK)
	d.wall = d.wall.Add(-2001 * time.Millisecond)
	expect("set back", Stepped)
	d.synced = false
	expect("reference lost", Unsynced)
	d.wall = d.wall.Add(-24 * time.Hour)
	expect("a step says more than a lost reference", Stepped)
}

func TestFallingAsleepBetweenTheTwoClocksIsNotAStep(t *testing.T) {
	d := &desk{wall: start, up: time.Minute, synced: true}
	c := d.clock()
	c.Now()
	d.asleep = []time.Duration{0, time.Hour} // the lid closes after the wall clock was read
	if got := c.Now().State; got != OK {
		t.Errorf("state %s, want ok", got)
	}
}

func TestAReadingHasMillisecondsAndTheBootClock(t *testing.T) {
	d := &desk{wall: start.Add(456_789 * time.Nanosecond), up: 1_234_567 * time.Microsecond}
	got := d.clock().Now()
	if !got.Wall.Equal(start) || got.BootMS != 1234 || got.Boot != "b" {
		t.Errorf("reading %+v", got)
	}
}

func TestTheSystemClockTellsThisBootAndOnlyGoesForward(t *testing.T) {
	c := System()
	a, b := c.Now(), c.Now()
	if a.Boot == "" || a.Boot != b.Boot || b.BootMS < a.BootMS || a.BootMS <= 0 {
		t.Errorf("readings %+v and %+v", a, b)
	}
	if !a.State.Valid() || b.State == Stepped {
		t.Errorf("states %q and %q", a.State, b.State)
	}
	if since := time.Since(a.Wall); since < 0 || since > time.Minute {
		t.Errorf("the wall clock is off by %s", since)
	}
	if runtime.GOOS == "linux" && a.Boot != System().Now().Boot {
		t.Error("two clocks of one start-up name it differently")
	}
}

func TestAnUnknownBootIsANewBoot(t *testing.T) {
	if a, b := unknownBoot(), unknownBoot(); a == b {
		t.Errorf("two unknown start-ups share the name %s", a)
	}
}

func TestTheFakeClockMovesOnlyWhenTold(t *testing.T) {
	f := NewFake(start)
	first := f.Now()
	if again := f.Now(); again != first || first.State != OK {
		t.Errorf("readings %+v and %+v", first, again)
	}
	f.Advance(time.Minute)
	if r := f.Now(); r.BootMS-first.BootMS != 60_000 || !r.Wall.Equal(start.Add(time.Minute)) || r.State != OK {
		t.Errorf("after a minute: %+v", r)
	}
	f.Step(-time.Hour)
	if r := f.Now(); r.State != Stepped || r.BootMS-first.BootMS != 60_000 {
		t.Errorf("after a step: %+v", r)
	}
	f.SetSynced(false)
	if r := f.Now(); r.State != Unsynced {
		t.Errorf("without a reference: %+v", r)
	}
	f.Reboot(time.Hour)
	if r := f.Now(); r.Boot == first.Boot || r.BootMS != 0 || r.State != Unsynced {
		t.Errorf("after a reboot: %+v", r)
	}
}
