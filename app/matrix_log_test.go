//go:build unix

package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
)

func (b *bed) emergencyFolder() string { return filepath.Join(b.data, "emergency") }

// proposal is what a person stages on the page of a device.
func (b *bed) proposal(key string, changes []drivers.Change) change.Proposal {
	b.Helper()
	d, err := b.inventory.Device(key)
	if err == nil && d.Read == nil { // it was written to
		if err = b.inventory.ReadAll(context.Background(), nobody, key); err == nil {
			d, err = b.inventory.Device(key)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return change.Proposal{Driver: d.Driver, Identity: d.Identity, Description: d.Read.Description, Snapshot: d.Read.Snapshot, Changes: changes, Reason: "Matrix"}
}

// unlocks returns a founder's open key.
func (b *bed) unlocks(n int) *people.Signer {
	b.Helper()
	signer, err := b.record.Load().seat.Prove(context.Background(), b.ids[n], trainees[n].Passphrase)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(signer.Lock)
	return signer
}

func TestMatrixWithEverythingHealthyAllPlacesHaveEveryRecord(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	who := b.shows(b.ids[robin], "", trainees[robin].Passphrase)
	s := b.arms(r.key, who, to(high, 2))
	b.took(s, "journal", "log", "mirror")
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal("sealed")
	for _, folder := range []string{b.emergencyFolder(), b.mirror} {
		for _, kind := range []string{"emergency.opened", "emergency.intent", "emergency.outcome", "emergency.closed"} {
			b.inJournal(folder, kind, 1)
		}
	}
	records, _ := b.settle()
	e := b.registered(s)
	if !e.Signed || e.Tier != "t1" || e.Identity != "key" || len(e.Actions) != 1 || e.How != "sealed" || e.Sinks == "" {
		t.Errorf("%+v", e)
	}
	if opened := of(records, "emergency.opened"); len(opened) != 1 || text(opened[0].Body, "frame.machine") != "signed" {
		t.Errorf("%d openings", len(opened))
	}
	p := b.proposal(r.key, to(high, -5))
	kims := b.unlocks(kim)
	if _, err := b.record.Load().desk.Propose(t.Context(), kims, p); err != nil {
		t.Errorf("the normal path: %v", err)
	}
}

func TestMatrixWhileAnotherProgramLocksTheDatabaseTheJournalHasItAndTheLogLater(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	kims := b.unlocks(kim)
	p := b.proposal(r.key, to(high, -6))
	lock := other(t, "lock", b.data)
	lock.says("locked")

	fastest := time.Hour // of some: the machine may be busy
	for range 5 {
		began := time.Now()
		_, err := b.record.Load().desk.Propose(t.Context(), kims, p)
		fastest = min(fastest, time.Since(began))
		b.must(err, fault.LogBusy)
	}
	if fastest > 300*time.Millisecond {
		t.Errorf("the normal path refuses after %v", fastest)
	}
	who := b.shows(b.ids[robin], "", trainees[robin].Passphrase)
	s := b.arms(r.key, who, to(high, 2))
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal("sealed")
	b.took(s, "journal", "mirror")
	b.inJournal(b.emergencyFolder(), "emergency.outcome", 1)
	if b.importer.Pending() == 0 {
		t.Error("nothing waits for the log")
	}
	lock.ends()
	b.settle()
	if e := b.registered(s); len(e.Actions) != 1 || e.Actions[0].Outcome != string(change.Verified) || e.How != "sealed" {
		t.Errorf("%+v", e)
	}
	if _, err := b.record.Load().desk.Propose(t.Context(), kims, b.proposal(r.key, to(high, -6))); err != nil {
		t.Errorf("the normal path afterwards: %v", err)
	}
}

func TestMatrixADatabaseThatIsLockedAtTheStartIsOpenedLaterAndTakesTheFramesIn(t *testing.T) {
	t.Parallel()
	data := site(t)
	lock := other(t, "lock", data)
	lock.says("locked")
	b := starts(t, data, t.TempDir())
	b.must(b.open(t.Context()), fault.LogBusy)
	b.must(b.problem(), fault.LogBusy)
	r := b.room()
	s := b.arms(r.key, b.shows(b.ids[robin], "", trainees[robin].Passphrase), to(high, 2))
	b.took(s, "journal", "mirror")
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	b.must(b.open(t.Context()), fault.LogBusy)
	lock.ends()
	b.opens()
	s.Seal("sealed")
	records, _ := b.settle()
	if e := b.registered(s); !e.Signed || len(e.Actions) != 1 || e.How != "sealed" {
		t.Errorf("%+v", e)
	}
	opened := of(records, "emergency.opened")
	if len(opened) != 1 || text(opened[0].Body, "frame.machine") != "unsigned" { // the machine's key is the log's
		t.Errorf("%d openings", len(opened))
	}
}
