package change_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/sim"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// What an emergency leaves behind, in short.
const (
	opened  = breakglass.KindOpened
	intent  = breakglass.KindIntent
	outcome = "emergency.outcome"
	stopped = "emergency.stopped"
	closed  = "emergency.closed"
)

func TestOnePersonWritesInAnEmergencyAndEveryPlaceHasIt(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		s := a.open(t)
		result, err := a.write(t, ctx, s)
		if err != nil || result.Outcome != change.Verified {
			t.Fatalf("outcome %q, %v", result.Outcome, err)
		}
		a.mustHold(t, 6, 45)
		s.Seal(breakglass.Sealed)
		s.Seal(breakglass.Quit)
		a.heard.mustBe(t, opened, intent, outcome, closed)
		if lost := s.Receipt().Lost; lost || a.importer.Pending() != 0 {
			t.Errorf("lost %t; %d records are not in the log", lost, a.importer.Pending())
		}
		content, err := journal.Read(journal.Paths(a.journals.Folder())[0])
		if err != nil || len(content.Frames) != 4 || content.Damaged != 0 {
			t.Errorf("%d frames are in the journal, %v", len(content.Frames), err)
		}
		e, err := a.register.Emergency(ctx, s.ID())
		if err != nil || !e.Signed || e.Actor.ID != a.robin.ID || e.How != breakglass.Sealed || len(e.Actions) != 1 || e.Actions[0].Outcome != "verified" {
			t.Fatalf("%+v, %v", e, err)
		}
		steps, err := change.ParseSteps(e.Actions[0].Steps)
		if err != nil || !slices.Equal(steps, result.Steps) || steps[0].AsFound != "50" || steps[0].AsLeft != "45" {
			t.Errorf("%+v, %v", steps, err)
		}
	})
}

func TestWhatIsReadBackDecidesInAnEmergencyToo(t *testing.T) {
	for sentence, c := range map[string]struct {
		fault  sim.Fault
		n      int
		want   change.Outcome
		asLeft string
	}{
		"a device that says no":                   {sim.Refuse, 1, change.Rejected, "50"},
		"a device that says yes and does nothing": {sim.Ignore, 1, change.Rejected, "50"},
		"a device that takes a lower value":       {sim.Clamp, 3, change.Adjusted, "42"},
		"a device that goes back":                 {sim.Revert, 1, change.Rejected, "50"},
		"a device that falls silent":              {sim.Silence, 1, change.Unknown, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			inEmergency(t, func(ctx context.Context, a *alone) {
				s := a.open(t)
				auth, err := change.BreakGlass(a.wanted(t, ctx, s))
				if err != nil {
					t.Fatal(err)
				}
				result, err := change.Execute(ctx, auth, a.device, func(done int, _ []change.Step) {
					switch {
					case done != 0:
					case c.fault == sim.Silence: // the write goes out, no answer comes
						time.AfterFunc(1100*time.Millisecond, func() { set(t, a.bench, c.fault, c.n) })
					default:
						set(t, a.bench, c.fault, c.n)
					}
				})
				if err != nil || result.Outcome != c.want || result.Steps[0].AsLeft != c.asLeft {
					t.Errorf("outcome %q, as left %q, %v", result.Outcome, result.Steps[0].AsLeft, err)
				}
				a.heard.mustBe(t, opened, intent, outcome)
				if last := a.heard.leaves(t)[2]; field(last, "outcome") != string(c.want) {
					t.Errorf("recorded %q", field(last, "outcome"))
				}
			})
		})
	}
}

