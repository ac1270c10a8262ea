package report

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/formats/cases/casestest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// folder keeps the files of a bundle in memory.
type folder struct {
	mu    sync.Mutex
	files map[string]*bytes.Buffer
	fails string // the path that cannot be opened
}

type file struct{ *bytes.Buffer }

func (file) Close() error { return nil }

var errNoRoom = errors.New("no room")

func (f *folder) open(path string) (io.WriteCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if path == f.fails {
		return nil, errNoRoom
	}
	b := &bytes.Buffer{}
	f.files[path] = b
	return file{b}, nil
}

func headingOf(n int) formats.Heading {
	return formats.Heading{
		Origin: casestest.Origin, Site: "Clinic Example", Program: "countersign 0.1.0", Made: time.Date(2026, 10, 3, 9, 8, 7, 6e6, time.UTC), Clock: "ok",
		Scope: formats.Full, To: int64(n), Head: formats.Head{Size: int64(n), Root: [32]byte{1, 2, 3}}, Shown: int64(n),
	}
}

func all(t testing.TB, h formats.Heading, records []formats.Record) map[string]*bytes.Buffer {
	t.Helper()
	f := &folder{files: map[string]*bytes.Buffer{}}
	v := All(h, f.open)
	for _, r := range records {
		if err := v.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return f.files
}

// TestTheReportsOfAStory compares the texts with what was looked at. With -update it writes them, and HTML and PDF beside them
// for somebody to look at.
func TestTheReportsOfAStory(t *testing.T) {
	records := casestest.Story("")
	files := all(t, headingOf(len(records)), records)
	for _, path := range []string{formats.VerifyPath, formats.SummaryPath, formats.RosterPath, formats.EpochsPath, formats.HTMLPath} {
		name := filepath.Join("testdata", filepath.Base(path))
		if *update {
			if err := os.WriteFile(name, files[path].Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(files[path].Bytes(), want) {
			t.Errorf("%s: %v: it is not as in testdata", path, err)
		}
	}
}

// TestTheSameRecordsMakeTheSameFiles twice, whatever the goroutines do.
func TestTheSameRecordsMakeTheSameFiles(t *testing.T) {
	records := casestest.Story("")
	first := all(t, headingOf(len(records)), records)
	for range 3 {
		again := all(t, headingOf(len(records)), records)
		for _, path := range slices.Sorted(maps.Keys(first)) {
			if !bytes.Equal(first[path].Bytes(), again[path].Bytes()) {
				t.Errorf("%s differs", path)
			}
		}
	}
}

// hostile is what somebody could write into a field: tags, scripts, quotation marks, control characters, other scripts, long words.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "&lt;b&gt;", "a\"b'c", "{{nb}} {nb}", "日本語の名前", "עברית", "=1+1", "%s %d \\", "(text) Tj ET", strings.Repeat("x", 480),
	strings.Repeat("long words ", 40) + "end",
}

// TestHostileTextsDoNothing: a report has no tag that is not ours, and a PDF can still be read.
func TestHostileTextsDoNothing(t *testing.T) {
	usual := casestest.Story("")
	tags := func(html string) string {
		var b strings.Builder
		for _, piece := range strings.Split(html, "<")[1:] {
			tag, _, _ := strings.Cut(piece, ">")
			b.WriteString(tag + "\n")
		}
		return b.String()
	}
	want := tags(all(t, headingOf(len(usual)), usual)[formats.HTMLPath].String())
	for _, s := range hostile {
		records := casestest.Story(s)
		h := headingOf(len(records))
		h.Site, h.Filter = s, s
		files := all(t, h, records)
		if got := tags(files[formats.HTMLPath].String()); got != want {
			t.Errorf("%.40q: other tags", s)
		}
		if pdf := files[formats.PDFPath].Bytes(); !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("%%EOF")) {
			t.Errorf("%.40q: no PDF", s)
		}
	}
}

// TestAReportWithoutSomeRecordsSaysSo leaves out each record in turn, and each kind.
func TestAReportWithoutSomeRecordsSaysSo(t *testing.T) {
	records := casestest.Story("")
	h := headingOf(len(records))
	h.Scope = formats.Partial
	kinds := map[string]bool{}
	summary := func(records []formats.Record) *Summary {
		s := NewSummary(h)
		for _, r := range records {
			if err := s.Record(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		compose(s, maxChanges)
		return s
	}
	for i, r := range records {
		if s := summary(slices.Delete(slices.Clone(records), i, i+1)); s.Gaps != 1 || s.Withheld != 1 {
			t.Errorf("without record %d there are %d gaps of %d records", i, s.Gaps, s.Withheld)
		}
		kinds[r.Kind] = true
	}
	for kind := range kinds {
		summary(slices.DeleteFunc(slices.Clone(records), func(r formats.Record) bool { return r.Kind != kind }))
	}
	all(t, h, nil)
	lone := summary(slices.DeleteFunc(slices.Clone(records), func(r formats.Record) bool { return r.Kind == "change.approved" }))
	if lone.Lonely != 3 || lone.Approvals != 0 {
		t.Errorf("%d changes without an approval", lone.Lonely)
	}
}

// TestASummaryCounts what happens in the story.
func TestASummaryCounts(t *testing.T) {
	records := casestest.Story("")
	s := NewSummary(headingOf(len(records)))
	for _, r := range records {
		_ = s.Record(r)
	}
	_ = s.Close()
	for what, n := range map[string][2]int{
		"requests": {s.Requests, 6}, "unknown": {s.Unknown, 2}, "approvals": {s.Approvals, 3}, "quick": {s.Quick, 1}, "weak": {s.Weak, 2}, "emergencies": {s.Emergencies, 1},
		"drills": {s.Drills, 1}, "reviews": {s.OpenReviews, 1}, "people": {len(s.People), 4}, "pairs": {len(s.Pairs), 3}, "open": {s.OpenCount, 1},
		"verified": {s.ByOutcome["verified"], 1}, "superseded": {s.ByState["superseded"], 2}, "steps": {int(s.ClockSteps), 1}, "unattested": {s.UnattestedCount, 3},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d instead of %d", what, n[0], n[1])
		}
	}
}

// TestPeopleWhoNodToEachOtherAreNamed: who approves at once, and whom they approve mostly.
func TestPeopleWhoNodToEachOtherAreNamed(t *testing.T) {
	records := casestest.Nodding()
	files := all(t, headingOf(len(records)), records)
	for path, want := range map[string][]string{
		formats.SummaryPath: {"Jo Søndergård and Kim, the Younger approve mostly each other's changes (10 and 10)", "20 approvals came within 3 s"},
		formats.PairsPath:   {`"Kim, the Younger",10,1.000,10,10,10,83.3`},
	} {
		text := strings.Join(strings.Fields(files[path].String()), " ")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q", path, w)
			}
		}
	}
}

