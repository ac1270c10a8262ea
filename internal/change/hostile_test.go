package change_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/store"
)

// disk is the real database on a disk that a test can fill. It counts the records of each transaction.
type disk struct {
	*store.DB
	mu       sync.Mutex
	full     bool
	together []int
}

func (d *disk) Append(ctx context.Context, records []audit.Record, after audit.State) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return fault.New(fault.LogFull, d.Path(), nil)
	}
	d.together = append(d.together, len(records))
	return d.DB.Append(ctx, records, after)
}

func (d *disk) fill(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

// on puts the bench's log on such a disk.
func (b *bench) on(t *testing.T, ctx context.Context) *disk {
	t.Helper()
	d := &disk{DB: b.db}
	var err error
	if b.log, err = audit.Open(ctx, d, b.clock); err != nil {
		t.Fatal(err)
	}
	if b.roster, err = people.Load(ctx, b.log); err != nil {
		t.Fatal(err)
	}
	b.desk = change.NewDesk(b.log, b.db, b.roster, "bench", "test")
	return d
}

func TestAnApprovalThatExpiresWhileTheDeviceIsAskedIsNotUsed(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(change.ValidFor + time.Second)
		_, err = change.Execute(ctx, auth, b.device, nil)
		wantFault(t, err, fault.Expired)
		if got := b.unit.Limit(6); got != 50 {
			t.Errorf("the monitor holds %d", got)
		}
		if got := b.state(t, ctx, r.ID).State; got != change.Expired {
			t.Errorf("the request is %s", got)
		}
	})
}

func TestAnOutcomeThatAFullDiskRefusesIsRecordedOnceThereIsRoom(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		d := b.on(t, ctx)
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		result, err := change.Execute(ctx, auth, b.device, func(int, []change.Step) { d.fill(true) })
		wantFault(t, err, fault.LogFull)
		if result.Outcome != change.Verified || result.Steps[0].AsLeft != "45" {
			t.Errorf("the person is told %q, %+v", result.Outcome, result.Steps)
		}
		if got := b.state(t, ctx, r.ID); got.State != change.Applying || got.Outcome != "" {
			t.Errorf("with the disk full the request is %s, %q", got.State, got.Outcome)
		}
		wantFault(t, b.desk.Settle(ctx), fault.LogFull)
		d.fill(false)
		if got := b.state(t, ctx, r.ID); got.State != change.Done || got.Outcome != change.Verified || got.Steps[0].AsLeft != "45" {
			t.Errorf("with room again the request is %s, %q", got.State, got.Outcome)
		}
		size := b.log.Head().Size
		if err := b.desk.Settle(ctx); err != nil || b.log.Head().Size != size {
			t.Errorf("the outcome is recorded twice: %v", err)
		}
	})
}

func TestAnIntentThatAFullDiskRefusesSendsNothing(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		d := b.on(t, ctx)
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		d.fill(true)
		_, err = change.Execute(ctx, auth, b.device, func(int, []change.Step) { t.Error("a step began") })
		wantFault(t, err, fault.LogFull)
		d.fill(false)
		if got := b.state(t, ctx, r.ID).State; got != change.Approved || b.unit.Limit(6) != 50 {
			t.Errorf("the request is %s and the monitor holds %d", got, b.unit.Limit(6))
		}
	})
}

// late is a query that lets something happen between its answer and its return.
type late struct {
	db        audit.Query
	meanwhile func()
}

func (l *late) Query(ctx context.Context, scan func(func(...any) error) error, sql string, args ...any) error {
	err := l.db.Query(ctx, scan, sql, args...)
	if then := l.meanwhile; then != nil {
		l.meanwhile = nil
		then()
	}
	return err
}

func TestTwoScreensMayFindOneRequestExpired(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		b.clock.Advance(change.ValidFor + time.Second)
		other := change.NewDesk(b.log, &late{b.db, func() { b.state(t, ctx, r.ID) }}, b.roster, "bench", "test")
		all, err := other.Requests(ctx)
		if err != nil || len(all) != 1 || all[0].State != change.Expired {
			t.Errorf("%+v, %v", all, err)
		}
	})
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		withdrawn := func() {
			if err := b.desk.Withdraw(ctx, b.robin, r.ID); err != nil {
				t.Fatal(err)
			}
			b.clock.Advance(change.ValidFor + time.Second)
		}
		other := change.NewDesk(b.log, &late{b.db, sync.OnceFunc(withdrawn)}, b.roster, "bench", "test")
		if all, err := other.Requests(ctx); err != nil || len(all) != 1 || all[0].State != change.Withdrawn {
			t.Errorf("withdrawn just before its end: %+v, %v", all, err)
		}
	})
}

