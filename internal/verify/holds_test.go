package verify

import (
	"os"
	"path/filepath"
	"testing"

	"countersign/internal/formats"
	"countersign/internal/statement"
)

// TestEveryStatementButTheFoundingSaysWhoSignedIt reads the samples of package statement: a kind that is new there must not make logs
// fail here.
func TestEveryStatementButTheFoundingSaysWhoSignedIt(t *testing.T) {
	samples, err := filepath.Glob(filepath.Join("..", "statement", "testdata", "*.txt"))
	if err != nil || len(samples) < 30 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		s, err := statement.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", sample, err)
		}
		if by, ok := byOf(s); ok != (s.Kind() != "genesis") || ok && (len(by.Signers) == 0 || by.Log.Origin == "") {
			t.Errorf("%s: %+v, %t", sample, by, ok)
		}
	}
}

// TestALogWithALegalHoldVerifies places a hold and releases it, which takes two persons.
func TestALogWithALegalHoldVerifies(t *testing.T) {
	for _, releasers := range [][]string{{"Ann", "Bob"}, {"Ann", "Cat"}} {
		b := newBook(t)
		b.until = "read"
		b.tell()
		ann := b.people["Ann"].actor()
		hold := statement.Hold{By: b.by("hold", "Ann"), Scope: "everything", Reason: "Inspection announced"}
		text, err := hold.Text()
		b.ok(err)
		b.add("hold", "retention.hold", ann, b.sign("hold", hold, "Ann"), "hold", hold.ID, "scope", "everything")
		if releasers[1] == "Cat" { // enrolled too recently
			rules := minimum()
			b.add("policy again", "policy.signed", ann, b.sign("policy again", statement.Policy{By: b.by("policy again", "Ann", "Bob"), Rules: rules.lines(), Reason: "Ours"}, "Ann", "Bob"))
		}
		release := statement.Release{By: b.by("release", releasers...), Of: hold.ID, Hold: statement.Digest(text), Reason: "Closed"}
		b.add("release", "retention.released", ann, b.sign("release", release, releasers...), "hold", hold.ID)
		r := verified(b, b.pack(scope{scope: formats.Full, shown: everything}).zip(), Options{Genesis: b.words()})
		switch {
		case releasers[1] == "Bob" && (r.Verdict != Verified || r.Failure != nil):
			t.Errorf("%s %+v %+v", r.Verdict, r.Failure, r.Findings)
		case releasers[1] == "Cat" && (r.Failure == nil || r.Failure.Rule != stmtTwo.word):
			t.Errorf("somebody enrolled too recently released a hold: %s %+v", r.Verdict, r.Failure)
		}
	}
}
