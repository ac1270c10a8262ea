package change_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// box is a device with three settings. How it takes each write a test says, by the number of the write.
type box struct {
	drivers.Session
	serial string
	holds  map[drivers.SettingID]int64
	writes []string
	take   map[int]func(*box, drivers.Change) error // nil for a device that does as it is told
	dead   bool                                     // it answers nothing
	inUse  bool
	mu     sync.Mutex // one conversation at a time
}

// boxes is the driver of such devices.
type boxes struct{ drivers.Driver }

func (boxes) About() drivers.About { return drivers.About{ID: "test/box", Reviewed: true} }

func newBox() *box {
	return &box{serial: "7", holds: map[drivers.SettingID]int64{"a": 1, "b": 2, "c": 3}, take: map[int]func(*box, drivers.Change) error{}}
}

func (x *box) Identity() drivers.Identity {
	return drivers.Identity{Manufacturer: "Example", Model: "Box", Serial: x.serial, Firmware: "1.0"}
}

func (x *box) Reidentify(context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.dead {
		return fault.New(fault.Silent, "box", nil)
	}
	return nil
}
func (*box) Driver() drivers.Driver { return boxes{} }
func (x *box) Exclusive(ctx context.Context, do func(context.Context, drivers.Session) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return do(ctx, x)
}

func (x *box) SafeToWrite(context.Context) error {
	if x.inUse {
		return fault.New(fault.InUse, "box", nil)
	}
	return nil
}

func (*box) Describe(context.Context) (drivers.Description, error) {
	var d drivers.Description
	for _, id := range []drivers.SettingID{"a", "b", "c"} {
		d.Settings = append(d.Settings, drivers.Setting{ID: id, Label: string(id), Kind: drivers.Integer, Max: drivers.Int(99), Step: drivers.Int(1), Writable: true, Risk: drivers.Operational})
	}
	return d, nil
}

func (x *box) Read(_ context.Context, ids ...drivers.SettingID) (drivers.Snapshot, error) {
	if x.dead {
		return drivers.Snapshot{}, context.DeadlineExceeded
	}
	if len(ids) == 0 {
		ids = []drivers.SettingID{"a", "b", "c"}
	}
	var all []drivers.Reading
	for _, id := range ids {
		all = append(all, drivers.Reading{ID: id, Value: drivers.IntegerValue(x.holds[id])})
	}
	return drivers.NewSnapshot(all), nil
}

func (x *box) Write(_ context.Context, c drivers.Change) error {
	x.writes = append(x.writes, string(c.Setting)+"="+c.Wanted.String())
	if take := x.take[len(x.writes)]; take != nil {
		return take(x, c)
	}
	return holdsNow(x, c, 0)
}

// holdsNow sets a setting off by so much.
func holdsNow(x *box, c drivers.Change, off int64) error {
	d, err := drivers.ParseDecimal(c.Wanted.String())
	n, _ := d.Whole()
	x.holds[c.Setting] = n + off
	return err
}

func refuses(*box, drivers.Change) error     { return drivers.ErrRefused }
func adjusts(x *box, c drivers.Change) error { return holdsNow(x, c, 5) }
func dies(x *box, _ drivers.Change) error    { x.dead = true; return context.DeadlineExceeded }
func takesAndDies(x *box, c drivers.Change) error {
	_ = holdsNow(x, c, 0)
	return dies(x, c)
}

// ask proposes a=11, b=12, c=13 on the box, or other changes.
func (b *bench) ask(t *testing.T, ctx context.Context, x *box, change_ func(*change.Proposal)) (change.Request, error) {
	t.Helper()
	description, _ := x.Describe(ctx)
	snapshot, err := x.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := change.Proposal{Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot, Reason: "Ward policy",
		Changes: []drivers.Change{wants("a", 11), wants("b", 12), wants("c", 13)}}
	if change_ != nil {
		change_(&p)
	}
	return b.desk.Propose(ctx, b.robin, p)
}

// carry lets Kim approve a request and the box take it.
func (b *bench) carry(t *testing.T, ctx context.Context, x *box, r change.Request) (change.Result, error) {
	t.Helper()
	if r.State == change.Waiting {
		agreed, err := b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: change.AssetTag, Value: r.AssetTag}})
		if err == nil {
			err = b.desk.Approve(ctx, b.kim, agreed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, x.Driver())
	if err != nil {
		return change.Result{}, err
	}
	return change.Execute(ctx, auth, x, nil)
}

