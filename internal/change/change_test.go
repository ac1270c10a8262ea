package change_test

import (
	"context"
	"crypto/ed25519"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/session"
	"countersign/internal/store"
)

const serial = "B355987654"

// bench is a console with two people, an idle simulated monitor, and the real database.
type bench struct {
	clock      *clock.Fake
	db         *store.DB
	log        *audit.Log
	roster     *people.Roster
	desk       *change.Desk
	robin, kim *people.Signer // technician and nurse
	unit       *capnostream20.Unit
	device     *session.Device
}

// pocket keeps keys nowhere: these tests are not about key files.
type pocket struct{}

func (pocket) Save(string, ed25519.PrivateKey, string) error { return nil }
func (pocket) Remove(string)                                 {}

// at sets a bench up in a bubble, in which a monitor's seconds take no time.
func at(t *testing.T, use func(ctx context.Context, b *bench)) {
	t.Helper()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := &bench{clock: clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), unit: capnostream20.NewUnit(serial)}
		b.start(t, ctx, folder)
		founded, err := b.roster.Found(ctx, pocket{}, [2]people.Founder{
			{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
			{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
		})
		if err != nil {
			t.Fatal(err)
		}
		b.robin, b.kim = founded.Signers[0], founded.Signers[1]
		b.connect(t, ctx)
		use(ctx, b)
		b.device.Close()
		if _, err := b.log.Verify(ctx, b.roster.Check, func(int64, int64) {}); err != nil {
			t.Errorf("afterwards the log does not verify: %v", err)
		}
		b.db.Close()
		synctest.Wait()
	})
}

// start opens the database and what stands on it, as a console does.
func (b *bench) start(t *testing.T, ctx context.Context, folder string) {
	t.Helper()
	var err error
	if b.db, err = store.Open(ctx, folder, "test/bench", change.Projection(), breakglass.Projection()); err != nil {
		t.Fatal(err)
	}
	if b.log, err = audit.Open(ctx, b.db, b.clock); err != nil {
		t.Fatal(err)
	}
	if b.roster, err = people.Load(ctx, b.log); err != nil {
		t.Fatal(err)
	}
	b.desk = change.NewDesk(b.log, b.db, b.roster, "bench", "test")
}

func (b *bench) open(ctx context.Context, _ drivers.Endpoint, _ drivers.Line) (drivers.Conn, error) {
	return sim.Connect(context.WithoutCancel(ctx), b.unit), nil
}