func TestGuessesAtOnceAreNoMoreThanTwo(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		d := b.on(t, ctx)
		r := b.proposed(t, ctx)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "44"}})
				if !fault.Is(err, fault.Mismatch) && !fault.Is(err, fault.Returned) {
					t.Errorf("a guess got %v", err)
				}
			})
		}
		all.Wait()
		if got := b.state(t, ctx, r.ID); got.State != change.Returned || got.Tries != 2 {
			t.Errorf("the request is %s after %d tries", got.State, got.Tries)
		}
		if last := d.together[len(d.together)-1]; last != 2 {
			t.Error("a crash between the second difference and the return would leave a third try")
		}
	})
}

func TestWhatNobodyEnteredStaysHidden(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		returned, withdrawn, approved := b.proposed(t, ctx), b.proposed(t, ctx), b.approved(t, ctx)
		for range 2 {
			_, _ = b.desk.Compare(ctx, b.kim.Person, returned.ID, nil)
		}
		if err := b.desk.Withdraw(ctx, b.robin, withdrawn.ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{returned.ID, withdrawn.ID} {
			if r := b.state(t, ctx, id); r.State.Open() || !r.Hidden(b.kim.ID) || r.Hidden(b.robin.ID) {
				t.Errorf("the values of a request that is %s are shown to the wrong person", r.State)
			}
		}
		if b.state(t, ctx, approved.ID).Hidden(b.kim.ID) {
			t.Error("what a person entered is hidden from them")
		}
	})
}

func TestALaterAttemptDoesNotChangeWhatWasRecorded(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		second, err := b.desk.Grant(ctx, b.kim.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.execute(ctx, r.ID); err != nil {
			t.Fatal(err)
		}
		set(t, b, sim.Swap, 1)
		_, err = change.Execute(ctx, second, b.device, nil)
		wantFault(t, err, fault.OtherDevice)
		if done := b.state(t, ctx, r.ID); done.State != change.Done || done.Outcome != change.Verified || done.Why != "" {
			t.Errorf("the request is now %s, %s, %q", done.State, done.Outcome, done.Why)
		}
	})
}

// thing is a device with one setting, which does to a write whatever a test says.
type thing struct {
	drivers.Session
	holds, unit string
	write       func(*thing) error
	read        func()
}

const pressure drivers.SettingID = "pressure"

// things is the driver of such devices.
type things struct{ drivers.Driver }

func (things) About() drivers.About { return drivers.About{ID: "test/thing", Reviewed: true} }

func (*thing) Identity() drivers.Identity {
	return drivers.Identity{Manufacturer: "Example", Model: "Thing", Serial: "1"}
}
func (*thing) Reidentify(context.Context) error { return nil }
func (*thing) Driver() drivers.Driver           { return things{} }
func (x *thing) Exclusive(ctx context.Context, do func(context.Context, drivers.Session) error) error {
	return do(ctx, x)
}
func (*thing) Describe(context.Context) (drivers.Description, error) {
	return drivers.Description{Settings: []drivers.Setting{{
		ID: pressure, Label: "Pressure", Kind: drivers.Decimals, Unit: "Pa", Max: drivers.Int(10), Tolerance: drivers.Dec(5, 1), Writable: true, Risk: drivers.Operational,
	}}}, nil
}
func (x *thing) Read(context.Context, ...drivers.SettingID) (drivers.Snapshot, error) {
	if x.read != nil {
		x.read()
	}
	v, err := drivers.ParseValue(drivers.Decimals, x.holds)
	return drivers.NewSnapshot([]drivers.Reading{{ID: pressure, Value: v, Unit: x.unit}}), err
}
func (x *thing) Write(context.Context, drivers.Change) error { return x.write(x) }

