package change_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// slip puts a record into the log as if nothing had been checked, with a statement that signer really signed.
func (b *bench) slip(t *testing.T, ctx context.Context, kind, request string, signer *people.Signer, s statement.Statement, pairs ...string) {
	t.Helper()
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	draft := audit.Draft{Kind: kind, Actor: signer.Actor()}
	if draft.Stmt, err = signer.Sign(text); err != nil {
		t.Fatal(err)
	}
	draft.Body.Set("request", request)
	for i := 0; i < len(pairs); i += 2 {
		draft.Body.Set(pairs[i], pairs[i+1])
	}
	if _, err := b.log.Append(ctx, draft); err != nil {
		t.Fatal(err)
	}
}

func approvalOf(r change.Request, signer *people.Signer) statement.Approval {
	text, _, _ := strings.Cut(r.Note, "\n\n")
	return statement.Approval{
		ID: r.ID, Signer: signer.Stated(), Time: r.Time, Request: statement.Digest([]byte(text + "\n")), Set: r.Set, Nonce: r.ExecuteOn.Nonce, Log: r.Log,
	}
}

// TestWhatSlippedIntoTheLogIsNoGrant checks what the log says against what was signed, as if every earlier check had been
// passed by.
func TestWhatSlippedIntoTheLogIsNoGrant(t *testing.T) {
	for sentence, c := range map[string]struct {
		by    func(*bench) *people.Signer
		spoil func(*statement.Approval)
		want  fault.Kind
	}{
		"the proposer's own approval": {func(b *bench) *people.Signer { return b.robin }, func(*statement.Approval) {}, fault.SamePerson},
		"an approval of other values": {func(b *bench) *people.Signer { return b.kim }, func(a *statement.Approval) {
			a.Set = append([]statement.SetLine(nil), a.Set...)
			a.Set[0].Wanted = "54"
		}, fault.Signature},
		"an approval of another text":   {func(b *bench) *people.Signer { return b.kim }, func(a *statement.Approval) { a.Request[0]++ }, fault.Signature},
		"an approval with another once": {func(b *bench) *people.Signer { return b.kim }, func(a *statement.Approval) { a.Nonce, _ = statement.NewNonce(rand.Reader) }, fault.Signature},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				r, by := b.proposed(t, ctx), c.by(b)
				approval := approvalOf(r, by)
				c.spoil(&approval)
				b.slip(t, ctx, "change.approved", r.ID, by, approval)
				_, err := b.execute(ctx, r.ID)
				wantFault(t, err, c.want)
				if got := b.unit.Limit(6); got != 50 {
					t.Errorf("the monitor holds %d", got)
				}
			})
		})
	}
}

func TestAValueThatTheDeviceDoesNotAllowIsNotWrittenEvenIfTwoSignedIt(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		s := b.proposed(t, ctx).Request
		s.ID, _ = statement.NewID(s.Time.Wall, rand.Reader)
		s.ExecuteOn.Nonce, _ = statement.NewNonce(rand.Reader)
		s.Set = []statement.SetLine{s.Set[0]}
		s.Set[0].Wanted = "200"
		b.slip(t, ctx, "change.requested", s.ID, b.robin, s, "nonce", s.ExecuteOn.Nonce)
		agreed, err := b.desk.Compare(ctx, b.kim.Person, s.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "200"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.desk.Approve(ctx, b.kim, agreed); err != nil {
			t.Fatal(err)
		}
		_, err = b.execute(ctx, s.ID)
		wantFault(t, err, fault.OutOfRange)
	})
}

func TestAGrantIsForThisWorkstationDriverAndPerson(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		elsewhere := change.NewDesk(b.log, b.db, b.roster, "elsewhere", "test")
		_, err := elsewhere.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		wantFault(t, err, fault.WrongState)
		_, err = b.desk.Grant(ctx, leaf.Actor{ID: "nobody"}, r.ID, b.device.Driver())
		wantFault(t, err, fault.NotSignedIn)
		_, err = b.desk.Grant(ctx, b.robin.Actor(), r.ID, things{})
		wantFault(t, err, fault.OtherDevice)
		_, err = b.desk.Grant(ctx, b.robin.Actor(), r.ID, modbus.IsolationRoom())
		wantFault(t, err, fault.ReadOnly)
		other := change.NewDesk(b.log, b.db, b.roster, "bench", "another program")
		auth, err := other.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		_, err = change.Execute(ctx, auth, b.device, nil)
		wantFault(t, err, fault.Superseded)
	})
}

func TestADeviceOfAnotherNumberIsNotEvenAsked(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		_, err = change.Execute(ctx, auth, &thing{read: func() { t.Error("it was read") }}, nil)
		wantFault(t, err, fault.OtherDevice)
	})
}

func TestAMapThatNobodySignedIsReadOnly(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		p := b.proposal(t, ctx, wants("alarm.etco2.high", 45))
		p.Driver = modbus.IsolationRoom()
		_, err := b.desk.Propose(ctx, b.robin, p)
		wantFault(t, err, fault.ReadOnly)
	})
}

func TestAnApprovalComesTooLateAfterAnHour(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		agreed, err := b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: "alarm.etco2.high", Value: "45"}})
		if err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(change.ValidFor + time.Second)
		wantFault(t, b.desk.Approve(ctx, b.kim, agreed), fault.Expired)
	})
}

func TestACancellationAfterTheIntentLosesNothing(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, b.device.Driver())
		if err != nil {
			t.Fatal(err)
		}
		stopped, stop := context.WithCancel(ctx)
		result, err := change.Execute(stopped, auth, b.device, func(int, []change.Step) { stop() })
		if err != nil || result.Outcome != change.Verified {
			t.Errorf("outcome %q, %v", result.Outcome, err)
		}
		if got := b.state(t, ctx, r.ID); got.State != change.Done || got.Outcome != change.Verified {
			t.Errorf("recorded: %s, %s", got.State, got.Outcome)
		}
	})
}

func TestABlindEntryIsTheSameNumberAndNothingLikeIt(t *testing.T) {
	const setting drivers.SettingID = "alarm.etco2.high"
	for typed, same := range map[string]bool{
		"45": true, "45.0": true, " 45 ": true, "45.": false, "045": false, "+45": false, "-45": false, "4 5": false, "45,0": false,
		"٤٥": false, "４５": false, "4\u200b5": false, "45e0": false, "0x2d": false, "": false, "45.0000000001": false,
	} {
		at(t, func(ctx context.Context, b *bench) {
			r := b.proposed(t, ctx)
			if _, err := b.desk.Compare(ctx, b.kim.Person, r.ID, []change.Entry{{Setting: setting, Value: typed}}); same != (err == nil) {
				t.Errorf("%q: %v", typed, err)
			}
		})
	}
	for sentence, entries := range map[string][]change.Entry{
		"the same setting twice": {{Setting: setting, Value: "44"}, {Setting: setting, Value: "45"}},
		"one setting too many":   {{Setting: setting, Value: "45"}, {Setting: "alarm.rr.high", Value: "25"}},
	} {
		at(t, func(ctx context.Context, b *bench) {
			r := b.proposed(t, ctx)
			if _, err := b.desk.Compare(ctx, b.kim.Person, r.ID, entries); !fault.Is(err, fault.Mismatch) {
				t.Errorf("%s: %v", sentence, err)
			}
		})
	}
}