func restoring(p *change.Proposal) { p.OnFailure = statement.RollBack }

func TestAPlanToSetBackIsCarriedOutAndReadBack(t *testing.T) {
	type takes = map[int]func(*box, drivers.Change) error
	for sentence, c := range map[string]struct {
		plan   func(*change.Proposal)
		take   takes
		want   change.Outcome
		holds  [3]int64
		writes int
	}{
		"all go well":                                 {restoring, nil, change.Verified, [3]int64{11, 12, 13}, 3},
		"the third says no":                           {restoring, takes{3: refuses}, change.RolledBack, [3]int64{1, 2, 3}, 5},
		"the third takes another value":               {restoring, takes{3: adjusts}, change.RolledBack, [3]int64{1, 2, 3}, 6},
		"the first says no, so nothing was changed":   {restoring, takes{1: refuses}, change.Rejected, [3]int64{1, 2, 3}, 1},
		"the third takes another value and keeps it":  {restoring, takes{3: adjusts, 4: refuses}, change.Partial, [3]int64{11, 12, 18}, 4},
		"the first takes another value and keeps it":  {restoring, takes{1: adjusts, 2: refuses}, change.Partial, [3]int64{16, 2, 3}, 2},
		"the first takes another value":               {restoring, takes{1: adjusts}, change.RolledBack, [3]int64{1, 2, 3}, 2},
		"the third says no and there is no plan":      {nil, takes{3: refuses}, change.Partial, [3]int64{11, 12, 3}, 3},
		"setting back is refused":                     {restoring, takes{3: refuses, 4: refuses}, change.Partial, [3]int64{11, 12, 3}, 4},
		"setting back gives another value":            {restoring, takes{3: refuses, 4: adjusts}, change.Partial, [3]int64{11, 7, 3}, 4},
		"the second setting back is refused":          {restoring, takes{3: refuses, 5: refuses}, change.Partial, [3]int64{11, 2, 3}, 5},
		"the device dies while it is set back":        {restoring, takes{3: refuses, 4: dies}, change.Unknown, [3]int64{11, 12, 3}, 4},
		"the device dies, and nothing more is tried":  {restoring, takes{2: dies}, change.Unknown, [3]int64{11, 2, 3}, 2},
		"nothing of the third leaves the console":     {restoring, takes{3: func(*box, drivers.Change) error { return drivers.ErrNotSent }}, change.RolledBack, [3]int64{1, 2, 3}, 5},
		"the driver falls over while it is set back":  {restoring, takes{3: refuses, 4: func(*box, drivers.Change) error { panic("late") }}, change.Unknown, [3]int64{11, 12, 3}, 4},
		"setting back is done but never acknowledged": {restoring, takes{3: refuses, 4: func(x *box, c drivers.Change) error { _ = holdsNow(x, c, 0); return context.DeadlineExceeded }}, change.RolledBack, [3]int64{1, 2, 3}, 5},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				x := newBox()
				if c.take != nil {
					x.take = c.take
				}
				r, err := b.ask(t, ctx, x, c.plan)
				if err != nil {
					t.Fatal(err)
				}
				result, err := b.carry(t, ctx, x, r)
				if err != nil || result.Outcome != c.want || len(x.writes) != c.writes {
					t.Errorf("outcome %q after %v, %v", result.Outcome, x.writes, err)
				}
				if got := [3]int64{x.holds["a"], x.holds["b"], x.holds["c"]}; got != c.holds {
					t.Errorf("the device holds %v", got)
				}
				if done := b.state(t, ctx, r.ID); done.Outcome != c.want || len(done.Steps) != 3 || done.Steps[0] != result.Steps[0] {
					t.Errorf("recorded %q, %+v", done.Outcome, done.Steps)
				}
			})
		})
	}
}

