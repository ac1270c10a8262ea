package change_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
)

func set(t *testing.T, b *bench, f sim.Fault, n int) {
	t.Helper()
	if err := b.unit.Faults().Set(f, n); err != nil {
		t.Fatal(err)
	}
}

func TestEachWayADeviceMisbehavesHasItsOutcome(t *testing.T) {
	for sentence, c := range map[string]struct {
		fault   sim.Fault
		n       int
		outcome change.Outcome
		asLeft  string
	}{
		"a device that says no":                    {sim.Refuse, 1, change.Rejected, "50"},
		"a device that says yes and does nothing":  {sim.Ignore, 1, change.Rejected, "50"},
		"a device that takes a lower value":        {sim.Clamp, 3, change.Adjusted, "42"},
		"a device that goes back at the next tick": {sim.Revert, 1, change.Rejected, "50"},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				r := b.approved(t, ctx)
				set(t, b, c.fault, c.n)
				result, err := b.execute(ctx, r.ID)
				if err != nil || result.Outcome != c.outcome || result.Steps[0].AsLeft != c.asLeft {
					t.Errorf("outcome %q, as left %q, %v", result.Outcome, result.Steps[0].AsLeft, err)
				}
			})
		})
	}
}

// TestACablePulledAtAnyByteOfAWriteIsNeverVerified pulls it at every byte from the write's command on. Nothing is
// called verified that was not read back, and nothing is lost from the log.
func TestACablePulledAtAnyByteOfAWriteIsNeverVerified(t *testing.T) {
	unknown := 0
	for after := range 100 {
		at(t, func(ctx context.Context, b *bench) {
			r := b.approved(t, ctx)
			auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
			if err != nil {
				t.Fatal(err)
			}
			// The monitor sends a wave of 8 bytes twenty times a second: 1.0 s after the first step begins, the write is
			// on its way, and its echo is among the next bytes.
			result, err := change.Execute(ctx, auth, b.device, func(done int, _ []change.Step) {
				if done == 0 {
					set(t, b, sim.Unplug, 3*after)
				}
			})
			if err != nil {
				t.Fatalf("after %d bytes: %v", after, err)
			}
			if result.Outcome == change.Verified {
				t.Errorf("after %d bytes the outcome is verified", after)
			}
			if result.Outcome == change.Unknown {
				unknown++
			}
			if done := b.state(t, ctx, r.ID); done.State != change.Done || done.Outcome != result.Outcome {
				t.Errorf("after %d bytes the log says %s, %s", after, done.State, done.Outcome)
			}
		})
	}
	if unknown == 0 {
		t.Error("the cable was never pulled between the write and its answer")
	}
}

func TestADeviceThatAnswersTooLateIsUnknownUntilItIsRead(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		result, err := change.Execute(ctx, auth, b.device, func(done int, _ []change.Step) {
			if done == 0 {
				time.AfterFunc(1100*time.Millisecond, func() { set(t, b, sim.Silence, 1) }) // the write goes out, no answer comes
			}
		})
		if err != nil || result.Outcome != change.Unknown || result.Steps[0].Fault != fault.Silent {
			t.Errorf("outcome %q (%s), %v", result.Outcome, result.Steps[0].Fault, err)
		}
	})
}

func TestAnotherDeviceOnTheSamePortIsNotWrittenTo(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		set(t, b, sim.Swap, 1)
		_, err := b.execute(ctx, r.ID)
		wantFault(t, err, fault.OtherDevice)
		if got := b.unit.Limit(6); got != 50 {
			t.Errorf("the other monitor now holds %d", got)
		}
		if after := b.state(t, ctx, r.ID); after.State != change.Approved || after.Why != string(fault.OtherDevice) {
			t.Errorf("the request is %s because of %q", after.State, after.Why)
		}
	})
}

