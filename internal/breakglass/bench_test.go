package breakglass

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"
)

const origin = "clinic.example/ward7"

// bench is a console with a real database, a machine key and two persons.
type bench struct {
	t          *testing.T
	folder     string
	clock      *clock.Fake
	db         *store.DB
	log        *audit.Log
	roster     *people.Roster
	importer   *Importer
	robin, kim *people.Signer
}

// pocket keeps keys nowhere.
type pocket struct{}

func (pocket) Save(string, ed25519.PrivateKey, string) error  { return nil }
func (pocket) Remove(string)                                  {}
func (pocket) Stage(string, ed25519.PrivateKey, string) error { return nil }
func (pocket) Adopt(string, ed25519.PublicKey) error          { return nil }
func (pocket) Unstage(string, ed25519.PublicKey)              {}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, folder: t.TempDir(), clock: clock.NewFake(nine)}
	b.start()
	founded, err := b.roster.Found(t.Context(), pocket{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
	})
	b.must(err)
	b.robin, b.kim = founded.Signers[0], founded.Signers[1]
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// start opens the database and what stands on it, with an importer that knows nothing yet.
func (b *bench) start() {
	b.t.Helper()
	var err error
	b.db, err = store.Open(b.t.Context(), b.folder, origin, Projection())
	b.must(err)
	db := b.db
	b.t.Cleanup(func() { _ = db.Close() })
	b.openLog(b.db)
}

func (b *bench) openLog(s audit.Store) {
	b.t.Helper()
	var err error
	b.log, err = audit.Open(b.t.Context(), s, b.clock, audit.WithMachine(b.folder))
	b.must(err)
	b.roster, err = people.Load(b.t.Context(), b.log)
	b.must(err)
	b.importer = NewImporter()
	b.importer.Attach(b.log, b.db, b.check)
}

func (b *bench) check(note string) error {
	_, err := b.roster.Open(context.Background(), note)
	return err
}

func (b *bench) restart() {
	b.t.Helper()
	b.must(b.log.Close(b.t.Context()))
	b.must(b.db.Close())
	b.start()
}

// head is what a signer sees of the log.
func (b *bench) head() statement.LogHead {
	h := b.log.LastHead()
	return statement.LogHead{Origin: h.Origin, Size: h.Size, Root: h.Root}
}

// opening is the signed statement that begins an emergency.
func (b *bench) opening(who *people.Signer, head statement.LogHead) string {
	b.t.Helper()
	now := b.clock.Now()
	nonce, err := statement.NewNonce(rand.Reader)
	b.must(err)
	text, err := statement.Opening{
		By:     statement.By{ID: newID(now), Signers: []statement.Person{who.Stated()}, Time: statement.TimeOf(now), Log: head},
		Device: pump, Category: string(PatientAtRisk), Tier: string(T1), Nonce: nonce, ValidFor: TTL,
	}.Text()
	b.must(err)
	note, err := who.Sign(text)
	b.must(err)
	return note
}

var pump = statement.Device{Manufacturer: "Oridion", Model: "Capnostream 20", Serial: "B355987654", Firmware: "V45.67 02/24/2008"}

// frames makes a chain: an opening that is signed where there is a note, and what follows it.
func (b *bench) frames(sign journal.Sign, actor leaf.Actor, note string, kinds ...string) []journal.Frame {
	b.t.Helper()
	chain := journal.NewChain(sign)
	var all []journal.Frame
	for i, kind := range kinds {
		var body leaf.Body
		body.Set("session", "session of "+chain.ID())
		body.SetInt("action", int64(i))
		body.SetInt("valid-for", 900)
		set(&body, "manufacturer", pump.Manufacturer, "model", pump.Model, "serial", pump.Serial, "firmware", pump.Firmware, "category", string(PatientAtRisk), "tier", string(T1))
		stmt := ""
		if kind == KindOpened {
			stmt = note
		}
		f, err := chain.Next(kind, b.clock.Now(), actor, body, stmt)
		b.must(err)
		all = append(all, f)
		b.clock.Advance(time.Second)
	}
	return all
}

func (b *bench) take(frames ...journal.Frame) {
	b.t.Helper()
	b.importer.Keep(frames...)
	b.must(b.importer.Take(b.t.Context()))
	if left := b.importer.Pending(); left != 0 {
		b.t.Errorf("%d are left", left)
	}
}

// verified holds the log and its frames against themselves.
func (b *bench) verified(frames int, gaps ...Gap) {
	b.t.Helper()
	if _, err := b.log.Verify(b.t.Context(), b.roster.Check, func(_, _ int64) {}); err != nil {
		b.t.Errorf("the log does not verify: %v", err)
	}
	n, found, err := CheckFrames(b.t.Context(), b.log)
	if err != nil || n != frames || len(found) != len(gaps) {
		b.t.Errorf("%d frames, want %d; gaps %v, want %v; %v", n, frames, found, gaps, err)
		return
	}
	for i := range gaps {
		if found[i] != gaps[i] {
			b.t.Errorf("gap %v, want %v", found[i], gaps[i])
		}
	}
}

// records returns the log's records of these kinds.
func (b *bench) records(kinds ...string) (all []audit.Record) {
	b.t.Helper()
	b.must(b.log.Each(b.t.Context(), 0, func(r audit.Record) error {
		for _, kind := range kinds {
			if r.Kind == kind {
				all = append(all, r)
			}
		}
		return nil
	}))
	return all
}

// mustHave wants the log to have exactly these frames, once each, chain by chain in their order.
func (b *bench) mustHave(chains ...[]journal.Frame) {
	b.t.Helper()
	next, want := map[string]int{}, 0
	b.must(b.log.Each(b.t.Context(), 0, func(r audit.Record) error {
		f, stated, _, ok := frameOf(r.Leaf)
		if !ok {
			return nil
		}
		for _, chain := range chains {
			if chain[0].Chain != f.Chain {
				continue
			}
			n := next[f.Chain]
			if n >= len(chain) || chain[n].Hash != stated || string(chain[n].Bytes) != string(f.Bytes) {
				b.t.Errorf("record %d is frame %d of its chain, where frame %d should come", r.Seq, f.N, n)
			}
		}
		next[f.Chain]++
		return nil
	}))
	for _, chain := range chains {
		want += len(chain)
		if next[chain[0].Chain] != len(chain) {
			b.t.Errorf("%d of %d frames are in the log", next[chain[0].Chain], len(chain))
		}
	}
}