func TestWhatIsUnknownIsResolvedByReadingAndNeverByWriting(t *testing.T) {
	for sentence, c := range map[string]struct {
		take func(*box, drivers.Change) error
		then func(*box)
		want change.Outcome
	}{
		"it took the value before it died": {takesAndDies, func(*box) {}, change.Partial},
		"it did not take it":               {dies, func(*box) {}, change.Partial},
		"it holds something else":          {dies, func(x *box) { x.holds["b"] = 50 }, change.Partial},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				x := newBox()
				x.take[2] = c.take
				r, err := b.ask(t, ctx, x, nil)
				if err != nil {
					t.Fatal(err)
				}
				if result, err := b.carry(t, ctx, x, r); err != nil || result.Outcome != change.Unknown {
					t.Fatalf("%q, %v", result.Outcome, err)
				}
				x.dead = false
				_, err = b.ask(t, ctx, x, func(p *change.Proposal) { p.Changes = []drivers.Change{wants("c", 99)} })
				if wantFault(t, err, fault.WrongState); fault.SubjectOf(err) != r.ID {
					t.Errorf("the subject is %q", fault.SubjectOf(err))
				}
				x.dead = true
				if _, err := b.desk.Resolve(ctx, x, r.ID); err == nil || b.state(t, ctx, r.ID).Outcome != change.Unknown {
					t.Errorf("a device that does not answer: %v", err)
				}
				other := newBox()
				other.serial = "8"
				_, err = b.desk.Resolve(ctx, other, r.ID)
				wantFault(t, err, fault.OtherDevice)
				x.dead = false
				c.then(x)
				writes := len(x.writes)
				result, err := b.desk.Resolve(ctx, x, r.ID)
				if err != nil || result.Outcome != c.want || len(x.writes) != writes {
					t.Errorf("%q, %v, %d writes more", result.Outcome, err, len(x.writes)-writes)
				}
				if got := b.state(t, ctx, r.ID); got.Outcome != c.want || got.Steps[1].Outcome == change.Unknown {
					t.Errorf("recorded %q, %+v", got.Outcome, got.Steps)
				}
				_, err = b.desk.Resolve(ctx, x, r.ID)
				wantFault(t, err, fault.WrongState)
			})
		})
	}
}

func TestTheLastSettingThatWasTakenAfterAllIsVerifiedByReading(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		x.take[3] = takesAndDies
		r, err := b.ask(t, ctx, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := b.carry(t, ctx, x, r); err != nil || result.Outcome != change.Unknown {
			t.Fatalf("%q, %v", result.Outcome, err)
		}
		x.dead = false
		if result, err := b.desk.Resolve(ctx, x, r.ID); err != nil || result.Outcome != change.Verified || len(x.writes) != 3 {
			t.Errorf("%q, %v", result.Outcome, err)
		}
	})
}

func TestWhatADeviceTookInsteadIsAcceptedBySomebodyElseBeforeItIsChangedAgain(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		x.take[3] = adjusts
		r, err := b.ask(t, ctx, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := b.carry(t, ctx, x, r); err != nil || result.Outcome != change.Partial {
			t.Fatalf("%q, %v", result.Outcome, err)
		}
		only := func(changes ...drivers.Change) func(*change.Proposal) {
			return func(p *change.Proposal) { p.Changes = changes }
		}
		_, err = b.ask(t, ctx, x, only(wants("a", 20)))
		wantFault(t, err, fault.WrongState)
		if _, err := b.ask(t, ctx, x, only(wants("c", 13))); err != nil {
			t.Errorf("a correction of that very setting: %v", err)
		}
		wantFault(t, b.desk.Accept(ctx, b.robin, r.ID, "fine by me"), fault.SamePerson)
		wantFault(t, b.desk.Accept(ctx, b.kim, r.ID, ""), fault.NoReason)
		if err := b.desk.Accept(ctx, b.kim, r.ID, "The device rounds"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, b.desk.Accept(ctx, b.kim, r.ID, "again"), fault.WrongState)
		if got := b.state(t, ctx, r.ID); !got.Accepted {
			t.Error("it is not accepted")
		}
		if _, err := b.ask(t, ctx, x, only(wants("a", 20))); err != nil {
			t.Error(err)
		}
	})
}

func TestAPatientOnTheDeviceIsWaivedByBothForOneRequest(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		r, err := b.ask(t, ctx, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		x.inUse = true
		_, err = b.carry(t, ctx, x, r)
		wantFault(t, err, fault.InUse)
		lee := b.enrol(t, ctx) // who has nothing to do with it
		for _, pair := range [][2]*people.Signer{{b.robin, b.robin}, {b.kim, b.kim}, {b.robin, nil}, {b.robin, lee}, {lee, b.kim}} {
			if err := b.desk.Waive(ctx, pair, r.ID, "A simulator"); err == nil {
				t.Error("one person waives")
			}
		}
		wantFault(t, b.desk.Waive(ctx, [2]*people.Signer{b.kim, b.robin}, r.ID, ""), fault.NoReason)
		if err := b.desk.Waive(ctx, [2]*people.Signer{b.kim, b.robin}, r.ID, "A simulator lung"); err != nil {
			t.Fatal(err)
		}
		other, err := b.ask(t, ctx, x, func(p *change.Proposal) { p.Changes = p.Changes[:1] })
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.carry(t, ctx, x, other)
		wantFault(t, err, fault.InUse)
		if result, err := b.carry(t, ctx, x, b.state(t, ctx, r.ID)); err != nil || result.Outcome != change.Verified {
			t.Errorf("%q, %v", result.Outcome, err)
		}
	})
}

