package people

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/internal/clock"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// world is a roster without a log, and every private key behind it. One person, who holds the first founder's key, has a
// program of their own: they compose any statement, make any number of keys, and sign as anybody with those.
type world struct {
	m        *Members
	at       time.Time
	n        int
	founders [2]ed25519.PrivateKey
	mine     []ed25519.PrivateKey // the one person's: their own, and those that they made
	notes    []string             // everything that was ever signed, taken or not
}

const worldOrigin = "clinic.example/ward7"

func keyOf(n int) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0], seed[1], seed[31] = byte(n), byte(n>>8), 1
	return ed25519.NewKeyFromSeed(seed)
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func founderOf(key ed25519.PrivateKey, role policy.Role, name string) statement.Founder {
	return statement.Founder{ID: statement.PersonID(public(key)), Key: statement.Key(public(key)), Role: string(role), Name: name}
}

func newWorld(t *rapid.T) *world {
	w := &world{m: newMembers(worldOrigin), at: time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC), founders: [2]ed25519.PrivateKey{keyOf(1), keyOf(2)}}
	w.mine = []ed25519.PrivateKey{w.founders[0]}
	g := statement.Genesis{Origin: worldOrigin, Time: w.time(), Nonce: w.number(), Badges: []string{"B-1", "B-2"}, Founders: []statement.Founder{
		founderOf(w.founders[0], policy.Technician, "Jo Example"), founderOf(w.founders[1], policy.Nursing, "Kim Berg"),
	}}
	if err := w.take(w.signed(t, g, g.Signatories(), w.founders[:])); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) time() statement.Time { return statement.Time{Wall: w.at, Clock: clock.OK} }

func (w *world) number() string {
	w.n++
	return fmt.Sprintf("%026d", w.n)
}

// signed signs in these persons' names, with whatever keys there are.
func (w *world) signed(t *rapid.T, s statement.Statement, ids []string, keys []ed25519.PrivateKey) string {
	text, err := s.Text()
	if err != nil {
		return "" // not a statement at all
	}
	var signers []statement.Signer
	for i, id := range ids {
		signer, err := statement.NewSigner(worldOrigin, id, keys[i])
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, signer)
	}
	note, err := statement.Sign(text, signers...)
	if err != nil {
		return ""
	}
	w.notes = append(w.notes, string(note))
	return string(note)
}

// take takes a note as the roster does: on a copy first.
func (w *world) take(note string) error {
	seq := int64(len(w.m.notes))
	if err := w.m.clone().take(seq, "", note); err != nil {
		return err
	}
	return w.m.take(seq, "", note)
}

func (w *world) by(signers ...statement.Person) statement.By {
	return statement.By{ID: w.number(), Signers: signers, Time: w.time(), Log: statement.LogHead{Origin: worldOrigin, Size: int64(len(w.m.notes))}}
}

// somebody draws one who is or was enrolled.
func (w *world) somebody(t *rapid.T, label string) statement.Person {
	return rapid.SampledFrom(w.m.persons).Draw(t, label).Stated()
}

// compose draws one act in the name of anybody, about anybody.
func (w *world) compose(t *rapid.T) statement.Statement {
	first, second, about := w.somebody(t, "first"), w.somebody(t, "second"), w.somebody(t, "about")
	two := w.by(first, second)
	role := rapid.SampledFrom(policy.Roles()).Draw(t, "role")
	switch rapid.SampledFrom([]string{"enrol", "role", "suspend", "restore", "revoke", "rotate", "policy", "profile"}).Draw(t, "act") {
	case "enrol":
		w.mine = append(w.mine, keyOf(100+w.n))
		return statement.Enrol{By: two, Candidate: founderOf(w.mine[len(w.mine)-1], role, "Sock Puppet"), Badge: fmt.Sprint("P-", rapid.IntRange(1, 4).Draw(t, "badge"))}
	case "role":
		return statement.Role{By: two, Person: about, Role: string(role), Reason: "x"}
	case "suspend":
		return statement.Suspend{By: w.by(first), Person: about, Reason: "x"}
	case "restore":
		return statement.Restore{By: two, Person: about, Reason: "x"}
	case "revoke":
		return statement.Revocation{By: two, Person: about, Why: "revoked", Reason: "x"}
	case "rotate":
		key := keyOf(1000 + w.n)
		w.mine = append(w.mine, key)
		r := statement.Rotate{By: w.by(first), Key: statement.Key(public(key)), Nonce: w.number()}
		r.Proof = statement.Proof(ed25519.Sign(key, statement.RotateProof(first.ID, r.Nonce, public(key))))
		return r
	case "policy":
		lines := policy.Minimum().Lines()
		lines[len(lines)-1] = "probation 0 d"
		return statement.Policy{By: two, Rules: lines, Reason: "x"}
	}
	return statement.Profile{ID: two.ID, Signers: two.Signers, Time: two.Time, Name: "map", Log: two.Log}
}

