//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/drivers/generic/modbus"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// A console is killed crashes times in the middle of emergencies, on each of some sites.
const (
	crashes = 10
	sites   = 3
)

// opens opens an emergency of somebody with a sealed code: the check of one would take longer than all the rest, and use it up.
func opens(e *engine, key string) (*breakglass.Session, error) {
	d, err := e.inventory.Device(key)
	if err != nil {
		return nil, err
	}
	return e.glass.Open(breakglass.Ask{Who: breakglass.Who{Actor: leaf.Actor{ID: "asserted", Name: "Alex Agency"}, Code: 1},
		Device: statement.DeviceOf(d.Identity), Name: change.DeviceName(d.Identity), Key: key, Category: breakglass.Other})
}

// breakAndWrite is a console that opens its record behind it, tells what an earlier one was cut off in, goes on with the last of
// that or opens an emergency, and then writes until it is killed.
func breakAndWrite(words []string) int {
	data, mirror, address, goOn := words[0], words[1], words[2], words[3] == "go on"
	e, err := newEngine(options{data: data, mirror: mirror})
	if err != nil {
		return failed(err)
	}
	opened := make(chan error, 1)
	go func() { opened <- e.open(context.Background()) }()
	var s *breakglass.Session
	for _, cut := range e.glass.Interrupted() {
		fmt.Println("cut", cut.ID, cut.Actions, cut.Left > 0)
		if goOn && cut.Left > 0 {
			if s, err = e.glass.Continue(cut.ID); err != nil {
				return failed(err)
			}
			fmt.Println("continued", cut.ID)
		}
	}
	key, err := e.know(context.Background(), address, modbus.IsolationRoom())
	if err != nil {
		return failed(err)
	}
	if s == nil {
		if s, err = opens(e, key); err != nil {
			return failed(err)
		}
		fmt.Println("opened", s.ID())
	}
	for pascals := int64(0); ; pascals++ {
		result, err := e.carryOut(context.Background(), s, key, to(high, pascals%7-3), nil)
		switch {
		case fault.Is(err, fault.NoChange):
			continue
		case err != nil:
			return failed(err)
		}
		fmt.Println("wrote", result.Outcome)
		select {
		case err := <-opened:
			if err != nil {
				return failed(err)
			}
		default:
		}
	}
}

// heard is what a console said before it was killed.
type heard struct {
	cut, opened, continued []string
	wrote                  int
}

// killed starts a console and kills it some time after it said so many lines.
func killed(t *testing.T, random *rand.Rand, words ...string) (said heard) {
	t.Helper()
	c := other(t, "crash", words...)
	lines := random.IntN(14)
	for range lines {
		if !c.said.Scan() {
			t.Fatalf("the console ended by itself: %v", c.said.Err())
		}
		said.take(c.said.Text())
	}
	pause := time.NewTimer(time.Duration(random.IntN(40_000)) * time.Microsecond)
	defer pause.Stop()
	<-pause.C
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for c.said.Scan() { // what it said before it died
		said.take(c.said.Text())
	}
	_ = c.Cmd.Wait() // it was killed
	return said
}

func (r *heard) take(line string) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return // its last line was cut
	}
	switch words[0] {
	case "cut":
		r.cut = append(r.cut, words[1])
	case "opened":
		r.opened = append(r.opened, words[1])
	case "continued":
		r.continued = append(r.continued, words[1])
	case "wrote":
		r.wrote++
	}
}

func TestMatrixAConsoleThatIsKilledInAnEmergencyLosesNothingAndTheNextOneGoesOn(t *testing.T) {
	const seed = 20261125
	for site := range sites {
		t.Run(fmt.Sprint(site), func(t *testing.T) {
			t.Parallel()
			killAgain(t, rand.New(rand.NewPCG(seed, uint64(site))))
		})
	}
}

