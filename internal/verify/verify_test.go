package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// told is a book with the whole story.
func told(t testing.TB) *book {
	b := newBook(t)
	b.tell()
	return b
}

// TestAStoryVerifies writes the whole story, exports all of it, and finds nothing wrong.
func TestAStoryVerifies(t *testing.T) {
	b := told(t)
	p := b.pack(scope{scope: formats.Full, shown: everything})
	p.previous(7)
	p.signExport(func(*statement.Export) {}, "Ann")
	bundle := p.zip()
	r := verified(b, bundle, Options{Genesis: b.words(), Known: []Witness{{Name: "a receipt", Origin: origin, Size: 9, Root: b.roots[9]}}})
	if r.Verdict != Verified || r.Failure != nil || len(r.Findings) > 0 {
		t.Fatalf("%s %+v %+v", r.Verdict, r.Failure, r.Findings)
	}
	if r.Answers != (Answers{Yes, Yes, "a receipt (9 records)", Yes}) {
		t.Errorf("%+v", r.Answers)
	}
	if r.Counts.Shown != b.tree.Size() || r.Counts.Withheld != 0 || r.Counts.Executions != 4 || r.Counts.Emergencies != 1 || r.Counts.Frames != 4 || r.Counts.Epochs != 3 {
		t.Errorf("%+v", r.Counts)
	}
	if r := verified(b, bundle, Options{}); r.Verdict != Unanchored || r.Answers.SignersKnown != Unknown {
		t.Errorf("without a founding: %s %+v", r.Verdict, r.Answers)
	}
}

// necessary are the kinds that every export shows.
func necessary(kind string) bool {
	return strings.HasPrefix(kind, "people.") || strings.HasPrefix(kind, "policy.") || strings.HasPrefix(kind, "profile.") || strings.HasPrefix(kind, "log.")
}

// TestPartOfALogVerifiesAndSaysWhatItProves exports every period of the story's log, with what must be shown besides.
func TestPartOfALogVerifiesAndSaysWhatItProves(t *testing.T) {
	b := told(t)
	size := b.tree.Size()
	for from := int64(0); from <= size; from += 5 {
		for to := from; to <= size; to += 9 {
			p := b.pack(scope{scope: formats.Partial, from: from, to: to, shown: func(seq int64) bool {
				return seq >= from && seq < to || necessary(b.kinds[seq])
			}})
			r := verified(b, p.zip(), Options{Genesis: b.words()})
			if r.Verdict != Verified && r.Verdict != WithFindings {
				t.Fatalf("from %d to %d: %s %+v", from, to, r.Verdict, r.Failure)
			}
			if r.Counts.Shown+r.Counts.Withheld != size || !strings.Contains(r.Steps[3].Proves, "withheld") {
				t.Errorf("from %d to %d: %+v, %s", from, to, r.Counts, r.Steps[3].Proves)
			}
		}
	}
}

// TestARedactedLogVerifies takes out each record by itself that may be taken out.
func TestARedactedLogVerifies(t *testing.T) {
	b := told(t)
	for out := range b.tree.Size() {
		if necessary(b.kinds[out]) {
			continue
		}
		p := b.pack(scope{scope: formats.Redacted, shown: func(seq int64) bool { return seq != out }})
		r := verified(b, p.zip(), Options{Genesis: b.words()})
		if r.Verdict != Verified && r.Verdict != WithFindings || r.Counts.Withheld != 1 {
			t.Errorf("without %s %d: %s %+v", b.kinds[out], out, r.Verdict, r.Failure)
		}
	}
}

// TestWhatIsWithheldIsCounted: the approval of a change is withheld, and the intent is shown.
func TestWhatIsWithheldIsCounted(t *testing.T) {
	b := told(t)
	out := b.names["approval R1"]
	p := b.pack(scope{scope: formats.Redacted, shown: func(seq int64) bool { return seq != out }})
	r := verified(b, p.zip(), Options{Genesis: b.words()})
	if r.Counts.Unchecked == 0 || r.Steps[5].State != Partly {
		t.Errorf("%+v %+v", r.Counts, r.Steps[5])
	}
}

