//go:build unix

package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"countersign/app/ui/emergency"
	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/sim"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/preflight"
)

func TestMatrixAWallClockThatIsSetByYearsNeitherEndsNorProlongsAnEmergency(t *testing.T) {
	t.Parallel()
	f, err := founded()
	if err != nil {
		t.Fatal(err)
	}
	fake := clock.NewFake(time.Now())
	b := at(t, newEngineAt(options{}, site(t), fake), f).opens()
	r := b.room()
	s := b.arms(r.key, b.shows("", "", b.sealed[0]), to(high, 2))
	fake.Step(-3 * 365 * 24 * time.Hour)
	if left := s.Left(); left != breakglass.TTL {
		t.Errorf("set back by years, %v are left", left)
	}
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	fake.Step(7 * 365 * 24 * time.Hour)
	if left := s.Left(); left != breakglass.TTL {
		t.Errorf("set ahead by years, %v are left", left)
	}
	fake.Advance(breakglass.TTL - time.Second)
	b.writes(s, r.key, to(high, 3))
	b.is(r, high, "3")
	fake.Advance(time.Second)
	if s.Left() != 0 {
		t.Errorf("%v are left", s.Left())
	}
	_, err = b.carryOut(t.Context(), s, r.key, to(high, 4), nil)
	b.must(err, fault.Expired)
	b.is(r, high, "3")
	b.until("it is ended by the boot clock", func() bool { return s.Ended() == breakglass.Expired })
	b.inJournal(b.emergencyFolder(), "emergency.closed", 1)
	if report := b.rely(); !slices.ContainsFunc(report.Items, func(i preflight.Item) bool { return i.Check == "clock" && !i.OK }) {
		t.Errorf("what can be relied on does not say that the clock was set: %+v", report.Items)
	}
	records, _ := b.settle()
	flagged := map[string]string{breakglass.KindOpened: "ok", breakglass.KindIntent: "stepped", "emergency.outcome": "stepped", "emergency.closed": "stepped"}
	for kind, want := range flagged {
		for _, record := range of(records, kind) {
			if got := text(record.Body, "frame.clock"); got != want {
				t.Errorf("%s is %q, want %q", kind, got, want)
			}
		}
	}
	if n := len(of(records, breakglass.KindIntent)); n != 2 {
		t.Errorf("%d intents", n)
	}
}

