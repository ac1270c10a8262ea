package cases_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/leaf"
)

// TestNobodyFillsTheMemoryWithOpenCases: of many that never end the oldest are told early, in order, and each once.
func TestNobodyFillsTheMemoryWithOpenCases(t *testing.T) {
	const n = 400
	changes, sessions := []string{}, []string{}
	early := [2]int{}
	r := cases.NewReader(cases.Told{
		Change:    func(c *cases.Change) { changes = append(changes, c.ID) },
		Emergency: func(e *cases.Emergency) { sessions = append(sessions, e.ID) },
	})
	record := func(kind, key string, i int) {
		one := formats.Record{Leaf: leaf.Leaf{Seq: int64(i), Kind: kind}, Bytes: make([]byte, leaf.MaxSize)}
		one.Body.Set(key, strings.Repeat("x", i+1))
		r.Record(one)
	}
	for i := range n {
		record("change.requested", "request", i)
		record("emergency.opened", "session", i)
	}
	early = [2]int{len(changes), len(sessions)}
	r.End()
	if early[0] < n/2 || early[1] < n/2 || len(changes) != n || len(sessions) != n {
		t.Fatalf("%v were told early, %d and %d in the end", early, len(changes), len(sessions))
	}
	for i := range n {
		if len(changes[i]) != i+1 || len(sessions[i]) != i+1 {
			t.Fatalf("number %d came as %d and %d", i, len(changes[i])-1, len(sessions[i])-1)
		}
	}
}

// TestEachCaseIsToldOnce, and everything of it that the story has.
func TestEachCaseIsToldOnce(t *testing.T) {
	seen := map[string]int{}
	var session *cases.Emergency
	actions, papers := 0, 0
	r := cases.NewReader(cases.Told{
		Change:    func(c *cases.Change) { seen[c.ID]++ },
		Emergency: func(e *cases.Emergency) { seen[e.ID]++; session = firstOf(session, e) },
		Action:    func(*cases.Emergency, *cases.Action) { actions++ },
		Paper:     func(*cases.Paper) { papers++ },
	})
	for _, record := range casestest.Story("") {
		r.Record(record)
	}
	r.End()
	r.End()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
	if len(seen) != 8 || actions != 2 || papers != 1 {
		t.Errorf("%d cases, %d actions, %d papers", len(seen), actions, papers)
	}
	if session.Actions != 2 || session.Unknown != 1 || session.Reviewers() != 1 || session.Account == "" || session.Drift != "different" || !session.Unreviewed() {
		t.Errorf("the emergency is %+v", session)
	}
}

func firstOf(a, b *cases.Emergency) *cases.Emergency {
	if a != nil {
		return a
	}
	return b
}

// TestATimeIsMeasuredByTheClockThatNobodyCanSet where both records were made on one start-up.
func TestATimeIsMeasuredByTheClockThatNobodyCanSet(t *testing.T) {
	wall := time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)
	at := func(boot string, ms int64, wall time.Time) cases.Place {
		p := cases.Place{There: true}
		p.At.Boot, p.At.BootMS, p.At.Wall = boot, ms, wall
		return p
	}
	for _, c := range []struct {
		from, to cases.Place
		want     time.Duration
		ok       bool
	}{
		{at("a", 1000, wall), at("a", 3000, wall.Add(-time.Hour)), 2 * time.Second, true},
		{at("a", 1000, wall), at("b", 500, wall.Add(time.Minute)), time.Minute, true},
		{at("a", 1000, wall), at("b", 500, wall.Add(-time.Minute)), 0, false},
		{cases.Place{}, at("b", 500, wall), 0, false},
	} {
		if d, ok := cases.Between(c.from, c.to); ok != c.ok || ok && d != c.want {
			t.Errorf("%v, %v instead of %v", d, ok, c.want)
		}
	}
}
