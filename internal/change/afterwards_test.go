package change_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// forBox is an emergency on a box that sets a, b and c to 11, 12 and 13.
func forBox(t *testing.T, ctx context.Context, s *breakglass.Session, x *box) change.Emergency {
	t.Helper()
	description, _ := x.Describe(ctx)
	snapshot, err := x.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return change.Emergency{Session: s, Rules: policy.Minimum(), Reviewed: true, Program: "test", Proposal: change.Proposal{
		Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot,
		Changes: []drivers.Change{wants("a", 11), wants("b", 12), wants("c", 13)}}}
}

func (a *alone) openOn(t *testing.T, x *box, tag string) *breakglass.Session {
	t.Helper()
	ask := askFor(x.Identity(), a.byKey())
	ask.Tag = tag
	s, err := a.glass.Open(ask)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADeviceWithoutASerialNumberNeedsItsTagInAnEmergency(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		x := newBox()
		_, err := change.BreakGlass(forBox(t, ctx, a.openOn(t, x, "AT-7"), x))
		wantFault(t, err, fault.WeakIdentity) // it has a number: a tag could be another's
		x.serial = ""
		_, err = change.BreakGlass(forBox(t, ctx, a.openOn(t, x, ""), x))
		wantFault(t, err, fault.WeakIdentity)
		s := a.openOn(t, x, "AT-7")
		e := forBox(t, ctx, s, x)
		e.Proposal.AssetTag = "AT-8" // what counts is the tag of the session
		auth, err := change.BreakGlass(e)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := change.Execute(ctx, auth, x, nil); err != nil || result.Outcome != change.Verified {
			t.Errorf("%q, %v", result.Outcome, err)
		}
		leaves := a.heard.leaves(t)
		at := slices.IndexFunc(leaves, func(l leaf.Leaf) bool { return field(l, "session") == s.ID() })
		if got := field(leaves[at], "tag"); got != "AT-7" {
			t.Errorf("the tag is recorded as %q", got)
		}
		x.holds = map[drivers.SettingID]int64{"a": 1, "b": 2, "c": 3}
		auth, err = change.BreakGlass(forBox(t, ctx, s, x))
		if err != nil {
			t.Fatal(err)
		}
		writes := len(x.writes)
		x.serial = "9"
		_, err = change.Execute(ctx, auth, x, nil)
		if wantFault(t, err, fault.OtherDevice); len(x.writes) != writes {
			t.Error("a device that tells a number now was written to")
		}
		y := newBox()
		y.serial = ""
		r, err := a.ask(t, ctx, y, func(p *change.Proposal) { p.AssetTag = "AT-8" })
		if err == nil {
			_, err = a.carry(t, ctx, y, r)
		}
		if err != nil {
			t.Fatal(err)
		}
		last, err := a.desk.LastApproved(ctx, statement.DeviceOf(y.Identity()))
		if err != nil || len(last) != 0 {
			t.Errorf("of a device that nobody can tell from others %v was approved, %v", last, err)
		}
	})
}

