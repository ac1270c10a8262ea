package verify

import (
	"crypto/ed25519"
	"encoding/hex"
	"strings"

	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// peopleVectors are logs whose founding or whose people are not what they should be.
func peopleVectors() []vector {
	asked := func(genesis string) func(*book, *Options) {
		return func(_ *book, o *Options) { o.Genesis = genesis }
	}
	drop := func(which, person string) func(*book) {
		return noted(which, func(b *book, note string) string { return without(b, note, person) })
	}
	return slicesOf([]vector{
		{name: "another founding than the paper's", rule: genesisOther, asked: asked(hex.EncodeToString(make([]byte, 32)))},
		{name: "other words than the paper's", rule: genesisOther, asked: asked("legal winner thank year wave sausage worth useful legal winner thank yellow")},
		{name: "words that cannot be", rule: genesisWords, asked: asked("legal winner thank year wave sausage worth useful legal winner thank thank")},
		{name: "a fingerprint that is none", rule: genesisWords, asked: asked("deadbeef")},
		{name: "no founding", rule: genesisMissing, book: altered("genesis", func(l *leaf.Leaf) { l.Kind, l.Stmt = "console.note", "" }), asked: asked("")},
		{name: "a founding in another spelling", rule: genesisForm, book: noted("genesis", func(_ *book, note string) string {
			return strings.Replace(note, "We found this log", "We founded this log", 1)
		})},
		{name: "a second founding", rule: genesisTwice, book: behind("genesis", func(b *book) {
			ann, cat := b.people["Ann"], b.people["Cat"]
			g := statement.Genesis{Origin: origin, Time: b.time(), Founders: []statement.Founder{ann.founder(), cat.founder()}, Nonce: id("again")}
			b.add("genesis again", "people.genesis", console, b.sign("genesis again", g, "Ann", "Cat"))
		})},
		{name: "the founding of another log", rule: genesisOrigin, book: said("genesis", func(g *statement.Genesis) { g.Origin = "clinic.example/ward-8" })},
		{name: "a founding signed by one", rule: genesisSigned, book: drop("genesis", "Bob")},
		{name: "an auditor as a founder", rule: genesisFounder, book: said("genesis", func(g *statement.Genesis) { g.Founders[1].Role = auditor })},
	}, rosterVectors(drop), endVectors())
}

func slicesOf(all ...[]vector) (list []vector) {
	for _, some := range all {
		list = append(list, some...)
	}
	return list
}

func rosterVectors(drop func(which, person string) func(*book)) []vector {
	return []vector{
		{name: "an enrolment that one voucher signed", rule: rosterSigned, book: drop("enrolled", "Bob")},
		{name: "an enrolment without the candidate's signature", rule: rosterSigned, book: drop("enrolled", "Cat")},
		{name: "rules that one person signed", rule: rosterSigned, book: drop("policy", "Bob")},
		{name: "a profile that one person signed", rule: rosterSigned, book: drop("profile", "Bob")},
		{name: "rules of another log", rule: rosterLog, book: said("policy", func(p *statement.Policy) { p.Log.Origin = "clinic.example/ward-8" })},
		{name: "rules in another spelling", rule: rosterForm, book: noted("policy", func(_ *book, note string) string {
			return strings.Replace(note, "We reviewed these rules", "We read these rules", 1)
		})},
		{name: "a statement about people in another's record", rule: rosterKind, book: altered("enrolled", func(l *leaf.Leaf) { l.Kind = "people.role" })},
		{name: "rules that are put in force again", rule: rosterTwice, book: behind("policy", func(b *book) {
			l := b.leaf("policy")
			b.add("policy again", l.Kind, l.Actor, l.Stmt)
		})},
		{name: "a newcomer vouches too early", rule: rosterProbate, book: said("policy", func(p *statement.Policy) {
			p.Rules = minimum().lines()
		})},
		{name: "an enrolment of a key that is there", rule: rosterThere, book: all(
			said("enrolled Dan", func(e *statement.Enrol) { e.Candidate, e.Signers[1] = cat(e.Candidate), bob() }),
			signedBy("enrolled Dan", "Cat", "Ann", "Bob"))},
		{name: "a badge that is somebody's", rule: rosterBadge, book: said("enrolled", func(e *statement.Enrol) { e.Badge = "b 1002" })},
		{name: "a role that is none", rule: rosterRole, book: said("enrolled", func(e *statement.Enrol) { e.Candidate.Role = "director" })},
		{name: "sealed codes with numbers that were used", rule: rosterCodes, book: behind("codes", func(b *book) {
			b.add("codes again", "people.sealed-codes", b.people["Ann"].actor(),
				b.sign("codes again", statement.SealedCodes{By: b.by("codes again", "Ann", "Bob"), Set: id("other set"), First: 5, Count: 10}, "Ann", "Bob"))
		})},
		{name: "a new key that is another person's", rule: rosterKey, until: "rotated", book: said("rotated", func(r *statement.Rotate) {
			r.Key = statement.Key(public(key("Ann Example")))
		})},
		{name: "a new key that nobody holds", rule: rosterProof, until: "rotated", book: said("rotated", func(r *statement.Rotate) {
			r.Proof = statement.Proof(ed25519.Sign(key("somebody"), []byte("anything")))
		})},
	}
}

func cat(f statement.Founder) statement.Founder {
	k := public(key("Cat Example"))
	return statement.Founder{ID: statement.PersonID(k), Key: statement.Key(k), Role: f.Role, Name: "Cat Example"}
}

func bob() statement.Person {
	return statement.Person{ID: statement.PersonID(public(key("Bob Example"))), Name: "Bob Example", Role: "nursing"}
}

// suspend writes that one person suspends another.
func suspend(b *book, subject, by string) {
	name := "suspended " + subject
	b.add(name, "people.suspended", b.people[by].actor(), b.sign(name, statement.Suspend{By: b.by(name, by), Person: b.people[subject].stated(), Reason: "Why not"}, by))
}

// pair writes what two people do about a third.
func pair(b *book, kind string, s func(by statement.By, of statement.Person) statement.Statement, subject, first, second string) {
	b.add("pair", kind, b.people[first].actor(), b.sign("pair", s(b.by("pair", first, second), b.people[subject].stated()), first, second))
}

// endVectors are those in which people stop taking part in a way that must not be.
func endVectors() []vector {
	revoke := func(by statement.By, of statement.Person) statement.Statement {
		return statement.Revocation{By: by, Person: of, Why: "revoked", Reason: "Why not"}
	}
	restore := func(by statement.By, of statement.Person) statement.Statement {
		return statement.Restore{By: by, Person: of, Reason: "Why not"}
	}
	role := func(to string) func(statement.By, statement.Person) statement.Statement {
		return func(by statement.By, of statement.Person) statement.Statement {
			return statement.Role{By: by, Person: of, Role: to, Reason: "Why not"}
		}
	}
	return []vector{
		{name: "a person under another name", rule: rosterPerson, book: behind("read", func(b *book) {
			b.people["Cat"].name = "Cat Other"
			suspend(b, "Cat", "Ann")
		})},
		{name: "a suspended person is revoked by somebody suspended", rule: rosterActive, book: behind("read", func(b *book) {
			suspend(b, "Cat", "Ann")
			pair(b, "people.revoked", revoke, "Bob", "Ann", "Cat")
		})},
		{name: "an auditor puts a role in force", rule: rosterActive, book: behind("read", func(b *book) { pair(b, "people.role", role("pharmacy"), "Cat", "Ann", "Dan") })},
		{name: "somebody revokes themselves", rule: rosterSelf, book: behind("read", func(b *book) { pair(b, "people.revoked", revoke, "Cat", "Ann", "Cat") })},
		{name: "somebody restores themselves", rule: rosterSelf, book: behind("read", func(b *book) {
			suspend(b, "Cat", "Ann")
			pair(b, "people.restored", restore, "Cat", "Ann", "Cat")
		})},
		{name: "somebody is restored who was not suspended", rule: rosterState, book: behind("read", func(b *book) { pair(b, "people.restored", restore, "Cat", "Ann", "Bob") })},
		{name: "the last one who may act is suspended", rule: rosterLeft, book: behind("genesis", func(b *book) {
			suspend(b, "Bob", "Ann")
			suspend(b, "Ann", "Ann")
		})},
		{name: "the old key after a new one", rule: stmtSigned, until: "R2", book: signedBy("R2", "Bob!")},
		{name: "the new key before it counts", rule: rosterSigned, until: "rotated", book: func(b *book) {
			h := b.people["Bob"]
			b.then["epoch 2"] = func() { h.key = key(h.name + " later") }
		}},
		{name: "a suspended person requests", rule: stmtActive, book: behind("read", func(b *book) {
			suspend(b, "Cat", "Ann")
			b.request("R9", "Cat", line("50", "45"))
		})},
	}
}