func (b *bench) connect(t *testing.T, ctx context.Context) {
	t.Helper()
	conn, _ := b.open(ctx, drivers.Endpoint{}, drivers.Line{})
	id, err := capnostream20.Driver{}.Probe(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	b.device, err = session.Start(ctx, b.open, drivers.Endpoint{Scheme: "serial", Address: "sim", Label: "sim"}, capnostream20.Driver{}, conn, id)
	if err != nil {
		t.Fatal(err)
	}
}

func wants(id drivers.SettingID, n int64) drivers.Change {
	return drivers.Change{Setting: id, Wanted: drivers.IntegerValue(n)}
}

// proposal reads the device and drafts a change of it.
func (b *bench) proposal(t *testing.T, ctx context.Context, changes ...drivers.Change) change.Proposal {
	t.Helper()
	description, err := b.device.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := b.device.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return change.Proposal{
		Driver: capnostream20.Driver{}, Identity: b.device.Identity(), Description: description, Snapshot: snapshot,
		Changes: changes, Reason: "Ward policy 2026-14",
	}
}

// proposed makes Robin request EtCO2 high 50 -> 45, or other changes.
func (b *bench) proposed(t *testing.T, ctx context.Context, changes ...drivers.Change) change.Request {
	t.Helper()
	if len(changes) == 0 {
		changes = []drivers.Change{wants("alarm.etco2.high", 45)}
	}
	r, err := b.desk.Propose(ctx, b.robin, b.proposal(t, ctx, changes...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// approved makes Kim enter the same values and sign.
func (b *bench) approved(t *testing.T, ctx context.Context, changes ...drivers.Change) change.Request {
	t.Helper()
	r := b.proposed(t, ctx, changes...)
	var entries []change.Entry
	for _, l := range r.Set {
		entries = append(entries, change.Entry{Setting: l.ID, Value: l.Wanted})
	}
	agreed, err := b.desk.Compare(ctx, b.kim.Person, r.ID, entries)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.desk.Approve(ctx, b.kim, agreed); err != nil {
		t.Fatal(err)
	}
	return r
}

func (b *bench) execute(ctx context.Context, id string) (change.Result, error) {
	auth, err := b.desk.Grant(ctx, b.robin.Actor(), id, b.device.Driver())
	if err != nil {
		return change.Result{}, err
	}
	return change.Execute(ctx, auth, b.device, nil)
}

func (b *bench) state(t *testing.T, ctx context.Context, id string) change.Request {
	t.Helper()
	r, err := b.desk.Request(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantFault(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind)
	}
}

func TestAChangeThatTwoPersonsMadeIsWrittenAndVerified(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		result, err := b.execute(ctx, r.ID)
		if err != nil || result.Outcome != change.Verified {
			t.Fatalf("outcome %q, %v", result.Outcome, err)
		}
		if got := b.unit.Limit(6); got != 45 {
			t.Errorf("the monitor holds %d", got)
		}
		done := b.state(t, ctx, r.ID)
		if done.State != change.Done || done.Outcome != change.Verified || len(done.Steps) != 1 || done.Steps[0].AsFound != "50" || done.Steps[0].AsLeft != "45" {
			t.Errorf("recorded: %+v", done)
		}
	})
}

func TestTheIntentIsRecordedBeforeTheActAndTheOutcomeAfterIt(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		var held byte
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		_, err = change.Execute(ctx, auth, b.device, func(done int, _ []change.Step) {
			if done == 0 { // the first step is about to be sent
				held = b.unit.Limit(6)
				if got := b.state(t, ctx, r.ID).State; got != change.Applying {
					t.Errorf("before the first byte the request is %s", got)
				}
			}
		})
		if err != nil || held != 50 {
			t.Errorf("before the first byte the monitor held %d; %v", held, err)
		}
	})
}

func TestTheProposerCannotApprove(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		_, err := b.desk.Compare(ctx, b.robin.Person, r.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "45"}})
		wantFault(t, err, fault.SamePerson)
		wantFault(t, b.desk.Refuse(ctx, b.robin, r.ID, "changed my mind"), fault.SamePerson)
		_, err = b.execute(ctx, r.ID)
		wantFault(t, err, fault.WrongState)
		if got := b.unit.Limit(6); got != 50 {
			t.Errorf("the monitor holds %d", got)
		}
	})
}

func TestWhatOnePersonAgreedToAnotherCannotSign(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		agreed, err := b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "45"}})
		if err != nil {
			t.Fatal(err)
		}
		wantFault(t, b.desk.Approve(ctx, b.robin, agreed), fault.NotSignedIn)
		wantFault(t, b.desk.Approve(ctx, nil, agreed), fault.NotSignedIn)
		b.kim.Lock()
		wantFault(t, b.desk.Approve(ctx, b.kim, agreed), fault.NotSignedIn)
	})
}

func TestASecondExecutionIsRefused(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		first, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.desk.Grant(ctx, b.kim.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		outcomes := make(chan error, 2)
		for _, auth := range []change.Authorization{first, second} { // two clicks at once
			go func() {
				_, err := change.Execute(ctx, auth, b.device, nil)
				outcomes <- err
			}()
		}
		var failures []error
		for range 2 {
			if err := <-outcomes; err != nil {
				failures = append(failures, err)
			}
		}
		if len(failures) != 1 {
			t.Fatalf("of two clicks %d failed: %v", len(failures), failures)
		}
		// The second sees the new value, or the consumed grant, depending on how far the first was.
		if !fault.Is(failures[0], fault.Consumed) && !fault.Is(failures[0], fault.Superseded) {
			t.Errorf("the second click got %v", failures[0])
		}
		_, err = b.execute(ctx, r.ID)
		wantFault(t, err, fault.Consumed)
	})
}