func TestAPlanToSetBackIsCarriedOutInAnEmergencyToo(t *testing.T) {
	for sentence, c := range map[string]struct {
		plan   statement.OnFailure
		take   map[int]func(*box, drivers.Change) error
		want   change.Outcome
		holds  [3]int64
		writes int
	}{
		"all go well":                    {statement.RollBack, nil, change.Verified, [3]int64{11, 12, 13}, 3},
		"the third says no":              {statement.RollBack, map[int]func(*box, drivers.Change) error{3: refuses}, change.RolledBack, [3]int64{1, 2, 3}, 5},
		"setting back is refused":        {statement.RollBack, map[int]func(*box, drivers.Change) error{3: refuses, 4: refuses}, change.Partial, [3]int64{11, 12, 3}, 4},
		"there is no plan":               {"", map[int]func(*box, drivers.Change) error{3: refuses}, change.Partial, [3]int64{11, 12, 3}, 3},
		"the device dies at the second ": {statement.RollBack, map[int]func(*box, drivers.Change) error{2: dies}, change.Unknown, [3]int64{11, 2, 3}, 2},
	} {
		t.Run(sentence, func(t *testing.T) {
			inEmergency(t, func(ctx context.Context, a *alone) {
				x := newBox()
				if c.take != nil {
					x.take = c.take
				}
				e := forBox(t, ctx, a.openOn(t, x, ""), x)
				e.Proposal.OnFailure = c.plan
				auth, err := change.BreakGlass(e)
				if err != nil {
					t.Fatal(err)
				}
				result, err := change.Execute(ctx, auth, x, nil)
				if got := [3]int64{x.holds["a"], x.holds["b"], x.holds["c"]}; err != nil || result.Outcome != c.want || len(x.writes) != c.writes || got != c.holds {
					t.Errorf("%q, %v after %v, %v", result.Outcome, got, x.writes, err)
				}
				leaves := a.heard.leaves(t)
				steps, err := change.ParseSteps(field(leaves[len(leaves)-1], "steps"))
				if err != nil || !slices.Equal(steps, result.Steps) {
					t.Errorf("recorded %+v, %v", steps, err)
				}
			})
		})
	}
}

func TestAnEmergencySupersedesWhatWaitsForItsDeviceAndNothingElse(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		x := newBox()
		others, err := a.ask(t, ctx, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		waiting, approved := a.proposed(t, ctx), a.approved(t, ctx, wants("alarm.rr.high", 28))
		gone := a.proposed(t, ctx, wants("alarm.rr.low", 6))
		if err := a.desk.Withdraw(ctx, a.robin, gone.ID); err != nil {
			t.Fatal(err)
		}
		kims, err := a.desk.Propose(ctx, a.kim, a.proposal(t, ctx, wants("alarm.pulse.high", 130)))
		if err != nil {
			t.Fatal(err)
		}
		auth, err := a.desk.Grant(ctx, a.robin.Actor(), approved.ID, a.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		s := a.open(t)
		a.heard.mustBe(t, opened)
		for _, id := range []string{waiting.ID, approved.ID, kims.ID} {
			if r := a.state(t, ctx, id); r.State != change.Superseded {
				t.Errorf("a request of this device is %s", r.State)
			}
		}
		if r := a.state(t, ctx, others.ID); r.State != change.Waiting {
			t.Errorf("a request of another device is %s", r.State)
		}
		if r := a.state(t, ctx, gone.ID); r.State != change.Withdrawn {
			t.Errorf("a request that was withdrawn is %s", r.State)
		}
		requests, proposers, err := a.desk.SupersededBy(ctx, s.ID())
		if err != nil || !slices.Equal(requests, []string{waiting.ID, approved.ID, kims.ID}) || !slices.Equal(proposers, []string{a.robin.ID, a.kim.ID}) {
			t.Errorf("%v by %v, %v", requests, proposers, err)
		}
		_, err = change.Execute(ctx, auth, a.device, nil)
		wantFault(t, err, fault.Superseded)
		a.mustHold(t, 9, 30)
		again := a.proposed(t, ctx) // proposing goes on
		if r := a.state(t, ctx, again.ID); r.State != change.Waiting {
			t.Errorf("a request after it is %s", r.State)
		}
		if requests, _, err := a.desk.SupersededBy(ctx, "another"); err != nil || len(requests) != 0 {
			t.Errorf("%v, %v", requests, err)
		}
	})
}

