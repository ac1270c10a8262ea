package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

const origin = "clinic.example/ward-7"

// founded is when the log of the tests begins.
var founded = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// key returns a key that is always the same for a name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("countersign test key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// id returns a number that is always the same for a name.
func id(name string) string {
	sum := sha256.Sum256([]byte(name))
	n, err := statement.NewNonce(readerOf(sum[:]))
	if err != nil {
		panic(err)
	}
	return n
}

type readerOf []byte

func (r readerOf) Read(p []byte) (int, error) { return copy(p, r), nil }

// human is somebody in the tests.
type human struct {
	name, role, badge string
	first, key        ed25519.PrivateKey
}

func (h *human) id() string { return statement.PersonID(public(h.first)) }

func (h *human) stated() statement.Person {
	return statement.Person{ID: h.id(), Name: h.name, Role: h.role}
}

func (h *human) actor() leaf.Actor { return leaf.Actor{ID: h.id(), Name: h.name, Role: h.role} }

func (h *human) founder() statement.Founder {
	return statement.Founder{ID: h.id(), Key: statement.Key(public(h.first)), Role: h.role, Name: h.name}
}

// book writes a log without any of the packages that write the real one. Its hooks change one thing while everything behind it is
// hashed and signed as ever: alter a record before it is encoded, say a statement before it is signed, sign a note after that, seal
// a checkpoint before it is kept. Each is asked by the name that the story gives the record.
type book struct {
	t      testing.TB
	people map[string]*human
	clock  time.Time

	leaves  [][]byte
	hashes  [][32]byte
	kinds   []string
	names   map[string]int64 // of records
	tree    leaf.Range
	last    [32]byte
	epoch   int64
	machine ed25519.PrivateKey
	points  []checkpoint
	sealed  int64
	roots   map[int64][32]byte
	chain   tail

	alter func(name string, l *leaf.Leaf)
	say   func(name string, s statement.Statement) statement.Statement
	note  func(name string, note string) string
	seal  func(name string, c *checkpoint) bool        // false to leave it out
	who   func(name string, signers []string) []string // "Bob!" signs with the first of Bob's keys
	then  map[string]func()                            // what is written besides, behind a record
	until string                                       // the last record of the story; "" for all of it
	lazy  func(cuts map[int64]bool)                    // withheld records are put together where they must not be
}

// tail is the end of the emergency journal.
type tail struct {
	next int64
	last [32]byte
}

// stopped ends the story early.
type stopped struct{}

func newBook(t testing.TB) *book {
	b := &book{t: t, people: map[string]*human{}, clock: founded, names: map[string]int64{}, roots: map[int64][32]byte{}}
	for _, h := range []human{{name: "Ann Example", role: "technician", badge: "A-1001"}, {name: "Bob Example", role: "nursing", badge: "B-1002"},
		{name: "Cat Example", role: "clinical-lead", badge: "C-1003"}, {name: "Dan Example", role: "auditor", badge: "D-1004"}} {
		h.first, h.key = key(h.name), key(h.name)
		b.people[h.name[:3]] = &h
	}
	b.roots[0] = b.tree.Root()
	b.alter = func(string, *leaf.Leaf) {}
	b.say = func(_ string, s statement.Statement) statement.Statement { return s }
	b.note = func(_ string, note string) string { return note }
	b.seal = func(string, *checkpoint) bool { return true }
	b.who = func(_ string, signers []string) []string { return signers }
	b.then, b.lazy = map[string]func(){}, func(map[int64]bool) {}
	return b
}

func (b *book) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// now is a reading of a clock that goes on a second with each record.
func (b *book) now() clock.Reading {
	return clock.Reading{Wall: b.clock, BootMS: b.clock.Sub(founded).Milliseconds(), Boot: "boot-1", State: clock.OK}
}

func (b *book) time() statement.Time { return statement.TimeOf(b.now()) }

func (b *book) head() statement.LogHead {
	return statement.LogHead{Origin: origin, Size: b.tree.Size(), Root: b.tree.Root()}
}

// by begins a statement by these people.
func (b *book) by(name string, signers ...string) statement.By {
	by := statement.By{ID: id("statement " + name), Time: b.time(), Log: b.head()}
	for _, s := range signers {
		by.Signers = append(by.Signers, b.people[s].stated())
	}
	return by
}