// TestNothingIsSentInAnEmergency where the second person is not what is missing.
func TestNothingIsSentInAnEmergencyThatWouldBeWrong(t *testing.T) {
	for sentence, c := range map[string]struct {
		spoil func(t *testing.T, ctx context.Context, a *alone, s *breakglass.Session)
		want  fault.Kind
	}{
		"another device on the same port": {func(t *testing.T, _ context.Context, a *alone, _ *breakglass.Session) { set(t, a.bench, sim.Swap, 1) }, fault.OtherDevice},
		"a device that was changed since the sheet": {func(t *testing.T, ctx context.Context, a *alone, _ *breakglass.Session) {
			a.other(t, ctx, "alarm.etco2.low", 20)
		}, fault.Superseded},
		"a session whose time is over": {func(_ *testing.T, _ context.Context, a *alone, _ *breakglass.Session) {
			a.clock.Advance(breakglass.TTL)
		}, fault.Expired},
		"a session that was sealed":   {func(_ *testing.T, _ context.Context, _ *alone, s *breakglass.Session) { s.Seal(breakglass.Sealed) }, fault.Expired},
		"a session that a lock ended": {func(_ *testing.T, _ context.Context, _ *alone, s *breakglass.Session) { s.Seal(breakglass.Locked) }, fault.Expired},
		"a restart of the laptop":     {func(_ *testing.T, _ context.Context, a *alone, _ *breakglass.Session) { a.clock.Reboot(time.Minute) }, fault.Expired},
		"a silent device": {func(t *testing.T, _ context.Context, a *alone, _ *breakglass.Session) {
			set(t, a.bench, sim.Silence, 1)
		}, fault.Silent},
	} {
		t.Run(sentence, func(t *testing.T) {
			inEmergency(t, func(ctx context.Context, a *alone) {
				s := a.open(t)
				auth, err := change.BreakGlass(a.wanted(t, ctx, s))
				if err != nil {
					t.Fatal(err)
				}
				c.spoil(t, ctx, a, s)
				before := a.tap.writes()
				_, err = change.Execute(ctx, auth, a.device, func(int, []change.Step) { t.Error("a step began") })
				wantFault(t, err, c.want)
				a.mustHold(t, 6, 50)
				if sent := a.tap.writes() - before; sent != 0 {
					t.Errorf("%d writes were sent", sent)
				}
				leaves := a.heard.leaves(t)
				if last := leaves[len(leaves)-1]; last.Kind != stopped || field(last, "why") != string(c.want) {
					t.Errorf("recorded %s, %q", last.Kind, field(last, "why"))
				}
			})
		})
	}
}

// other sets something on the monitor as somebody else does, in an emergency of their own on another console.
func (a *alone) other(t *testing.T, ctx context.Context, id drivers.SettingID, n int64) {
	t.Helper()
	recorder := breakglass.NewRecorder(a.clock, nil)
	defer recorder.Close(ctx)
	desk := breakglass.NewDesk(recorder, "elsewhere", "test", func() statement.LogHead { return statement.LogHead{} })
	s, err := desk.Open(askFor(a.device.Identity(), breakglass.Who{Actor: a.kim.Actor(), Code: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if result, err := a.write(t, ctx, s, wants(id, n)); err != nil || result.Outcome != change.Verified {
		t.Fatalf("%q, %v", result.Outcome, err)
	}
}

func TestAnEmergencyKeepsTheLimitsAndTheRulesBetweenThem(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		s := a.open(t)
		for _, changes := range [][]drivers.Change{
			{wants("alarm.etco2.high", 151)},
			{wants("alarm.etco2.low", 60)}, // above the high one
			{wants("alarm.etco2.low", 70), wants("alarm.etco2.high", 60)},
		} {
			_, err := change.BreakGlass(a.wanted(t, ctx, s, changes...))
			wantFault(t, err, fault.OutOfRange)
		}
		_, err := a.write(t, ctx, s, wants("alarm.etco2.high", 50))
		wantFault(t, err, fault.NoChange)
		if a.tap.writes() != 0 {
			t.Error("something was sent")
		}
		result, err := a.write(t, ctx, s, wants("alarm.etco2.low", 60), wants("alarm.etco2.high", 80))
		if err != nil || result.Outcome != change.Verified || result.Steps[0].ID != "alarm.etco2.high" {
			t.Errorf("%q, first %s, %v", result.Outcome, result.Steps[0].ID, err)
		}
	})
}

func TestTheIntentIsOfferedToThePlacesBeforeTheFirstByte(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		a.heard.frames, a.heard.writes = nil, nil
		a.places(a.heard.sink(true)) // the only one: each record waits for it
		s := a.open(t)
		if _, err := a.write(t, ctx, s); err != nil {
			t.Fatal(err)
		}
		a.heard.mustBe(t, opened, intent, outcome)
		if !slices.Equal(a.heard.writes, []int{0, 0, 1}) {
			t.Errorf("at its records the monitor had seen %v writes", a.heard.writes)
		}
		a.importer.Keep(a.heard.frames...)
	})
}

