package change_test

import (
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/house/figures"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
)

// BenchmarkOneSetting times what two persons' change of one setting takes the console itself, on a device that takes no
// time: request, comparison and approval on the one hand, grant, checks, intent, write, read-back and outcome on the other.
// People and devices wait for five milliseconds without noticing.
func BenchmarkOneSetting(b *testing.B) {
	folder := b.TempDir()
	db, err := store.Open(b.Context(), folder, "test/bench", change.Projection())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	log, err := audit.Open(b.Context(), db, clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), audit.WithMachine(folder))
	if err != nil {
		b.Fatal(err)
	}
	roster, err := people.Load(b.Context(), log)
	if err != nil {
		b.Fatal(err)
	}
	founded, err := roster.Found(b.Context(), nowhere{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
	})
	if err != nil {
		b.Fatal(err)
	}
	desk := change.NewDesk(log, db, roster, "bench", "test")
	x := newBox()
	var decided, carried time.Duration
	n := 0
	for b.Loop() {
		n++
		start := time.Now()
		id := decide(b, desk, x, founded.Signers, int64(n%2+10))
		between := time.Now()
		auth, err := desk.Grant(b.Context(), founded.Signers[0].Actor(), id, x.Driver())
		if err != nil {
			b.Fatal(err)
		}
		if result, err := change.Execute(b.Context(), auth, x, nil); err != nil || result.Outcome != change.Verified {
			b.Fatalf("%q, %v", result.Outcome, err)
		}
		decided += between.Sub(start)
		carried += time.Since(between)
	}
	for name, took := range map[string]time.Duration{"decide on one setting, without people / what nobody notices (constant)": decided,
		"carry out one setting, without the device / what nobody notices (constant)": carried} {
		figures.Report(b, figures.Figure{Name: name, Value: took.Seconds() * 1e3 / float64(n), Unit: "ms", Yardstick: 5, Goal: "ratio <= 1"})
	}
}

// decide takes a request for a=value all the way to its approval.
func decide(b *testing.B, desk *change.Desk, x *box, who [2]*people.Signer, value int64) string {
	b.Helper()
	description, _ := x.Describe(b.Context())
	snapshot, err := x.Read(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	r, err := desk.Propose(b.Context(), who[0], change.Proposal{Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot,
		Reason: "Ward policy", Changes: []drivers.Change{wants("a", value)}})
	if err != nil {
		b.Fatal(err)
	}
	agreed, err := desk.Compare(b.Context(), who[1].Person, r.ID, nil)
	if err == nil {
		err = desk.Approve(b.Context(), who[1], agreed)
	}
	if err != nil {
		b.Fatal(err)
	}
	return r.ID
}