func TestOnlyWhatTheDeviceShowsAfterwardsIsVerified(t *testing.T) {
	holds := func(value string, err error) func(*thing) error {
		return func(x *thing) error { x.holds = value; return err }
	}
	for sentence, c := range map[string]struct {
		write func(*thing) error
		want  change.Outcome
		fault fault.Kind
	}{
		"the wanted value":                                  {holds("5.3", nil), change.Verified, ""},
		"a value within the tolerance":                      {holds("5.2", nil), change.Verified, ""},
		"the old value, which is within the tolerance":      {holds("5", nil), change.Rejected, ""},
		"the old value after a no":                          {holds("5", drivers.ErrRefused), change.Rejected, fault.Refused},
		"the old value without an answer":                   {holds("5", context.DeadlineExceeded), change.Unknown, fault.Silent},
		"the wanted value without an answer":                {holds("5.3", context.DeadlineExceeded), change.Verified, ""},
		"a third value":                                     {holds("9", nil), change.Adjusted, ""},
		"the wanted number in another unit":                 {func(x *thing) error { x.holds, x.unit = "5.3", "kPa"; return nil }, change.Unknown, fault.Garbled},
		"the old value after the driver fell over":          {func(*thing) error { panic("index out of range") }, change.Unknown, fault.Internal},
		"the wanted value after the driver fell over":       {func(x *thing) error { x.holds = "5.3"; panic("late") }, change.Verified, ""},
		"nothing, because the driver fell over reading":     {func(x *thing) error { x.read = func() { panic("reading") }; return nil }, change.Unknown, fault.Internal},
		"what it held, because nothing left":                {func(*thing) error { return drivers.ErrNotSent }, change.NotSent, fault.PortGone},
		"the old value, because the line ended in the call": {func(*thing) error { return errors.New("broken pipe") }, change.Unknown, fault.PortGone},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				x := &thing{holds: "5", unit: "Pa", write: c.write}
				description, _ := x.Describe(ctx)
				snapshot, _ := x.Read(ctx)
				wanted := drivers.Number(drivers.Decimals, drivers.Dec(53, 1))
				r, err := b.desk.Propose(ctx, b.robin, change.Proposal{
					Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot, Reason: "Room check",
					Changes: []drivers.Change{{Setting: pressure, Wanted: wanted}},
				})
				if err != nil {
					t.Fatal(err)
				}
				agreed, err := b.desk.Compare(ctx, b.kim.Person, r.ID, nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := b.desk.Approve(ctx, b.kim, agreed); err != nil {
					t.Fatal(err)
				}
				auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, x.Driver())
				if err != nil {
					t.Fatal(err)
				}
				result, err := change.Execute(ctx, auth, x, nil)
				if err != nil || result.Outcome != c.want || result.Steps[0].Fault != c.fault {
					t.Errorf("outcome %q (%s), %v", result.Outcome, result.Steps[0].Fault, err)
				}
				if done := b.state(t, ctx, r.ID); done.State != change.Done || done.Outcome != c.want {
					t.Errorf("recorded: %s, %s", done.State, done.Outcome)
				}
			})
		})
	}
}

// TestADamagedOldRequestDoesNotKeepTheConsoleFromOpening: the list says what is wrong with it, and the start goes on.
func TestADamagedOldRequestDoesNotKeepTheConsoleFromOpening(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		approved := b.approved(t, ctx)
		var note string
		err := b.log.Each(ctx, 0, func(record audit.Record) error {
			if record.Kind == "change.approved" {
				note = record.Stmt
			}
			return nil
		})
		if err != nil || note == "" {
			t.Fatalf("no approval is recorded: %v", err)
		}
		damaged := audit.Draft{Kind: "change.requested", Actor: b.robin.Actor(), Stmt: note} // no request at all
		damaged.Body.Set("request", "DAMAGED")
		damaged.Body.Set("nonce", "DAMAGED")
		intent := audit.Draft{Kind: "change.intent", Actor: b.robin.Actor()}
		intent.Body.Set("request", approved.ID)
		if _, err := b.log.Append(ctx, damaged, intent); err != nil {
			t.Fatal(err)
		}
		if n, err := b.desk.Recover(ctx); n != 1 || err != nil {
			t.Errorf("closed %d, %v", n, err)
		}
		_, err = b.desk.Requests(ctx)
		wantFault(t, err, fault.Signature)
	})
}