func TestAnEmergencyGoesOnWithoutAnyPlaceAndSaysThatItWasLost(t *testing.T) {
	for sentence, put := range map[string]func(context.Context, journal.Frame) error{
		"every place refuses": func(context.Context, journal.Frame) error { return errors.New("no") },
		"every place hangs": func(ctx context.Context, _ journal.Frame) error {
			<-time.After(time.Hour)
			return errors.New("at last")
		},
		"every place panics": func(context.Context, journal.Frame) error { panic("nowhere") },
	} {
		t.Run(sentence, func(t *testing.T) {
			inEmergency(t, func(ctx context.Context, a *alone) {
				a.places(breakglass.Sink{Name: "journal", Durable: true, Put: put}, breakglass.Sink{Name: "log", Durable: true, Put: put})
				s := a.open(t)
				if result, err := a.write(t, ctx, s); err != nil || result.Outcome != change.Verified {
					t.Errorf("%q, %v", result.Outcome, err)
				}
				a.mustHold(t, 6, 45)
				if r := s.Receipt(); !r.Lost || r.Code == "" {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

func TestAnEmergencysAuthorizationIsUsedOnce(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		s := a.open(t)
		auth, err := change.BreakGlass(a.wanted(t, ctx, s))
		if err != nil {
			t.Fatal(err)
		}
		var clicks sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for range 16 { // two clicks are enough; more find more
			clicks.Go(func() {
				_, err := change.Execute(ctx, auth, a.device, nil)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					done++
				case fault.Is(err, fault.Consumed) && !errors.Is(err, change.ErrConsumed):
					t.Errorf("got %v", err)
				case !fault.Is(err, fault.Superseded) && !fault.Is(err, fault.Consumed):
					t.Errorf("got %v", err)
				}
			})
		}
		clicks.Wait()
		if done != 1 || a.tap.writes() != 1 || s.Actions() != 1 {
			t.Errorf("%d were carried out, %d writes, %d actions", done, a.tap.writes(), s.Actions())
		}
		if _, err := a.write(t, ctx, s, wants("alarm.etco2.high", 50)); err != nil { // as it was when the first one was made
			t.Fatal(err)
		}
		_, err = change.Execute(ctx, auth, a.device, nil)
		wantFault(t, err, fault.Consumed)
		if !errors.Is(err, change.ErrConsumed) || a.tap.writes() != 2 {
			t.Errorf("%v after %d writes", err, a.tap.writes())
		}
	})
}

func TestAnAuthorizationIsForTheDeviceOfItsSession(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		other := a.device.Identity()
		other.Serial = "B399000001"
		s, err := a.glass.Open(askFor(other, a.byKey()))
		if err != nil {
			t.Fatal(err)
		}
		_, err = change.BreakGlass(a.wanted(t, ctx, s))
		wantFault(t, err, fault.OtherDevice)
		_, err = change.BreakGlass(a.wanted(t, ctx, nil))
		wantFault(t, err, fault.Expired)
		s.Seal(breakglass.Sealed)
		_, err = change.BreakGlass(a.wanted(t, ctx, s))
		wantFault(t, err, fault.Expired)
		auth, err := change.BreakGlass(a.wanted(t, ctx, a.open(t)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = change.Execute(ctx, auth, newBox(), nil)
		wantFault(t, err, fault.OtherDevice)
	})
}

func TestAWriteThatHasBegunWhenTimeEndsIsFinishedVerifiedAndRecordedBeforeTheEnd(t *testing.T) {
	for sentence, ends := range map[string]func(*alone, *breakglass.Session){
		"its time is over": func(a *alone, _ *breakglass.Session) { a.clock.Advance(breakglass.TTL); a.glass.Tick(nil) },
		"it is sealed":     func(_ *alone, s *breakglass.Session) { s.Seal(breakglass.Sealed) },
		"another is opened": func(a *alone, _ *breakglass.Session) {
			_, _ = a.glass.Open(askFor(newBox().Identity(), a.byKey()))
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			inEmergency(t, func(ctx context.Context, a *alone) {
				s := a.open(t)
				auth, err := change.BreakGlass(a.wanted(t, ctx, s, wants("alarm.etco2.high", 45), wants("alarm.rr.high", 28)))
				if err != nil {
					t.Fatal(err)
				}
				result, err := change.Execute(ctx, auth, a.device, func(done int, _ []change.Step) {
					if done == 0 {
						ends(a, s)
						if s.Ended() == "" || !s.Busy() || s.Left() != 0 {
							t.Errorf("ended %q, busy %t", s.Ended(), s.Busy())
						}
					}
				})
				if err != nil || result.Outcome != change.Verified || a.tap.writes() != 2 {
					t.Errorf("%q after %d writes, %v", result.Outcome, a.tap.writes(), err)
				}
				kinds := slices.DeleteFunc(a.heard.kinds(t), func(k string) bool { return k == opened })
				if !slices.Equal(kinds, []string{intent, outcome, closed}) {
					t.Errorf("recorded %v", kinds)
				}
				_, err = a.write(t, ctx, s, wants("alarm.etco2.high", 40))
				wantFault(t, err, fault.Expired)
				_, err = s.Extend()
				wantFault(t, err, fault.Expired)
			})
		})
	}
}

func TestWhoHasNotShownWhoTheyAreMovesSettingsOnlyInTheirSafeDirectionOrBack(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		if r := a.approved(t, ctx); r.ID != "" {
			if _, err := a.execute(ctx, r.ID); err != nil { // two persons had EtCO2 high set to 45
				t.Fatal(err)
			}
		}
		last, err := a.desk.LastApproved(ctx, statement.DeviceOf(a.device.Identity()))
		if err != nil || len(last) != 1 || last["alarm.etco2.high"] != "45" {
			t.Fatalf("%v, %v", last, err)
		}
		s := a.open(t, asserted())
		write := func(known bool, changes ...drivers.Change) error {
			e := a.wanted(t, ctx, s, changes...)
			if known {
				e.Approved = func(id drivers.SettingID) (string, bool) { token, ok := last[id]; return token, ok }
			}
			auth, err := change.BreakGlass(e)
			if err == nil {
				_, err = change.Execute(ctx, auth, a.device, nil)
			}
			return err
		}
		for _, c := range []drivers.Change{wants("alarm.etco2.high", 46), wants("alarm.etco2.high", 50), wants("alarm.rr.low", 4), wants("alarm.spo2.low", 84)} {
			err := write(true, c)
			if wantFault(t, err, fault.Unproved); fault.SubjectOf(err) == "" {
				t.Errorf("%s: no setting is named", c.Setting)
			}
		}
		wantFault(t, write(true, wants("alarm.etco2.high", 40), wants("alarm.rr.low", 4)), fault.Unproved)
		if err := write(false, wants("alarm.etco2.high", 40), wants("alarm.etco2.low", 20)); err != nil {
			t.Errorf("in the safe direction: %v", err)
		}
		wantFault(t, write(false, wants("alarm.etco2.high", 45)), fault.Unproved)
		if err := write(true, wants("alarm.etco2.high", 45)); err != nil {
			t.Errorf("back: %v", err)
		}
		a.mustHold(t, 6, 45)
		if s := a.open(t, breakglass.Who{Actor: a.kim.Actor(), Code: 3}); s.Tier() != breakglass.T2 {
			t.Errorf("a sealed code gives %s", s.Tier())
		} else if _, err := a.write(t, ctx, s, wants("alarm.etco2.high", 60)); err != nil {
			t.Errorf("with a sealed code: %v", err)
		}
	})
}

func TestWhatTheRulesKeepOutOfEmergenciesIsNotWrittenInOne(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		lines := policy.Minimum().Lines()
		lines = slices.Insert(lines, len(lines)-1, "not-in-emergency oridion/capnostream20 alarm.etco2.high")
		rules, err := policy.Parse(lines)
		if err != nil {
			t.Fatal(err)
		}
		s := a.open(t)
		e := a.wanted(t, ctx, s, wants("alarm.rr.high", 28), wants("alarm.etco2.high", 45))
		e.Rules = rules
		_, err = change.BreakGlass(e)
		if wantFault(t, err, fault.NotAllowed); fault.SubjectOf(err) != "EtCO2 high" {
			t.Errorf("the subject is %q", fault.SubjectOf(err))
		}
		e = a.wanted(t, ctx, s, wants("alarm.rr.high", 28))
		e.Rules = rules
		if _, err = change.BreakGlass(e); err != nil {
			t.Error(err)
		}
	})
}