func TestADeviceThatNoLongerHoldsWhatTheProposerSawSupersedesTheRequest(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		first, second := b.approved(t, ctx), b.approved(t, ctx, wants("alarm.etco2.high", 40))
		if _, err := b.execute(ctx, first.ID); err != nil {
			t.Fatal(err)
		}
		_, err := b.execute(ctx, second.ID)
		wantFault(t, err, fault.Superseded)
		if got := b.state(t, ctx, second.ID).State; got != change.Superseded {
			t.Errorf("the request is %s", got)
		}
		if got := b.unit.Limit(6); got != 45 {
			t.Errorf("the monitor holds %d", got)
		}
	})
}

func TestAnotherLimitOfTheSamePairSupersedesToo(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		low := b.approved(t, ctx, wants("alarm.etco2.low", 20))
		high := b.approved(t, ctx)
		if _, err := b.execute(ctx, low.ID); err != nil {
			t.Fatal(err)
		}
		_, err := b.execute(ctx, high.ID)
		wantFault(t, err, fault.Superseded)
	})
}

func TestADeviceOnAPatientIsNotWrittenTo(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		set(t, b, sim.Patient, 1)
		_, err := b.execute(ctx, r.ID)
		wantFault(t, err, fault.InUse)
		if got := b.unit.Limit(6); got != 50 {
			t.Errorf("the monitor holds %d", got)
		}
	})
}

func TestARaisedPairIsWrittenHighFirst(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx, wants("alarm.etco2.low", 60), wants("alarm.etco2.high", 80))
		result, err := b.execute(ctx, r.ID)
		if err != nil || result.Outcome != change.Verified || result.Steps[0].ID != "alarm.etco2.high" {
			t.Errorf("%q, first %s, %v", result.Outcome, result.Steps[0].ID, err)
		}
	})
}

func TestTheFirstSettingThatFailsEndsTheChange(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx, wants("alarm.etco2.high", 45), wants("alarm.rr.high", 25), wants("alarm.spo2.low", 88))
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		result, err := change.Execute(ctx, auth, b.device, func(done int, _ []change.Step) {
			if done == 1 {
				set(t, b, sim.Refuse, 1)
			}
		})
		var got []change.Outcome
		for _, s := range result.Steps {
			got = append(got, s.Outcome)
		}
		if err != nil || result.Outcome != change.Partial || len(got) != 3 || got[0] != change.Verified || got[1] != change.Rejected || got[2] != change.NotSent {
			t.Errorf("%q: %v, %v", result.Outcome, got, err)
		}
		if b.unit.Limit(10) != 85 {
			t.Error("the third setting was written after the second failed")
		}
	})
}

func TestWhatCannotBeProposedIsNotRecorded(t *testing.T) {
	for sentence, c := range map[string]struct {
		spoil func(*change.Proposal)
		want  fault.Kind
	}{
		"a value above the range":        {func(p *change.Proposal) { p.Changes = []drivers.Change{wants("alarm.etco2.high", 151)} }, fault.OutOfRange},
		"a low limit above the high one": {func(p *change.Proposal) { p.Changes = []drivers.Change{wants("alarm.etco2.low", 50)} }, fault.OutOfRange},
		"the value that the device has":  {func(p *change.Proposal) { p.Changes = []drivers.Change{wants("alarm.etco2.high", 50)} }, fault.NoChange},
		"nothing":                        {func(p *change.Proposal) { p.Changes = nil }, fault.NoChange},
		"a setting that can only be read": {func(p *change.Proposal) {
			p.Changes = []drivers.Change{{Setting: "co2.unit", Wanted: drivers.Word(drivers.Choice, "kPa")}}
		}, fault.Unsupported},
		"a setting that does not exist":       {func(p *change.Proposal) { p.Changes = []drivers.Change{wants("therapy.start", 1)} }, fault.Unsupported},
		"no reason":                           {func(p *change.Proposal) { p.Reason = "" }, fault.NoReason},
		"a reason that turns the text around": {func(p *change.Proposal) { p.Reason = "safe \u202e54 ot 05" }, fault.NoReason},
		"a device without a serial number":    {func(p *change.Proposal) { p.Identity.Serial = "" }, fault.WeakIdentity},
		"a setting that could not be read":    {func(p *change.Proposal) { p.Snapshot.Readings = nil }, fault.Unsupported},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				p := b.proposal(t, ctx, wants("alarm.etco2.high", 45))
				c.spoil(&p)
				before := b.log.Head().Size
				_, err := b.desk.Propose(ctx, b.robin, p)
				wantFault(t, err, c.want)
				if b.log.Head().Size != before {
					t.Error("something was recorded")
				}
			})
		})
	}
}