func killAgain(t *testing.T, random *rand.Rand) {
	data, mirror := site(t), t.TempDir()
	unit := modbus.NewUnit(modbus.IsolationRoom(), "SIM-ROOM-03")
	address := plug(t, unit)
	var sessions []string
	wrote, continued := 0, 0
	for n := range max(3, fewer(crashes)) {
		goOn := map[bool]string{true: "go on", false: "anew"}[n%3 == 2]
		said := killed(t, random, data, mirror, address, goOn)
		sessions = append(sessions, said.opened...)
		wrote, continued = wrote+said.wrote, continued+len(said.continued)
	}
	b := starts(t, data, mirror)
	open := map[string]bool{}
	for _, cut := range b.glass.Interrupted() {
		open[cut.ID] = true
	}
	if !raced && (len(sessions) == 0 || wrote == 0 || continued == 0) { // of so few kills all may come early
		t.Fatalf("%d sessions, %d writes, %d continued: the kills came too early", len(sessions), wrote, continued)
	}
	b.opens()
	records, _ := b.settle()
	actions := 0
	for _, id := range sessions {
		e, err := b.record.Load().register.Emergency(t.Context(), id)
		switch {
		case err != nil:
			t.Errorf("a session that its console told of: %v", err)
		case e.How != breakglass.Interrupted && e.How != breakglass.Replaced:
			t.Errorf("%s ended %q", id, e.How)
		case open[id] && e.How != breakglass.Interrupted:
			t.Errorf("%s is open and ended %q", id, e.How)
		}
		actions += len(e.Actions)
	}
	if outcomes := len(of(records, "emergency.outcome")); outcomes < wrote {
		t.Errorf("%d outcomes are in the log, and %d writes were told", outcomes, wrote)
	}
	t.Logf("%d kills: %d sessions, %d continued, %d writes told, %d in the log, %d records", crashes, len(sessions), continued, wrote, actions, len(records))
}

// ahead is a clock that is further since the start-up than the machine's.
type ahead struct {
	clock.Clock
	by time.Duration
}

func (a ahead) Now() clock.Reading {
	now := a.Clock.Now()
	now.BootMS += a.by.Milliseconds()
	now.Wall = now.Wall.Add(a.by)
	return now
}

// otherBoot is the clock after a restart of the machine.
type otherBoot struct{ clock.Clock }

func (o otherBoot) Now() clock.Reading {
	now := o.Clock.Now()
	now.Boot = "another"
	return now
}

func TestMatrixAnInterruptedEmergencyIsContinuedInItsTimeAndNotAfterNorAfterARestart(t *testing.T) {
	t.Parallel()
	f, err := founded()
	if err != nil {
		t.Fatal(err)
	}
	for name, later := range map[string]clock.Clock{
		"in time": ahead{clock.System(), 5 * time.Minute}, "after its time": ahead{clock.System(), 15 * time.Minute}, "after a restart": otherBoot{clock.System()},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			data := site(t)
			unit := modbus.NewUnit(modbus.IsolationRoom(), "SIM-ROOM-03")
			address := plug(t, unit)
			c := other(t, "crash", data, filepath.Join(t.TempDir(), "mirror"), address, "anew")
			id := c.says("opened")
			c.says("wrote")
			_ = c.Process.Kill()
			_ = c.Cmd.Wait()
			b := at(t, newEngineAt(options{}, data, later), f).opens()
			cuts := b.glass.Interrupted()
			if len(cuts) != 1 || cuts[0].ID != id || cuts[0].Actions < 1 || cuts[0].Actor.Name != "Alex Agency" {
				t.Fatalf("%+v", cuts)
			}
			key := b.meet(address, modbus.IsolationRoom())
			s, err := b.glass.Continue(id)
			if name != "in time" {
				b.must(err, fault.Expired)
				b.settle()
				if e, err := b.record.Load().register.Emergency(t.Context(), id); err != nil || e.How != breakglass.Interrupted {
					t.Errorf("%q, %v", e.How, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if left := s.Left(); s.Tier() != breakglass.T2 || left > 10*time.Minute || left < 9*time.Minute {
				t.Errorf("%s, %v left", s.Tier(), left)
			}
			r := &room{unit, key}
			b.writes(s, key, to(high, 9))
			b.is(r, high, "9")
			s.Seal(breakglass.Sealed)
			records, _ := b.settle()
			e := b.registered(s)
			if e.How != breakglass.Sealed || len(e.Actions) != cuts[0].Actions+1 || len(of(records, "emergency.interrupted")) != 1 {
				t.Errorf("%+v", e)
			}
			if _, err := b.glass.Continue(id); !fault.Is(err, fault.Expired) {
				t.Errorf("it was continued twice: %v", err)
			}
		})
	}
}
