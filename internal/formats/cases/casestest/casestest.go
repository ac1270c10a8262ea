// Package casestest makes logs for the tests of what is made from logs: a short story in which something of everything happens,
// and as many records as a benchmark wants. The statements are well formed and the leaves are chained; nobody signed them.
package casestest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"time"

	"countersign/drivers"
	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Origin is the log's name.
const Origin = "clinic.example/ward-7"

var (
	jo  = person(1, "Jo Søndergård", "technician")
	kim = person(2, "Kim, the Younger", "nursing")
	eli = person(3, "Ελένη Παπαδοπούλου", "clinical-lead")
	oks = person(4, "Оксана Шевченко", "pharmacy")
)

var console = leaf.Actor{ID: "console", Name: "Countersign"}

func key(seed byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
}

func person(seed byte, name, role string) statement.Person {
	return statement.Person{ID: statement.PersonID(key(seed)), Name: name, Role: role}
}

func actor(p statement.Person) leaf.Actor { return leaf.Actor(p) }

// Log is a log that grows.
type Log struct {
	Records []formats.Record // where Keep is set
	Keep    bool
	visit   func(formats.Record) error
	err     error
	now     clock.Reading
	seq     int64
	prev    [32]byte
	ids     int64
}

// New returns an empty log. Each record is passed to visit, which may be nil.
func New(visit func(formats.Record) error) *Log {
	wall := time.Date(2026, 10, 1, 8, 0, 0, 0, time.FixedZone("", 2*3600))
	return &Log{visit: visit, Keep: visit == nil, now: clock.Reading{Wall: wall, Boot: "boot-1", BootMS: 60_000, State: clock.OK}}
}

// Wait lets time pass.
func (l *Log) Wait(d time.Duration) {
	l.now.Wall, l.now.BootMS = l.now.Wall.Add(d), l.now.BootMS+d.Milliseconds()
}

// Step moves the wall clock alone.
func (l *Log) Step(d time.Duration) { l.now.Wall, l.now.State = l.now.Wall.Add(d), clock.Stepped }

// Add appends a record. Pairs are keys and values, which are texts or whole numbers.
func (l *Log) Add(kind string, by leaf.Actor, s statement.Statement, pairs ...any) formats.Record {
	r := formats.Record{Leaf: leaf.Leaf{Seq: l.seq, Prev: l.prev, Kind: kind, At: l.now, Epoch: 1, Actor: by}}
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			r.Body.Set(pairs[i].(string), v)
		case int:
			r.Body.SetInt(pairs[i].(string), int64(v))
		}
	}
	if s != nil {
		text, err := s.Text()
		if err != nil {
			panic(err)
		}
		r.Stmt = string(text) + "\n— " + Origin + " AAAA\n"
	}
	b, err := leaf.Encode(r.Leaf)
	if err != nil {
		panic(err)
	}
	if r.Leaf, err = leaf.Decode(b); err != nil {
		panic(err)
	}
	r.Bytes, r.Hash = b, leaf.Hash(b)
	l.seq, l.prev = l.seq+1, r.Hash
	if l.now.State == clock.Stepped {
		l.now.State = clock.OK
	}
	if l.Keep {
		l.Records = append(l.Records, r)
	}
	if l.visit != nil && l.err == nil {
		l.err = l.visit(r)
	}
	l.Wait(time.Second)
	return r
}

func (l *Log) id() string {
	l.ids++
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	id := []byte("01K6Z2Q8M3V7T9A0B100000000")
	for n, i := l.ids, len(id)-1; n > 0; n, i = n/32, i-1 {
		id[i] = digits[n%32]
	}
	return string(id)
}

func (l *Log) stated() statement.Time { return statement.TimeOf(l.now) }

func (l *Log) head() statement.LogHead {
	return statement.LogHead{Origin: Origin, Size: l.seq, Root: l.prev}
}

func (l *Log) by(persons ...statement.Person) statement.By {
	return statement.By{ID: l.id(), Signers: persons, Time: l.stated(), Log: l.head()}
}

// Found begins the log.
func (l *Log) Found() {
	founder := func(seed byte, p statement.Person) statement.Founder {
		return statement.Founder{ID: p.ID, Key: [32]byte(key(seed)), Role: p.Role, Name: p.Name}
	}
	l.Add("log.epoch", console, nil, "epoch", 1, "key", base64.StdEncoding.EncodeToString(key(9)), "link", "first", "note", "-")
	l.Add("people.genesis", console, statement.Genesis{Origin: Origin, Time: l.stated(), Founders: []statement.Founder{founder(1, jo), founder(2, kim)},
		Badges: []string{"B-1", "B-2"}, Nonce: l.id()})
	l.Add("people.enrolled", actor(jo), statement.Enrol{By: l.by(jo, kim), Candidate: founder(3, eli), Badge: "B-3"})
	l.Add("people.enrolled", actor(kim), statement.Enrol{By: l.by(kim, jo), Candidate: founder(4, oks), Badge: "B-4"})
	l.Add("people.role", actor(jo), statement.Role{By: l.by(jo, kim), Person: oks, Role: "auditor", Reason: "New post"})
}

var limits = []statement.SetLine{
	{ID: "alarm.etco2.high", AsFound: "50", Wanted: "45", Unit: "mm[Hg]", Risk: drivers.Clinical},
	{ID: "alarm.volume", AsFound: "low", Wanted: "medium", Unit: "1", Risk: drivers.Operational},
}

// Request adds a request.
func (l *Log) Request(by statement.Person, device statement.Device, reason string, set []statement.SetLine) statement.Request {
	r := statement.Request{
		ID: l.id(), Signer: by, Time: l.stated(), Device: device, Driver: statement.Driver{ID: "acme/ip300"},
		Set: set, Reason: reason, Ticket: "CE-8841", ExecuteOn: statement.Place{Workstation: "ward7-laptop-03", Nonce: l.id()}, ValidFor: time.Hour, Log: l.head(),
	}
	l.Add("change.requested", actor(by), r, "request", r.ID, "nonce", r.ExecuteOn.Nonce, "device", device.Model+" SN "+device.Serial)
	return r
}

// Approve adds an approval.
func (l *Log) Approve(r statement.Request, by statement.Person, channel string) {
	text, _ := r.Text()
	l.Add("change.approved", actor(by), statement.Approval{ID: r.ID, Signer: by, Time: l.stated(), Request: statement.Digest(text), Set: r.Set,
		Nonce: r.ExecuteOn.Nonce, Log: l.head()}, "request", r.ID, "channel", channel, "enough", "yes")
}

func steps(set []statement.SetLine, left, outcome string) (text string) {
	for _, l := range set {
		value := l.Wanted
		if left != "" {
			value = left
		}
		text += l.String() + "\t" + value + "\t" + outcome + "\t\n"
	}
	return text[:len(text)-1]
}

// Execute adds what came of a request.
func (l *Log) Execute(r statement.Request, left, outcome string) {
	l.Add("change.intent", actor(r.Signer), nil, "request", r.ID, "steps", steps(r.Set, "", ""))
	l.Add("change.outcome", actor(r.Signer), nil, "request", r.ID, "outcome", outcome, "steps", steps(r.Set, left, outcome))
}