func TestNineBlindValuesAreTooManyForOneRequest(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		nine := []drivers.Change{
			wants("alarm.etco2.low", 16), wants("alarm.etco2.high", 51), wants("alarm.fico2.high", 9), wants("alarm.rr.low", 6), wants("alarm.rr.high", 31),
			wants("alarm.spo2.low", 86), wants("alarm.spo2.high", 99), wants("alarm.pulse.low", 51), wants("alarm.pulse.high", 141),
		}
		_, err := b.desk.Propose(ctx, b.robin, b.proposal(t, ctx, nine...))
		wantFault(t, err, fault.WrongState)
		if _, err := b.desk.Propose(ctx, b.robin, b.proposal(t, ctx, nine[:8]...)); err != nil {
			t.Errorf("eight: %v", err)
		}
	})
}

func TestABlindEntryThatDiffersNamesTheSettingAndNotTheValue(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx, wants("alarm.etco2.high", 45), wants("alarm.rr.high", 25))
		if !r.Hidden(b.kim.ID) || r.Hidden(b.robin.ID) {
			t.Error("the wanted values are hidden from the wrong person")
		}
		_, err := b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "54"}, {Setting: "alarm.rr.high", Value: "25.0"}})
		wantFault(t, err, fault.Mismatch)
		if fault.SubjectOf(err) != "alarm.etco2.high" || strings.Contains(err.Error(), "45") || strings.Contains(err.Error(), "54") {
			t.Errorf("it says %v", err)
		}
		_, err = b.desk.Compare(ctx, b.kim.Person, r.ID, nil)
		wantFault(t, err, fault.Returned)
		if got := b.state(t, ctx, r.ID); got.State != change.Returned || got.Tries != 2 {
			t.Errorf("the request is %s after %d tries", got.State, got.Tries)
		}
		_, err = b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "45"}, {Setting: "alarm.rr.high", Value: "25"}})
		wantFault(t, err, fault.Returned)
	})
}

func TestARequestIsOverAfterAnHourOnTheBootClock(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		b.clock.Step(30 * 24 * time.Hour) // somebody sets the wall clock
		if got := b.state(t, ctx, r.ID).State; got != change.Approved {
			t.Errorf("by the wall clock alone it is %s", got)
		}
		b.clock.Step(-30*24*time.Hour - change.ValidFor/2)
		b.clock.Advance(change.ValidFor + time.Second)
		_, err := b.execute(ctx, r.ID)
		wantFault(t, err, fault.Expired)
	})
}

func TestAfterARestartOfTheLaptopTheWallClockDecidesAndAnEarlierOneIsNotBelieved(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		b.clock.Reboot(10 * time.Minute)
		if got := b.state(t, ctx, r.ID).State; got != change.Approved {
			t.Errorf("ten minutes later it is %s", got)
		}
		b.clock.Step(-time.Hour)
		if got := b.state(t, ctx, r.ID).State; got != change.Expired {
			t.Errorf("before it was made it is %s", got)
		}
	})
}

func TestAWithdrawnRequestCannotBeExecuted(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		wantFault(t, b.desk.Withdraw(ctx, b.kim, r.ID), fault.NotAllowed)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.desk.Withdraw(ctx, b.robin, r.ID); err != nil {
			t.Fatal(err)
		}
		_, err = change.Execute(ctx, auth, b.device, nil) // the authorization is older than the withdrawal
		wantFault(t, err, fault.WrongState)
		if got := b.unit.Limit(6); got != 50 {
			t.Errorf("the monitor holds %d", got)
		}
	})
}