func TestADeviceWithoutANumberIsKnownByTheTagThatBothReadOffIt(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		x.serial = ""
		_, err := b.ask(t, ctx, x, nil)
		wantFault(t, err, fault.WeakIdentity)
		tagged := func(p *change.Proposal) { p.AssetTag = "A 00017" }
		r, err := b.ask(t, ctx, x, tagged)
		if err != nil {
			t.Fatal(err)
		}
		wantFault(t, b.desk.Comment(ctx, b.robin, r.ID, "It says A 00017 on it"), fault.Mismatch)
		if !r.TagHidden(b.kim.ID) || r.TagHidden(b.robin.ID) {
			t.Error("the tag is shown to whoever has yet to read it off the device, or hidden from who did")
		}
		for _, wrong := range [][]change.Entry{nil, {{Setting: change.AssetTag, Value: "A 00018"}}} {
			other, err := b.ask(t, ctx, x, tagged)
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.desk.Compare(ctx, b.kim.Person, other.ID, wrong)
			wantFault(t, err, fault.Mismatch)
			if fault.SubjectOf(err) != string(change.AssetTag) {
				t.Errorf("the subject is %q", fault.SubjectOf(err))
			}
		}
		if result, err := b.carry(t, ctx, x, r); err != nil || result.Outcome != change.Verified {
			t.Errorf("%q, %v", result.Outcome, err)
		}
		if b.state(t, ctx, r.ID).TagHidden(b.kim.ID) {
			t.Error("what a person entered is hidden from them")
		}
		numbered := newBox()
		_, err = b.ask(t, ctx, numbered, tagged)
		wantFault(t, err, fault.WeakIdentity)
		again, err := b.ask(t, ctx, x, func(p *change.Proposal) { tagged(p); p.Changes = []drivers.Change{wants("a", 30)} })
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.carry(t, ctx, numbered, again) // it turns out to have a number
		wantFault(t, err, fault.OtherDevice)
	})
}