// bestKey returns the key by which the one person passes for somebody: that one's own if they have it, else any.
func (w *world) bestKey(t *rapid.T, id string) ed25519.PrivateKey {
	for _, key := range w.mine {
		if p := w.m.find(id); p != nil && p.Key.Equal(public(key)) || statement.PersonID(public(key)) == id && p == nil {
			return key
		}
	}
	return rapid.SampledFrom(w.mine).Draw(t, "key")
}

// mineOf returns those who may act and whose key in force the one person holds.
func (w *world) mineOf() []policy.Person {
	var all []policy.Person
	for _, p := range w.m.Persons(w.at) {
		if p.Active && slices.ContainsFunc(w.mine, func(k ed25519.PrivateKey) bool { return p.Key.Equal(public(k)) }) {
			all = append(all, p.Policy())
		}
	}
	return all
}

func TestNothingThatOnePersonDoesMakesTwoPersonsWhoCouldApproveTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(8, 30).Draw(t, "steps") {
			w.at = w.at.Add(time.Duration(rapid.IntRange(-40, 40).Draw(t, "days")) * 24 * time.Hour)
			s := w.compose(t)
			note := rapid.SampledFrom(w.notes).Draw(t, "an old note")
			if rapid.IntRange(0, 4).Draw(t, "forge") > 0 {
				keys := make([]ed25519.PrivateKey, len(s.Signatories()))
				for i, id := range s.Signatories() {
					keys[i] = w.bestKey(t, id)
				}
				note = w.signed(t, s, s.Signatories(), keys)
			}
			if w.take(note) == nil && s.Kind() != "suspend" && s.Kind() != "key-rotate" {
				t.Fatalf("one person alone: %s", note)
			}
			mine := w.mineOf()
			for _, p := range mine {
				for _, q := range mine {
					ask := policy.Ask{Act: policy.Execute, Person: p, Proposer: p, Approvers: []policy.Approver{{Person: q, Seat: policy.OtherDevice}}, Reviewed: true}
					if policy.Decide(w.m.Rules().Policy, ask) == nil {
						t.Fatalf("%s and %s are one person", p.ID, q.ID)
					}
				}
			}
		}
	})
}

// Here everybody signs what is put before them. Still every change of people or rules bears two persons' signatures, but for
// what one may do: suspend, and replace one's own key.
func TestEveryChangeOfPeopleOrRulesIsSignedByTwoPersons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		held := map[string]ed25519.PrivateKey{}
		for _, key := range w.founders {
			held[statement.PersonID(public(key))] = key
		}
		for range rapid.IntRange(8, 30).Draw(t, "steps") {
			w.at = w.at.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "days")) * 24 * time.Hour)
			s := w.compose(t)
			made := w.mine[len(w.mine)-1]
			if enrol, ok := s.(statement.Enrol); ok {
				held[enrol.Candidate.ID] = made
			}
			var keys []ed25519.PrivateKey
			for _, id := range s.Signatories() {
				keys = append(keys, held[id])
			}
			before := w.m.Persons(w.at)
			if err := w.take(w.signed(t, s, s.Signatories(), keys)); err != nil {
				continue
			}
			if rotate, ok := s.(statement.Rotate); ok {
				held[rotate.Signers[0].ID] = made
				continue
			}
			w.mustBeTwo(t, s, before)
		}
		again, err := Replay(worldOrigin, w.m.notes)
		if err != nil || !slices.EqualFunc(again.Persons(w.at), w.m.Persons(w.at), func(a, b Person) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			t.Fatalf("read again: %v\n%+v\n%+v", err, again.Persons(w.at), w.m.Persons(w.at))
		}
	})
}

// mustBeTwo wants two who could act before the statement, the restored person's own consent aside, and badges of one human each.
func (w *world) mustBeTwo(t *rapid.T, s statement.Statement, before []Person) {
	ids := s.Signatories()
	if enrol, ok := s.(statement.Enrol); ok {
		ids = enrol.By.Signatories()
	}
	if s.Kind() != "suspend" && (len(ids) != 2 || ids[0] == ids[1]) {
		t.Fatalf("%s by %v", s.Kind(), ids)
	}
	restore, _ := s.(statement.Restore)
	badges := map[string]bool{}
	for _, p := range before {
		if slices.Contains(ids, p.ID) && !p.Active && restore.Person.ID != p.ID {
			t.Fatalf("%s by %s, who is %s", s.Kind(), p.Name, p.Status)
		}
	}
	for _, p := range w.m.Persons(w.at) {
		if p.Status == Left || p.Status == Revoked {
			continue
		}
		if badges[p.Badge] {
			t.Fatalf("two persons have the badge %s", p.Badge)
		}
		badges[p.Badge] = true
	}
}