func TestAnEmergencyThatIsTakenInLaterSupersedesWhatWaitsThen(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		a.places(a.heard.sink(true)) // the log is not among them
		s := a.open(t)
		if _, err := a.write(t, ctx, s); err != nil {
			t.Fatal(err)
		}
		s.Seal(breakglass.Sealed)
		waiting := a.proposed(t, ctx, wants("alarm.rr.high", 28))
		if r := a.state(t, ctx, waiting.ID); r.State != change.Waiting {
			t.Errorf("it is %s", r.State)
		}
		a.heard.mustBe(t, opened, intent, outcome, closed)
		a.importer.Keep(a.heard.frames...)
		if err := a.importer.Take(ctx); err != nil {
			t.Fatal(err)
		}
		if r := a.state(t, ctx, waiting.ID); r.State != change.Superseded {
			t.Errorf("it is %s", r.State)
		}
		if requests, _, err := a.desk.SupersededBy(ctx, s.ID()); err != nil || !slices.Equal(requests, []string{waiting.ID}) {
			t.Errorf("%v, %v", requests, err)
		}
	})
}

func TestADrillSupersedesNothing(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		waiting := a.proposed(t, ctx)
		ask := askFor(a.device.Identity(), a.byKey())
		ask.Drill = true
		if _, err := a.glass.Open(ask); err != nil {
			t.Fatal(err)
		}
		a.heard.mustBe(t, "drill.opened")
		if r := a.state(t, ctx, waiting.ID); r.State != change.Waiting {
			t.Errorf("the request is %s", r.State)
		}
	})
}

func TestALongOverdueReviewStopsProposingAndNeverAnEmergency(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		a.desk.Bar(a.register.Barred)
		s := a.open(t)
		if _, err := a.write(t, ctx, s); err != nil {
			t.Fatal(err)
		}
		s.Seal(breakglass.Sealed)
		a.heard.mustBe(t, opened, intent, outcome, closed)
		propose := func() error {
			_, err := a.desk.Propose(ctx, a.robin, a.proposal(t, ctx, wants("alarm.rr.high", 28)))
			return err
		}
		a.clock.Advance(breakglass.LongOver - time.Minute)
		if err := propose(); err != nil {
			t.Errorf("a minute before: %v", err)
		}
		a.clock.Advance(2 * time.Minute)
		wantFault(t, propose(), fault.ReviewDue)
		if _, err := a.desk.Propose(ctx, a.kim, a.proposal(t, ctx, wants("alarm.rr.high", 28))); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		s = a.open(t)
		if result, err := a.write(t, ctx, s, wants("alarm.etco2.high", 40)); err != nil || result.Outcome != change.Verified {
			t.Errorf("an emergency: %q, %v", result.Outcome, err)
		}
		s.Seal(breakglass.Sealed)
		a.heard.kinds(t)
		all, err := a.register.Emergencies(ctx)
		if err != nil || len(all) != 2 {
			t.Fatal(len(all), err)
		}
		if err := a.register.Review(ctx, []*people.Signer{a.kim}, all[1].ID, breakglass.Justified, "The alarm was needed.", ""); err != nil {
			t.Fatal(err)
		}
		if err := propose(); err != nil {
			t.Errorf("once it is reviewed: %v", err)
		}
	})
}

func TestTheLastApprovedValueIsTheOneThatWasVerifiedLast(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		device := statement.DeviceOf(a.device.Identity())
		must := func(want map[drivers.SettingID]string) {
			t.Helper()
			got, err := a.desk.LastApproved(ctx, device)
			if err != nil || len(got) != len(want) {
				t.Errorf("%v, %v", got, err)
			}
			for id, token := range want {
				if got[id] != token {
					t.Errorf("%s: %q, want %q", id, got[id], token)
				}
			}
		}
		carried := func(changes ...drivers.Change) {
			t.Helper()
			if _, err := a.execute(ctx, a.approved(t, ctx, changes...).ID); err != nil {
				t.Fatal(err)
			}
		}
		must(nil)
		carried()
		must(map[drivers.SettingID]string{"alarm.etco2.high": "45"})
		carried(wants("alarm.etco2.high", 42), wants("alarm.rr.high", 28))
		must(map[drivers.SettingID]string{"alarm.etco2.high": "42", "alarm.rr.high": "28"})
		set(t, a.bench, sim.Refuse, 1)
		carried(wants("alarm.rr.high", 26)) // which the device does not take
		a.unit.Faults().Clear(sim.Refuse)
		a.approved(t, ctx, wants("alarm.etco2.high", 41)) // approved, and not written
		if _, err := a.write(t, ctx, a.open(t), wants("alarm.etco2.high", 35)); err != nil {
			t.Fatal(err)
		}
		must(map[drivers.SettingID]string{"alarm.etco2.high": "42", "alarm.rr.high": "28"})
		if got, err := a.desk.LastApproved(ctx, statement.DeviceOf(newBox().Identity())); err != nil || len(got) != 0 {
			t.Errorf("of another device: %v, %v", got, err)
		}
	})
}