// standing makes Robin and Kim sign a template: a=11, b=12.
func (b *bench) standing(t *testing.T, ctx context.Context, x *box, days int) change.Template {
	t.Helper()
	description, _ := x.Describe(ctx)
	text, err := b.desk.PrepareTemplate(ctx, change.TemplateDraft{Name: "Step-down", Driver: x.Driver(), Identity: x.Identity(), Description: description,
		Values: []drivers.Change{wants("a", 11), wants("b", 12)}, Reason: "Committee", Days: days}, [2]people.Person{b.robin.Person, b.kim.Person})
	if err == nil {
		err = b.desk.RecordTemplate(ctx, text, [2]*people.Signer{b.robin, b.kim})
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := b.desk.Templates(ctx)
	if err != nil || len(all) == 0 || all[0].State != change.InForce || all[0].Digest != statement.Digest([]byte(text)) {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func TestATemplateStandsForTwoPersonsOverItsExactValues(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		template := b.standing(t, ctx, x, 30)
		by := func(changes ...drivers.Change) func(*change.Proposal) {
			return func(p *change.Proposal) { p.Template, p.Changes = template.ID, changes }
		}
		_, err := b.ask(t, ctx, x, by(wants("a", 10)))
		wantFault(t, err, fault.Mismatch)
		_, err = b.ask(t, ctx, x, by(wants("a", 11), wants("c", 13)))
		wantFault(t, err, fault.Mismatch)
		_, err = b.ask(t, ctx, x, func(p *change.Proposal) { p.Template = "01K6Z2Q8M3V7T9A0B1C2D3E4F7" })
		wantFault(t, err, fault.NotFound)
		_, err = b.ask(t, ctx, x, func(p *change.Proposal) { by(wants("a", 11))(p); p.Identity.Firmware = "2.0" })
		wantFault(t, err, fault.OtherDevice)
		r, err := b.ask(t, ctx, x, by(wants("a", 11), wants("b", 12)))
		if err != nil || r.State != change.Approved || len(r.Approvals) != 0 {
			t.Fatalf("%s, %v", r.State, err)
		}
		if result, err := b.carry(t, ctx, x, r); err != nil || result.Outcome != change.Verified {
			t.Errorf("%q, %v", result.Outcome, err)
		}
		_, err = b.carry(t, ctx, x, b.state(t, ctx, r.ID))
		wantFault(t, err, fault.Consumed)
	})
}

func TestATemplateThatEndedSinceApprovesNothing(t *testing.T) {
	for sentence, c := range map[string]struct {
		since func(*testing.T, context.Context, *bench, change.Template)
		want  fault.Kind
	}{
		"somebody ended it": {func(t *testing.T, ctx context.Context, b *bench, s change.Template) {
			wantFault(t, b.desk.EndTemplate(ctx, b.kim, s.ID, ""), fault.NoReason)
			if err := b.desk.EndTemplate(ctx, b.kim, s.ID, "New guideline"); err != nil {
				t.Fatal(err)
			}
			wantFault(t, b.desk.EndTemplate(ctx, b.kim, s.ID, "again"), fault.WrongState)
		}, fault.WrongState},
		"one of its signers was suspended": {func(t *testing.T, ctx context.Context, b *bench, _ change.Template) {
			c, err := b.roster.PrepareSuspend(ctx, b.kim.Person, "Away", b.robin.Person)
			if err == nil {
				err = b.roster.Complete(ctx, c, b.robin)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, fault.NotAllowed},
		"the rules want more than its signers": {func(t *testing.T, ctx context.Context, b *bench, _ change.Template) {
			lines := []string{"cosmetic propose any approve any seat any entry read", "operational propose technician approve pharmacy seat any entry read"}
			b.governAll(t, ctx, lines)
		}, fault.NotAllowed},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				x := newBox()
				template := b.standing(t, ctx, x, 30)
				use := func(p *change.Proposal) { p.Template, p.Changes = template.ID, []drivers.Change{wants("a", 11)} }
				r, err := b.ask(t, ctx, x, use)
				if err != nil {
					t.Fatal(err)
				}
				c.since(t, ctx, b, template)
				_, err = b.carry(t, ctx, x, r)
				wantFault(t, err, c.want)
				_, err = b.ask(t, ctx, x, use)
				wantFault(t, err, c.want)
				if len(x.writes) > 0 {
					t.Errorf("%v was written", x.writes)
				}
			})
		})
	}
}

func TestATemplateIsOverAfterItsDaysAndBeforeItsTime(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		template := b.standing(t, ctx, x, 30)
		use := func(p *change.Proposal) { p.Template, p.Changes = template.ID, []drivers.Change{wants("a", 11)} }
		b.clock.Advance(31 * 24 * time.Hour)
		_, err := b.ask(t, ctx, x, use)
		wantFault(t, err, fault.Expired)
	})
}

func TestTheIntentOfAResolvedChangeIsNoGrant(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		x.take[1] = func(x *box, c drivers.Change) error { x.dead = true; return errors.New("line broke") }
		r, err := b.ask(t, ctx, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.carry(t, ctx, x, r); err != nil {
			t.Fatal(err)
		}
		x.dead = false
		if result, err := b.desk.Resolve(ctx, x, r.ID); err != nil || result.Outcome != change.Rejected {
			t.Errorf("%q, %v", result.Outcome, err)
		}
		_, err = b.carry(t, ctx, x, b.state(t, ctx, r.ID))
		wantFault(t, err, fault.Consumed)
	})
}

func TestAResultThatComesTooLateIsRefusedByTheDatabase(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		r, err := b.ask(t, ctx, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.carry(t, ctx, x, r); err != nil {
			t.Fatal(err)
		}
		for kind, pairs := range map[string][]string{
			"change.resolved": {"outcome", "unknown"}, "change.waived": nil, "change.outcome": {"outcome", "rejected"}, "change.intent": nil,
		} {
			draft := audit.Draft{Kind: kind, Actor: b.robin.Actor()}
			draft.Body.Set("request", r.ID)
			for i := 0; i < len(pairs); i += 2 {
				draft.Body.Set(pairs[i], pairs[i+1])
			}
			if _, err := b.log.Append(ctx, draft); !errors.Is(err, audit.ErrConflict) {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if got := b.state(t, ctx, r.ID); got.Outcome != change.Verified || got.Waived {
			t.Errorf("%q", got.Outcome)
		}
	})
}
