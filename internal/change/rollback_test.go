package change_test

import (
	"context"
	"testing"

	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// shelf is a device with two settings, which does to each write in turn whatever a test says.
type shelf struct {
	thing
	values map[drivers.SettingID]string
	writes int
	mute   bool
	plan   []func(x *shelf, c drivers.Change) error
}

func (x *shelf) Exclusive(ctx context.Context, do func(context.Context, drivers.Session) error) error {
	return do(ctx, x)
}

func (x *shelf) Describe(context.Context) (drivers.Description, error) {
	var d drivers.Description
	for _, id := range []drivers.SettingID{"first", "second"} {
		d.Settings = append(d.Settings, drivers.Setting{ID: id, Label: string(id), Kind: drivers.Decimals, Unit: "Pa", Max: drivers.Int(10), Writable: true, Risk: drivers.Operational})
	}
	return d, nil
}

func (x *shelf) Read(context.Context, ...drivers.SettingID) (drivers.Snapshot, error) {
	if x.mute {
		return drivers.Snapshot{}, context.DeadlineExceeded
	}
	var all []drivers.Reading
	for _, id := range []drivers.SettingID{"first", "second"} {
		v, err := drivers.ParseValue(drivers.Decimals, x.values[id])
		if err != nil {
			return drivers.Snapshot{}, err
		}
		all = append(all, drivers.Reading{ID: id, Value: v, Unit: "Pa"})
	}
	return drivers.NewSnapshot(all), nil
}

func (x *shelf) Write(_ context.Context, c drivers.Change) error {
	x.writes++
	return x.plan[x.writes-1](x, c)
}

func takes(x *shelf, c drivers.Change) error  { x.values[c.Setting] = c.Wanted.String(); return nil }
func denies(*shelf, drivers.Change) error     { return drivers.ErrRefused }
func bends(x *shelf, c drivers.Change) error  { x.values[c.Setting] = "9"; return nil }
func silent(x *shelf, _ drivers.Change) error { x.mute = true; return context.DeadlineExceeded }

// shelved has two persons sign first 1 -> 3 and second 2 -> 4, to be set back on failure, and carries it out.
func (b *bench) shelved(t *testing.T, ctx context.Context, x *shelf) (change.Request, change.Result) {
	t.Helper()
	x.values = map[drivers.SettingID]string{"first": "1", "second": "2"}
	description, _ := x.Describe(ctx)
	snapshot, _ := x.Read(ctx)
	wanted := func(n int64) drivers.Value { return drivers.Number(drivers.Decimals, drivers.Int(n)) }
	r, err := b.desk.Propose(ctx, b.robin, change.Proposal{
		Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot, Reason: "Room check", OnFailure: statement.RollBack,
		Changes: []drivers.Change{{Setting: "first", Wanted: wanted(3)}, {Setting: "second", Wanted: wanted(4)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.approve(t, ctx, b.kim, r); err != nil && !fault.Is(err, fault.Mismatch) {
		t.Fatal(err)
	}
	auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, x.Driver())
	if err != nil {
		t.Fatal(err)
	}
	result, err := change.Execute(ctx, auth, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.state(t, ctx, r.ID), result
}

func TestAFailedChangeIsSetBackAndNothingThatFailedIsCalledVerified(t *testing.T) {
	type plan = []func(*shelf, drivers.Change) error
	for sentence, c := range map[string]struct {
		plan   plan
		want   change.Outcome
		writes int
	}{
		"both are taken":                         {plan{takes, takes}, change.Verified, 2},
		"the second is refused":                  {plan{takes, denies, takes}, change.RolledBack, 3},
		"the second is bent":                     {plan{takes, bends, takes, takes}, change.RolledBack, 4},
		"the second is bent and stays":           {plan{takes, bends, denies}, change.Partial, 3},
		"the way back is refused":                {plan{takes, denies, denies}, change.Partial, 3},
		"the way back is bent":                   {plan{takes, denies, bends}, change.Partial, 3},
		"the device stops to answer on the way":  {plan{takes, silent}, change.Unknown, 2},
		"the device stops to answer on the back": {plan{takes, denies, silent}, change.Unknown, 3},
		"the first is refused":                   {plan{denies}, change.Rejected, 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				x := &shelf{plan: c.plan}
				r, result := b.shelved(t, ctx, x)
				if result.Outcome != c.want || r.Outcome != c.want || x.writes != c.writes {
					t.Errorf("%q, recorded %q, after %d writes: %+v", result.Outcome, r.Outcome, x.writes, result.Steps)
				}
			})
		})
	}
}

func TestWhatIsUnknownIsResolvedByReadingAndNothingIsWritten(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		x := &shelf{plan: []func(*shelf, drivers.Change) error{takes, silent}}
		r, _ := b.shelved(t, ctx, x)
		if result, err := b.desk.Resolve(ctx, x, r.ID); err == nil || result.Outcome != change.Unknown {
			t.Errorf("a device that does not answer: %q, %v", result.Outcome, err)
		}
		x.mute, x.values["second"] = false, "4"
		result, err := b.desk.Resolve(ctx, x, r.ID)
		if err != nil || result.Outcome != change.Verified || x.writes != 2 {
			t.Errorf("%q after %d writes, %v", result.Outcome, x.writes, err)
		}
		_, err = b.desk.Resolve(ctx, x, r.ID)
		wantFault(t, err, fault.WrongState)
	})
}