// unanswering writes on a device whose answers stop to arrive when the write begins.
func (b *bed) unanswering(s *breakglass.Session, r *room, pascals int64) change.Result {
	b.Helper()
	result, err := b.carryOut(context.Background(), s, r.key, to(high, pascals), func(int, []change.Step) {
		if err := r.Faults().Set(sim.Silence, 0); err != nil {
			b.Error(err)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	r.Faults().Clear(sim.Silence)
	return result
}

// reachable waits until the device can be talked to again, as a technician does, and asks it who it is where that is needed.
func (b *bed) reachable(r *room) {
	b.Helper()
	b.until("the device is there again", func() bool {
		_, err := b.read(context.Background(), b.glass.Current(), r.key)
		if fault.Is(err, fault.PortGone) { // the conversation is over, which may be after a silence
			again := []identify.Candidate{{Driver: modbus.IsolationRoom(), Confidence: drivers.Certain}}
			_ = b.inventory.Identify(context.Background(), nobody, r.key, again) // the next look says whether it worked
		}
		return err == nil
	})
}

func TestMatrixAWriteWithoutAcknowledgementIsUnknownAndSentAgainOnlyByAPerson(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	s := b.arms(r.key, b.shows("", "", b.sealed[0]), nil)

	if err := r.Faults().Set(sim.Ignore, 0); err != nil {
		t.Fatal(err)
	}
	if result := b.unanswering(s, r, 2); result.Outcome != change.Unknown {
		t.Errorf("it was not taken and not answered: %q", result.Outcome)
	}
	b.is(r, high, "-5")
	r.Faults().Clear(sim.Ignore)
	b.reachable(r)
	if s.Actions() != 1 || s.Ended() != "" {
		t.Errorf("%d actions, ended %q: nothing is sent again by itself", s.Actions(), s.Ended())
	}
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	b.reachable(r)

	if result := b.unanswering(s, r, 3); result.Outcome != change.Unknown {
		t.Errorf("it was taken and not answered: %q", result.Outcome)
	}
	b.is(r, high, "3")
	b.reachable(r)
	_, err := b.carryOut(t.Context(), s, r.key, to(high, 3), nil)
	b.must(err, fault.NoChange) // it was read first: what it has is not sent again
	s.Seal(breakglass.Sealed)

	b.settle()
	var outcomes []string
	for _, a := range b.registered(s).Actions {
		outcomes = append(outcomes, a.Outcome)
	}
	if want := []string{"unknown", "verified", "unknown"}; !slices.Equal(outcomes, want) {
		t.Errorf("%q, want %q", outcomes, want)
	}
	c := &composer{engine: b.engine, record: b.record.Load()}
	for n, want := range []string{"same", "different"} {
		if differ, err := c.drifted(t.Context(), s.ID()); err != nil || len(differ) != n {
			t.Errorf("%v differ, %v", differ, err)
		}
		if e := b.registered(s); e.Drift != want {
			t.Errorf("drift %q, want %q", e.Drift, want)
		}
		if err := r.Set(high, to(high, -1)[0].Wanted); err != nil { // somebody at the device
			t.Fatal(err)
		}
	}
	b.settle()
}

func TestMatrixAnotherDeviceOnTheLineOrAValueOutOfRangeIsSentNothing(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	who := b.shows("", "", b.sealed[0])
	_, err := b.breakGlass(emergency.Arm{Key: r.key, Category: "other", Changes: to(high, 61)}, who)
	b.must(err, fault.OutOfRange)
	s := b.arms(r.key, who, to(high, 2))
	_, err = b.carryOut(t.Context(), s, r.key, to(high, 61), nil)
	b.must(err, fault.OutOfRange)
	_, err = b.carryOut(t.Context(), s, r.key, to(high, -40), nil) // below the low limit
	b.must(err, fault.OutOfRange)
	if err := r.Faults().Set(sim.Swap, 0); err != nil {
		t.Fatal(err)
	}
	_, err = b.carryOut(t.Context(), s, r.key, to(high, 2), nil)
	b.must(err, fault.OtherDevice)
	r.Faults().Clear(sim.Swap)
	b.is(r, high, "-5")
	s.Seal(breakglass.Sealed)
	records, _ := b.settle()
	stopped := of(records, "emergency.stopped")
	if len(stopped) != 1 || text(stopped[0].Body, "why") != string(fault.OtherDevice) || len(of(records, breakglass.KindIntent)) != 0 {
		t.Errorf("%d stopped, %d intents", len(stopped), len(of(records, breakglass.KindIntent)))
	}
}

func TestMatrixARequestThatWaitsForAnApproverIsSupersededAndItsProposerDoesNotReview(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	other := modbus.NewUnit(modbus.MedicalGasAlarm(), "20417")
	elsewhere := b.meet(plug(t, other), modbus.MedicalGasAlarm())
	robins, desk := b.unlocks(robin), b.record.Load().desk
	waiting, err := desk.Propose(t.Context(), robins, b.proposal(r.key, to(high, 2)))
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.inventory.Device(elsewhere)
	if err != nil || d.Read == nil {
		t.Fatal(err)
	}
	stays, err := desk.Propose(t.Context(), robins, b.proposal(elsewhere, anyChange(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	s := b.arms(r.key, b.shows(b.ids[kim], "", trainees[kim].Passphrase), to(high, 2))
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal(breakglass.Sealed)
	b.settle()
	for _, want := range []struct {
		id    string
		state change.State
	}{{waiting.ID, change.Superseded}, {stays.ID, change.Waiting}} {
		if got, err := desk.Request(t.Context(), want.id); err != nil || got.State != want.state || got.Signer.ID != b.ids[robin] {
			t.Errorf("%s, %v, want %s", got.State, err, want.state)
		}
	}
	e := b.registered(s)
	if !slices.Equal(e.Superseded, []string{waiting.ID}) || !slices.Equal(e.Proposers, []string{b.ids[robin]}) {
		t.Errorf("%+v", e)
	}
	register := b.record.Load().register
	b.must(register.Review(t.Context(), signed(robins), s.ID(), breakglass.Justified, "It had to be", ""), fault.NotAllowed)
	b.must(register.Review(t.Context(), signed(b.unlocks(kim)), s.ID(), breakglass.Justified, "It had to be", ""), fault.SamePerson)
	if may, err := register.Eligible(t.Context(), s.ID()); err != nil || len(may) != 0 {
		t.Errorf("%d may review it, %v", len(may), err)
	}
	if err := register.Account(t.Context(), b.unlocks(kim), s.ID(), "Robin's request waited, and nobody could come."); err != nil {
		t.Error(err)
	}
	b.settle()
}
