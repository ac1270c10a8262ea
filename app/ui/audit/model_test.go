package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

// declared finds the kinds of record that code writes.
var declared = regexp.MustCompile(`\b[kK]ind[A-Z]\w*\s*=\s*"([a-z-]+\.[a-z-]+)"`)

func TestEveryKindOfRecordHasWords(t *testing.T) {
	seen := map[string]bool{}
	for _, root := range []string{"../../../internal", "../.."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, match := range declared.FindAllSubmatch(code, -1) {
				seen[string(match[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 18 {
		t.Fatalf("only %d kinds found: the test looks in the wrong place", len(seen))
	}
	for kind := range seen {
		group, _, _ := strings.Cut(kind, ".")
		if Kind(kind) == kind || kit.T("audit.group."+group) == "audit.group."+group {
			t.Errorf("%s has no words, or belongs to no group that can be chosen", kind)
		}
	}
}

func TestWhatHasNoWordsIsShownAsItIs(t *testing.T) {
	if got := Kind("later.invention"); got != "later.invention" {
		t.Errorf("a kind of a later version reads %q", got)
	}
	if got := fieldName("colour"); got != "colour" {
		t.Errorf("a field of a later version is called %q", got)
	}
	if got := fieldWord("steps", "not a step"); got != "not a step" {
		t.Errorf("steps of a later version read %q", got)
	}
	if got := Clock(clock.Reading{State: "sundial"}); got != "sundial" {
		t.Errorf("a clock state of a later version reads %q", got)
	}
}

func TestAnActorIsNamedWithTheRole(t *testing.T) {
	for want, actor := range map[string]leaf.Actor{
		"Robin Sample, Technician": {ID: "7f3a91c25d0c8a52", Name: "Robin Sample", Role: "technician"},
		"Kim Example, juggler":     {ID: "7f3a91c25d0c8a53", Name: "Kim Example", Role: "juggler"},
		"Countersign":              {ID: "console", Name: "Countersign"},
		"Nobody signed in":         {ID: "nobody", Name: "nobody signed in"},
	} {
		if got := Who(actor); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFieldsAreWordedForPeople(t *testing.T) {
	for _, c := range [][3]string{
		{"outcome", "not sent", "Not sent"},
		{"why", "silent", "The device does not answer. The connection is open, but no answer came in time."},
		{"why", "the ward objects", "the ward objects"},
		{"steps", "alarm.etco2.high 50 -> 45 mm[Hg] clinical\t48\tadjusted\t",
			"alarm.etco2.high: from 50 to 45 mmHg, now 48 mmHg – Adjusted by device"},
		{"steps", "alarm.etco2.high 50 -> 45 mm[Hg] clinical\t\tunknown\tport_gone", "alarm.etco2.high: from 50 to 45 mmHg – Unknown"},
		{"firmware", "1.2", "1.2"},
	} {
		if got := fieldWord(c[0], c[1]); got != c[2] {
			t.Errorf("%s %q reads %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// page makes the rows of these numbers.
func page(from, to int64) []Row {
	var rows []Row
	for seq := from; seq < to; seq++ {
		rows = append(rows, Row{Seq: seq, Group: People})
	}
	return rows
}

// fill answers every question of the model and returns the first.
func fill(t *testing.T, m *Model) (firstFrom, firstTo int64) {
	t.Helper()
	for n := 0; ; n++ {
		from, to, ok := m.Next()
		if !ok {
			return firstFrom, firstTo
		}
		if to <= from || to-from > pageSize || n > 100 {
			t.Fatalf("page %d is %d to %d", n, from, to)
		}
		if n == 0 {
			firstFrom, firstTo = from, to
		}
		m.Take(page(from, to), from, to, nil)
	}
}

// gapless says whether the rows are the newest of a log of this size.
func gapless(m *Model, size int64) bool {
	rows := m.Rows()
	for i, r := range rows {
		if r.Seq != size-int64(len(rows))+int64(i) {
			return false
		}
	}
	return int64(len(rows)) == min(size, MaxRows)
}

func TestTheNewestRecordsComeFirstAndTheRestPageByPage(t *testing.T) {
	m := NewModel()
	m.Grow(12000)
	if from, to := fill(t, m); from != 11500 || to != 12000 {
		t.Errorf("the first page is %d to %d", from, to)
	}
	if !gapless(m, 12000) {
		t.Errorf("%d rows", len(m.Rows()))
	}
	if got := m.Summary(); !strings.HasPrefix(got, "The newest 5000 of 12000 records.") {
		t.Errorf("the summary is %q", got)
	}
}

func TestNewRecordsPushTheOldestOut(t *testing.T) {
	m := NewModel()
	for _, size := range []int64{3, 4, 4900, 5003, 5004, 30000} { // the last leaves nothing of what was shown
		m.Grow(size)
		fill(t, m)
		if !gapless(m, size) {
			t.Fatalf("at %d records: %d rows", size, len(m.Rows()))
		}
	}
}

func TestWhileAPageIsOnItsWayNoOtherIsAskedFor(t *testing.T) {
	m := NewModel()
	m.Grow(3)
	m.Loading = true
	if _, _, ok := m.Next(); ok {
		t.Error("two pages at once")
	}
}

func TestAPageThatFailedIsToldAndAskedForAgain(t *testing.T) {
	m := NewModel()
	m.Grow(3)
	broken := fault.New(fault.LogBroken, "1", nil)
	m.Take(nil, 0, 3, broken)
	if from, to, ok := m.Next(); m.Fault == nil || !ok || from != 0 || to != 3 {
		t.Errorf("%v; next %d to %d", m.Fault, from, to)
	}
	fill(t, m)
	if m.Fault != nil || !gapless(m, 3) {
		t.Errorf("after it worked: %v", m.Fault)
	}
}

func TestLaterRecordsOfARequestSayWhatItIsAbout(t *testing.T) {
	draft := func(seq int64, kind string, pairs ...string) Row {
		r := audit.Record{Leaf: leaf.Leaf{Seq: seq, Kind: kind}}
		for i := 0; i < len(pairs); i += 2 {
			r.Body.Set(pairs[i], pairs[i+1])
		}
		return row(r)
	}
	m := NewModel()
	m.Grow(2)
	m.Take([]Row{draft(1, "change.outcome", "request", "01R", "outcome", "partial")}, 1, 2, nil)
	if got := m.Rows()[0]; got.About != "" || got.What != "Outcome: Partial" {
		t.Errorf("before its request is read: %+v", got)
	}
	m.Take([]Row{draft(0, "change.requested", "request", "01R", "device", "Capnostream 20 SN B1", "settings", "alarm.etco2.high")}, 0, 1, nil)
	for _, r := range m.Rows() {
		if r.About != "Capnostream 20 SN B1: alarm.etco2.high" {
			t.Errorf("%s is about %q", r.What, r.About)
		}
	}
}

func TestTheGroupChoosesRows(t *testing.T) {
	m := NewModel()
	m.Grow(2)
	m.Take([]Row{{Seq: 0, Group: People}, {Seq: 1, Group: Devices}}, 0, 2, nil)
	if len(m.Rows()) != 2 {
		t.Errorf("all records are %d", len(m.Rows()))
	}
	m.Group = Devices
	if rows := m.Rows(); len(rows) != 1 || rows[0].Seq != 1 {
		t.Errorf("the devices' records are %+v", rows)
	}
	m.Group = Changes
	if len(m.Rows()) != 0 {
		t.Error("a group shows another's records")
	}
}

func TestTheResultOfTheCheckIsASentence(t *testing.T) {
	broken := func(seq string, cause error) error { return fault.New(fault.LogBroken, seq, cause) }
	for sentence, c := range map[string]struct {
		err  error
		more string // what must be said besides
	}{
		"Whole: 1234 records, 1 signed statement checked, root ab00 0000 …": {nil, "The root now: ab00"},
		"Not whole: record 7 is the first that is wrong.":                   {broken("7", fault.New(fault.Signature, "x", nil)), "not signed by the person"},
		"Not whole: record 8 is the first that is wrong.":                   {broken("8", fault.New(fault.LogBroken, "x", nil)), "cannot be read"},
		"Not whole: record 9 is the first that is wrong.":                   {broken("9", errors.New("x")), "does not follow the record before"},
		"Not whole: record 1234 is the first that is wrong.":                {broken("1234", errors.New("x")), "cut off or added"},
		"The verification was cancelled.":                                   {fault.New(fault.Cancelled, "", nil), "says nothing"},
		"The log could not be verified. The audit log is in use.":           {fault.New(fault.LogBusy, "", nil), "close it and start again"},
	} {
		var v Verification
		if !v.Begin(1234) || v.Begin(1234) {
			t.Fatal("it does not begin exactly once")
		}
		found := audit.Verified{Signed: 1, Head: audit.Head{Size: 1234, Root: [32]byte{0xab}}}
		v.End(found, c.err, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
		state, got, more, ok := v.Result()
		if got != sentence || !ok || !strings.Contains(more, c.more) {
			t.Errorf("got %q, %q, want %q, %q", got, more, sentence, c.more)
		}
		if (state == kit.Verified) != (c.err == nil) {
			t.Errorf("%q is shown as %s", got, state)
		}
		if strings.HasPrefix(got, "Not whole") && !strings.Contains(more, "Make no changes") {
			t.Errorf("nobody says what to do: %q", more)
		}
	}
}