func TestAMapThatNobodySignedIsReadOnlyInAnEmergencyToo(t *testing.T) {
	inEmergency(t, func(ctx context.Context, a *alone) {
		e := a.wanted(t, ctx, a.open(t))
		e.Reviewed = false
		_, err := change.BreakGlass(e)
		wantFault(t, err, fault.ReadOnly)
		if ok, err := a.desk.Reviewed(ctx, modbus.IsolationRoom()); ok || err != nil {
			t.Errorf("an unsigned map counts as reviewed: %v", err)
		}
	})
}

// TestThereIsNoWayFromAnEmergencyToAnythingButSettings holds what an emergency can say and do against a list: drug libraries,
// firmware, people and rules are not among it.
func TestThereIsNoWayFromAnEmergencyToAnythingButSettings(t *testing.T) {
	names := func(of reflect.Type, fields bool) (all []string) {
		if fields {
			for i := range of.NumField() {
				all = append(all, of.Field(i).Name)
			}
			return all
		}
		for i := range of.NumMethod() {
			all = append(all, of.Method(i).Name)
		}
		return all
	}
	for what, c := range map[string]struct {
		got  []string
		want string
	}{
		"what is wanted":       {names(reflect.TypeFor[change.Emergency](), true), "Session Proposal Rules Reviewed Approved Program InUse"},
		"a change":             {names(reflect.TypeFor[drivers.Change](), true), "Setting Wanted"},
		"what a device writes": {names(reflect.TypeFor[drivers.Writer](), false), "Write"},
		"a session":            {names(reflect.TypeFor[*breakglass.Session](), false), "Actions Ask Busy Conclude Continued Ended Extend ID Intend Left Receipt Seal Stop Tier"},
		"a desk":               {names(reflect.TypeFor[*breakglass.Desk](), false), "Changed Continue Current Interrupt Interrupted Open Run Tick"},
	} {
		if got := strings.Join(c.got, " "); got != c.want {
			t.Errorf("%s is %s: it must not lead to anything but settings of its device", what, got)
		}
	}
	inEmergency(t, func(ctx context.Context, a *alone) {
		s := a.open(t)
		for _, id := range []drivers.SettingID{"firmware", "drug-library", "monitor.unit", "clock", ""} {
			if _, err := a.write(t, ctx, s, wants(id, 1)); !fault.Is(err, fault.Unsupported) && !fault.Is(err, fault.OutOfRange) {
				t.Errorf("%q: %v", id, err)
			}
		}
		if a.tap.writes() != 0 {
			t.Error("something was sent")
		}
	})
}

func TestAPatientOnTheDeviceDoesNotStopAnEmergencyAndIsRecorded(t *testing.T) {
	for sentence, c := range map[string]struct {
		device, person bool
		want           string
	}{
		"nobody is on it":   {false, false, ""},
		"the device says":   {true, false, "yes"},
		"a person says":     {false, true, "yes"},
		"both of them say ": {true, true, "yes"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inEmergency(t, func(ctx context.Context, a *alone) {
				if c.device {
					set(t, a.bench, sim.Patient, 1)
				}
				e := a.wanted(t, ctx, a.open(t))
				e.InUse = c.person
				auth, err := change.BreakGlass(e)
				if err != nil {
					t.Fatal(err)
				}
				result, err := change.Execute(ctx, auth, a.device, nil)
				if err != nil || result.Outcome != change.Verified {
					t.Errorf("%q, %v", result.Outcome, err)
				}
				if got := field(a.heard.leaves(t)[1], "in-use"); got != c.want {
					t.Errorf("in use: recorded %q, want %q", got, c.want)
				}
			})
		})
	}
}