// TestTheFirstFailureEndsIt and is told, and nothing hangs.
func TestTheFirstFailureEndsIt(t *testing.T) {
	records := casestest.Story("")
	for _, path := range []string{formats.EventsPath, formats.RosterPath, formats.PDFPath, formats.PairsPath} {
		f := &folder{files: map[string]*bytes.Buffer{}, fails: path}
		v := All(headingOf(len(records)), f.open)
		for range 8 {
			for _, r := range records {
				_ = v.Record(r)
			}
		}
		if err := v.Close(); !errors.Is(err, errNoRoom) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestAHiddenValueStaysHidden: what a second person has yet to enter stands in no report and no table.
func TestAHiddenValueStaysHidden(t *testing.T) {
	records := casestest.Story("")
	waits := slices.IndexFunc(records, func(r formats.Record) bool { return strings.Contains(r.Stmt, "Still waits") })
	files := all(t, headingOf(waits+1), records[waits:waits+1])
	for _, path := range []string{formats.HTMLPath, formats.ChangesPath} {
		if text := files[path].String(); !strings.Contains(text, cases.Unseen) || strings.Contains(text, "-&gt; 45") {
			t.Errorf("%s shows what has to be entered blind", path)
		}
	}
}

// TestAReportOfAThickLogStaysAReport: pages and rows are bounded, and what is left out is said.
func TestAReportOfAThickLogStaysAReport(t *testing.T) {
	records := casestest.Story("")
	h := headingOf(len(records))
	h.Scope = formats.Partial
	f := &folder{files: map[string]*bytes.Buffer{}}
	v := newPapers(h, f.open).(*papers)
	for _, r := range records {
		_ = v.Record(r)
	}
	some := slices.Clone(v.summary.Changes)
	for i := range 6000 {
		c := *some[i%len(some)]
		v.summary.change(&c)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	html, pdf := f.files[formats.HTMLPath].String(), f.files[formats.PDFPath].String()
	if rows := strings.Count(html, "<tr>"); rows > htmlChanges+1000 || !strings.Contains(html, "These are the last 5000 of") {
		t.Errorf("%d rows", rows)
	}
	if pages := strings.Count(pdf, "/Type /Page\n"); pages == 0 || pages > 60 || len(pdf) > 8<<20 {
		t.Errorf("%d pages, %d bytes", pages, len(pdf))
	}
}
