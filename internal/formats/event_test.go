package formats

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/internal/leaf"
)

const enrolment = `countersign/enrol/v1
meaning We met in person: this name, badge and key belong together
signer 6a3803d5f059902a Kim, the Younger, nurse
signer 34750f98bd59fcfc Jo Søndergård, biomedical-technician
candidate b62e867fa2f33afe 7UkoxijRwsbq6QM4kFmVYSlZJzpcY/k2NsFGFKyHN9E= pharmacy Lee de la Cruz
reason New post

— clinic.example/p/34750f98bd59fcfc AAAA
signer ffffffffffffffff Nobody who signed, nurse
`

const founding = `countersign/genesis/v1
person 34750f98bd59fcfc AAAA= biomedical-technician Jo Søndergård
person 6a3803d5f059902a BBBB= nurse Kim, the Younger
`

const revocation = `countersign/revocation/v1
signer 6a3803d5f059902a Kim, the Younger, nurse
person b62e867fa2f33afe Lee de la Cruz, pharmacy
why left
`

// TestAnEventNamesWhoSignedAndWhomItConcerns reads statements as people would.
func TestAnEventNamesWhoSignedAndWhomItConcerns(t *testing.T) {
	kim, lee := leaf.Actor{ID: "6a3803d5f059902a", Name: "Kim, the Younger", Role: "nurse"}, leaf.Actor{ID: "b62e867fa2f33afe", Name: "Lee de la Cruz", Role: "pharmacy"}
	jo := leaf.Actor{ID: "34750f98bd59fcfc", Name: "Jo Søndergård", Role: "biomedical-technician"}
	for _, test := range []struct {
		kind, stmt string
		actor      leaf.Actor
		with       []leaf.Actor
		about      leaf.Actor
		text       string
	}{
		{"people.enrolled", enrolment, kim, []leaf.Actor{jo}, lee, "Person enrolled: Lee de la Cruz; reason New post"},
		{"people.genesis", founding, leaf.Actor{ID: "console"}, []leaf.Actor{jo, kim}, leaf.Actor{}, "Log founded by two persons"},
		{"people.revoked", revocation, kim, nil, lee, "Person's part ended for good: Lee de la Cruz; why left"},
		{"people.revoked", "", kim, nil, leaf.Actor{}, "Person's part ended for good"},
	} {
		e := EventOf(Record{Leaf: leaf.Leaf{Kind: test.kind, Stmt: test.stmt, Actor: test.actor}})
		if fmt.Sprint(e.With, e.About, e.Text) != fmt.Sprint(test.with, test.about, test.text) {
			t.Errorf("%s is signed with %v, about %v: %s", test.kind, e.With, e.About, e.Text)
		}
	}
}

// TestAnOutcomeThatThisVersionDoesNotKnowIsNotCalledGood holds for what a later version writes.
func TestAnOutcomeThatThisVersionDoesNotKnowIsNotCalledGood(t *testing.T) {
	for outcome, want := range map[string]int{"verified": 0, "adjusted": 4, "partial": 8, "unknown": 8, "transmuted": 8, "": 8} {
		var b leaf.Body
		b.Set("outcome", outcome)
		if e := EventOf(Record{Leaf: leaf.Leaf{Kind: "change.outcome", Body: b}}); e.Outcome != want {
			t.Errorf("%q is %d, not %d", outcome, e.Outcome, want)
		}
	}
}

func about(number, device string) Record {
	r := Record{Leaf: leaf.Leaf{Kind: "change.outcome"}}
	r.Body.Set("request", number)
	if device != "" {
		r.Body.Set("device", device)
	}
	return r
}

// TestAReaderKnowsTheDeviceOfARequest that an earlier record named, and of no other.
func TestAReaderKnowsTheDeviceOfARequest(t *testing.T) {
	var r Reader
	r.Event(about("A", "Pump SN 1"))
	r.Event(about("B", "Pump SN 2"))
	r.Event(about("A", "Pump SN 3")) // what a record says of itself holds for it alone
	for number, want := range map[string]string{"A": "1", "B": "2", "C": "", "": ""} {
		if e := r.Event(about(number, "")); e.Serial != want {
			t.Errorf("%q is about %q, not %q", number, e.Serial, want)
		}
	}
}

// TestAReaderForgetsTheOldest rather than grow with whatever a file says.
func TestAReaderForgetsTheOldest(t *testing.T) {
	var r Reader
	for i := range 2*maxDevices + 1 {
		r.Event(about(fmt.Sprint(i), "Pump SN 1"))
	}
	r.Event(about("long", strings.Repeat("x", maxDevice+1)))
	r.Event(about(strings.Repeat("x", maxNumber+1), "Pump SN 1"))
	if len(r.devices) != maxDevices || len(r.order) != maxDevices {
		t.Errorf("it remembers %d devices in %d places", len(r.devices), len(r.order))
	}
	if r.Event(about(fmt.Sprint(maxDevices), "")).Serial != "" || r.Event(about(fmt.Sprint(2*maxDevices), "")).Serial != "1" || r.Event(about("long", "")).Device != "" {
		t.Error("it does not forget the oldest, or remembers what is too long")
	}
}

// FuzzAnyRecordIsRead: whatever a record says, it is read, and what is told of it is bounded.
func FuzzAnyRecordIsRead(f *testing.F) {
	for _, stmt := range []string{enrolment, founding, revocation} {
		f.Add("people.enrolled", "reason", "why\nnot", stmt)
	}
	f.Add("emergency.opened", "frame.at", "2026-11-25T09:00:00.000+01:00", "")
	f.Add("drill.x", "outcome", strings.Repeat("€", 1000), "signer\nperson \ncandidate a b")
	f.Fuzz(func(t *testing.T, kind, key, value, stmt string) {
		r := Record{Leaf: leaf.Leaf{Kind: kind, Stmt: stmt, Actor: leaf.Actor{ID: value, Name: value}}}
		for _, key := range []string{key, "device", "request"} {
			r.Body.Set(key, value)
		}
		e := EventOf(r)
		if len(e.Text) > 3*maxText || len(e.With) > maxWith || e.Class == nil || e.Outcome < 0 || e.Outcome > 12 {
			t.Errorf("%d bytes, %d persons, outcome %d", len(e.Text), len(e.With), e.Outcome)
		}
		if utf8.ValidString(kind) && utf8.ValidString(value) && utf8.ValidString(stmt) && !utf8.ValidString(e.Text) {
			t.Errorf("%q is no text", e.Text)
		}
	})
}