func TestARefusedRequestSaysWhy(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		wantFault(t, b.desk.Refuse(ctx, b.kim, r.ID, ""), fault.NoReason)
		if err := b.desk.Refuse(ctx, b.kim, r.ID, "The policy says 50"); err != nil {
			t.Fatal(err)
		}
		if got := b.state(t, ctx, r.ID); got.State != change.Refused || got.Why != "The policy says 50" {
			t.Errorf("%s: %q", got.State, got.Why)
		}
	})
}

func TestACrashBetweenIntentAndOutcomeLeavesUnknown(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		intent := audit.Draft{Kind: "change.intent", Actor: b.robin.Actor()}
		intent.Body.Set("request", r.ID)
		if _, err := b.log.Append(ctx, intent); err != nil { // as far as the console came
			t.Fatal(err)
		}
		n, err := b.desk.Recover(ctx)
		if err != nil || n != 1 {
			t.Fatalf("recovered %d, %v", n, err)
		}
		if got := b.state(t, ctx, r.ID); got.State != change.Done || got.Outcome != change.Unknown {
			t.Errorf("%s, %s", got.State, got.Outcome)
		}
	})
}

func TestTheTablesAreMadeAgainFromTheLog(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		if _, err := b.execute(ctx, r.ID); err != nil {
			t.Fatal(err)
		}
		b.approved(t, ctx, wants("alarm.etco2.high", 50))
		before, err := b.desk.Requests(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.db.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		after, err := b.desk.Requests(ctx)
		if err != nil || len(after) != len(before) || len(after) != 2 {
			t.Fatalf("%d requests became %d, %v", len(before), len(after), err)
		}
		for i := range after {
			if after[i].State != before[i].State || after[i].Outcome != before[i].Outcome || after[i].Note != before[i].Note {
				t.Errorf("request %d: %s became %s", i, before[i].State, after[i].State)
			}
		}
	})
}

// TestAForgedApprovalIsNotAGrant puts an approval into the log that its own table believes and nobody signed.
func TestAForgedApprovalIsNotAGrant(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		other := b.approved(t, ctx, wants("alarm.etco2.high", 40))
		var note string
		err := b.log.Each(ctx, 0, func(record audit.Record) error {
			if id, _ := record.Body.Text("request"); record.Kind == "change.approved" && id == other.ID {
				note = record.Stmt
			}
			return nil
		})
		if err != nil || note == "" {
			t.Fatal(err)
		}
		forged := audit.Draft{Kind: "change.approved", Actor: b.kim.Actor(), Stmt: note}
		forged.Body.Set("request", r.ID)
		if _, err := b.log.Append(ctx, forged); err != nil {
			t.Fatal(err)
		}
		_, err = b.execute(ctx, r.ID)
		wantFault(t, err, fault.Signature)
		if got := b.unit.Limit(6); got != 50 {
			t.Errorf("the monitor holds %d", got)
		}
	})
}

func TestAProposerWhoIsNotEnrolledIsRefused(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		stranger := *b.robin
		stranger.ID = "0123456789abcdef"
		_, err := b.desk.Propose(ctx, &stranger, b.proposal(t, ctx, wants("alarm.etco2.high", 45)))
		wantFault(t, err, fault.NotAllowed)
		_, err = b.desk.Propose(ctx, (*people.Signer)(nil), b.proposal(t, ctx, wants("alarm.etco2.high", 45)))
		wantFault(t, err, fault.NotSignedIn)
	})
}

func TestAnExecutionThatIsCancelledBeforeTheIntentSendsNothing(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		cancelled, cancel := context.WithCancel(ctx)
		time.AfterFunc(500*time.Millisecond, cancel)
		if _, err := change.Execute(cancelled, auth, b.device, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
		if got := b.state(t, ctx, r.ID).State; got != change.Approved || b.unit.Limit(6) != 50 {
			t.Errorf("the request is %s and the monitor holds %d", got, b.unit.Limit(6))
		}
	})
}