// TestALogSaysWhatWantsALook writes what happened and is not as it should be, without anything being wrong with the record.
func TestALogSaysWhatWantsALook(t *testing.T) {
	for name, c := range map[string]struct {
		rule, until string
		book        func(b *book)
	}{
		"a machine key that the one before did not sign": {"epoch-unlinked", "read", behind("read", func(b *book) { b.begin("unlinked", "unlinked") })},
		"an older log that was put back":                 {"rolled-back", "read", behind("read", func(b *book) { b.add("back", "log.rolled-back", console, "", "size", 100) })},
		"an execution without an outcome":                {"execution-open", "intent R1", nil},
		"an unknown outcome":                             {"outcome-unknown", "outcome R2", nil},
		"an adjusted value":                              {"outcome-open", "outcome R7", nil},
		"an emergency without an end":                    {"emergency-open", "glass outcome", nil},
		"an overdue review":                              {"review-overdue", "closed", behind("closed", func(b *book) { b.clock = b.clock.Add(25 * time.Hour) })},
		"an unjustified emergency":                       {"review-unjustified", "reviewed", said("reviewed", func(r *statement.Review) { r.Finding, r.Incident = "unjustified", "I-1" })},
		"a clock that was set":                           {"clock-stepped", "read", altered("read", func(l *leaf.Leaf) { l.At.State = clock.Stepped })},
		"a clock that ran back":                          {"clock-back", "read", altered("read", func(l *leaf.Leaf) { l.At.Wall = l.At.Wall.Add(-time.Hour) })},
		"a journal with a gap":                           {"frames-missing", "glass outcome", behind("glass intent", func(b *book) { b.chain.next++ })},
		"paper": {"unattested", "read", behind("read", func(b *book) {
			paper := statement.Paper{By: b.by("paper", "Ann", "Bob"), About: "Power cut", Lines: []string{"10:00 alarm"}}
			b.add("paper", "emergency.paper", b.people["Ann"].actor(), b.sign("paper", paper, "Ann", "Bob"), "unattested-from", "2026-03-02T07:00:00Z")
		})},
	} {
		b := newBook(t)
		b.until = c.until
		if c.book != nil {
			c.book(b)
		}
		b.tell()
		r := verified(b, b.pack(scope{scope: formats.Full, shown: everything}).zip(), Options{Genesis: b.words()})
		if r.Verdict != WithFindings || !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == c.rule }) {
			t.Errorf("%s: %s %+v %+v", name, r.Verdict, r.Failure, r.Findings)
		}
	}
}

// TestTheExposureEndsWithTheLastSignatureOfSomebodyElse compares the windows with what the story says.
func TestTheExposureEndsWithTheLastSignatureOfSomebodyElse(t *testing.T) {
	b := told(t)
	p := b.pack(scope{scope: formats.Full, shown: everything})
	p.signExport(func(*statement.Export) {}, "Ann")
	r := verified(b, p.zip(), Options{Genesis: b.words()})
	size := b.tree.Size()
	here, away := size-b.names["revoked"]-1, size-b.names["approval R2"]-1
	if e := r.Exposure; e.Person != b.people["Ann"].id() || !e.CoLocated.Found || e.CoLocated.Records != here || e.Independent.Found {
		t.Errorf("%+v, want %d", e, here)
	}
	b.people["Bob"].role = "nursing"
	p = b.pack(scope{scope: formats.Full, shown: everything})
	p.signExport(func(*statement.Export) {}, "Bob")
	r = verified(b, p.zip(), Options{Genesis: b.words()})
	if e := r.Exposure; !e.Independent.Found || e.Independent.Records != away || r.Exporter != "Bob Example" {
		t.Errorf("%+v, want %d", e, away)
	}
}

// failing is a medium that is pulled out while it is read.
type failing struct {
	r    io.ReaderAt
	left int
}

var errPulled = errors.New("the stick was pulled")

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errPulled
	}
	return f.r.ReadAt(p, off)
}

// TestAMediumThatFailsIsNoVerdict pulls the medium at every read, and cancels: neither says anything about the bundle.
func TestAMediumThatFailsIsNoVerdict(t *testing.T) {
	b := told(t)
	bundle := b.pack(scope{scope: formats.Full, shown: everything}).zip()
	for reads := 0; ; reads++ {
		m := &failing{bytes.NewReader(bundle), reads}
		r, err := Bundle(t.Context(), m, int64(len(bundle)), Options{derive: plain})
		if err == nil {
			if r.Verdict != Unanchored {
				t.Errorf("%s %+v", r.Verdict, r.Failure)
			}
			break
		}
		if !errors.Is(err, errPulled) {
			t.Fatalf("after %d reads: %v", reads, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Bundle(ctx, bytes.NewReader(bundle), int64(len(bundle)), Options{derive: plain}); fault.KindOf(err) != fault.Cancelled {
		t.Error(err)
	}
}

// TestFormsOfAnotherEditionAreNotCalledForged: a later tool cannot make them again, and says that instead of anything about the record.
func TestFormsOfAnotherEditionAreNotCalledForged(t *testing.T) {
	b := told(t)
	p := b.pack(scope{scope: formats.Full, shown: everything})
	p.list = func(m *formats.Manifest) { m.Forms = "9 go9.9" }
	r := verified(b, p.zip(), Options{Genesis: b.words()})
	if r.Verdict != WithFindings || len(r.Findings) != 1 || r.Findings[0].Rule != "other-forms" || !strings.Contains(r.Findings[0].Text, "countersign test") {
		t.Errorf("%s %+v %+v", r.Verdict, r.Failure, r.Findings)
	}
	if r.Steps[7].State != NotDone || r.Steps[6].State != Passed {
		t.Errorf("%+v", r.Steps)
	}
}
