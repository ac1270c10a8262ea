package verify

import (
	"testing"

	"countersign/internal/formats"
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