// sign has these people sign a statement.
func (b *book) sign(name string, s statement.Statement, signers ...string) string {
	b.t.Helper()
	text, err := b.say(name, s).Text()
	b.ok(err)
	keys := make([]statement.Signer, 0, len(signers))
	for _, name := range b.who(name, signers) {
		h := b.people[name[:3]]
		with := h.key
		if strings.HasSuffix(name, "!") {
			with = h.first
		}
		k, err := statement.NewSigner(origin, h.id(), with)
		b.ok(err)
		keys = append(keys, k)
	}
	note, err := statement.Sign(text, keys...)
	b.ok(err)
	return b.note(name, string(note))
}

// add appends a record, and a checkpoint where one is due. Pairs are keys and texts or whole numbers.
func (b *book) add(name, kind string, actor leaf.Actor, stmt string, pairs ...any) {
	b.t.Helper()
	l := leaf.Leaf{Seq: b.tree.Size(), Prev: b.last, Kind: kind, At: b.now(), Epoch: b.epoch, Actor: actor, Body: body(pairs...), Stmt: stmt}
	b.put(name, l)
}

func body(pairs ...any) (body leaf.Body) {
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			body.Set(pairs[i].(string), v)
		case int:
			body.SetInt(pairs[i].(string), int64(v))
		case int64:
			body.SetInt(pairs[i].(string), v)
		}
	}
	return body
}

func (b *book) put(name string, l leaf.Leaf) {
	b.t.Helper()
	if _, twice := b.names[name]; twice {
		b.t.Fatalf("two records are called %s", name)
	}
	b.names[name] = int64(len(b.leaves))
	b.alter(name, &l)
	encoded, err := leaf.Encode(l)
	b.ok(err)
	b.leaves, b.kinds = append(b.leaves, encoded), append(b.kinds, l.Kind)
	b.last = leaf.Hash(encoded)
	b.hashes = append(b.hashes, b.last)
	b.tree.Append(b.last)
	b.roots[b.tree.Size()] = b.tree.Root()
	if l.Stmt != "" || b.tree.Size()-b.sealed >= sealEvery {
		b.point(name)
	}
	b.clock = b.clock.Add(time.Second)
	if l.Kind != kindEpoch {
		b.after(name)
	}
}

// after is asked behind every record.
func (b *book) after(name string) {
	if then := b.then[name]; then != nil {
		then()
	}
	if name == b.until {
		panic(stopped{})
	}
}

// point keeps a checkpoint over the log as it is.
func (b *book) point(name string) {
	b.t.Helper()
	if b.epoch == 0 {
		return
	}
	note, err := statement.SignCheckpoint(origin, b.tree.Size(), b.tree.Root(), b.machine)
	b.ok(err)
	c := checkpoint{b.tree.Size(), b.epoch, note}
	if b.seal(name, &c) {
		b.points = append(b.points, c)
	}
	b.sealed = b.tree.Size()
}

var console = leaf.Actor{ID: "console", Name: "Countersign"}

// begin begins the next epoch.
func (b *book) begin(name, link string) {
	b.t.Helper()
	next := key(fmt.Sprintf("machine %d", b.epoch+1))
	by, of := b.machine, b.epoch
	if link != "next" {
		by, of = next, b.epoch+1
	}
	note, err := statement.SignEpoch(origin, b.epoch+1, public(next), by)
	b.ok(err)
	l := leaf.Leaf{Seq: b.tree.Size(), Prev: b.last, Kind: kindEpoch, At: b.now(), Epoch: of, Actor: console,
		Body: body("epoch", b.epoch+1, "key", base64.StdEncoding.EncodeToString(public(next)), "link", link, "note", note)}
	if link != "next" {
		b.epoch, b.machine = b.epoch+1, next
	}
	b.put(name, l)
	b.point(name)
	if link == "next" {
		b.epoch, b.machine = b.epoch+1, next
	}
	b.after(name)
}

// frame records something that stood in an emergency journal first.
func (b *book) frame(name, kind string, actor leaf.Actor, stmt string, pairs ...any) {
	b.t.Helper()
	at := b.now()
	l := leaf.Leaf{Seq: b.chain.next, Prev: b.chain.last, Kind: kind, At: at, Actor: actor, Body: body(pairs...), Stmt: stmt}
	encoded, err := leaf.Encode(l)
	b.ok(err)
	hash := leaf.Hash(encoded)
	pairs = append(pairs, "frame.chain", "00112233445566778899aabbccddeeff", "frame.n", b.chain.next, "frame.hash", hex.EncodeToString(hash[:]),
		"frame.prev", hex.EncodeToString(b.chain.last[:]), "frame.at", clock.FormatWall(at.Wall), "frame.boot", at.Boot, "frame.boot_ms", at.BootMS,
		"frame.clock", string(at.State), "frame.machine", "signed")
	b.chain = tail{b.chain.next + 1, hash}
	b.add(name, kind, actor, stmt, pairs...)
}