func TestAfterwardsADeviceIsComparedWithWhatItWasLeftAtByReadingOnly(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		s := a.open(t)
		drift := change.Drift{Device: s.Ask().Device}
		drift.Device.Firmware = "" // which may be another one by now
		for _, changes := range [][]drivers.Change{{wants("alarm.etco2.high", 45), wants("alarm.rr.high", 28)}, {wants("alarm.etco2.high", 40)}} {
			result, err := a.write(t, ctx, s, changes...)
			if err != nil {
				t.Fatal(err)
			}
			drift.Leave(result.Steps)
		}
		set(t, a.bench, sim.Clamp, 2)
		result, err := a.write(t, ctx, s, wants("alarm.pulse.high", 130))
		if err != nil || result.Outcome != change.Adjusted {
			t.Fatal(result.Outcome, err)
		}
		a.unit.Faults().Clear(sim.Clamp)
		drift.Leave(result.Steps)
		drift.Leave([]change.Step{{SetLine: statement.SetLine{ID: "alarm.spo2.low", Wanted: "80"}, Outcome: change.NotSent}})
		if drift.Left["alarm.pulse.high"] != "128" || drift.Left["alarm.etco2.high"] != "40" || len(drift.Left) != 3 {
			t.Fatalf("%v", drift.Left)
		}
		before := a.tap.writes()
		if differ, err := drift.Compare(ctx, a.device); err != nil || len(differ) != 0 {
			t.Errorf("as it was left: %v, %v", differ, err)
		}
		drift.Leave([]change.Step{{SetLine: statement.SetLine{ID: "alarm.rr.low", AsFound: "5", Wanted: "7"}, Outcome: change.Unknown}})
		drift.Left["alarm.etco2.high"] = "39"
		if differ, err := drift.Compare(ctx, a.device); err != nil || !slices.Equal(differ, []drivers.SettingID{"alarm.etco2.high", "alarm.rr.low"}) {
			t.Errorf("%v, %v", differ, err)
		}
		_, err = drift.Compare(ctx, newBox())
		wantFault(t, err, fault.OtherDevice)
		set(t, a.bench, sim.Silence, 1)
		if _, err := drift.Compare(ctx, a.device); err == nil {
			t.Error("a silent device was compared")
		}
		if a.tap.writes() != before {
			t.Error("comparing wrote")
		}
	})
}

// TestAForgedOpeningOnAStickReachesNoDevice: whoever can write frames can end what waits, and nothing else.
func TestAForgedOpeningOnAStickReachesNoDevice(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		r := a.approved(t, ctx)
		chain := journal.NewChain(nil)
		var body leaf.Body
		body.Set("session", "FORGED")
		body.Set("device", change.DeviceName(a.device.Identity()))
		f, err := chain.Next(opened, a.clock.Now(), a.robin.Actor(), body, "")
		if err != nil {
			t.Fatal(err)
		}
		a.importer.Keep(f)
		if err := a.importer.Take(ctx); err != nil {
			t.Fatal(err)
		}
		if got := a.state(t, ctx, r.ID).State; got != change.Superseded {
			t.Errorf("the request is %s", got)
		}
		if s := a.glass.Current(); s != nil || len(a.glass.Interrupted()) != 0 || a.tap.writes() != 0 {
			t.Error("a frame opened an emergency")
		}
	})
}
