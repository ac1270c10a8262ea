package verify

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/formats"
	"countersign/internal/house/figures"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

var update = flag.Bool("update", false, "write the vectors anew")

// vector is a bundle in which exactly one thing is wrong; everything else is hashed and signed as it would be.
type vector struct {
	name  string
	rule  rule             // that must fail
	until string           // where the story ends; "read" where nothing is said
	book  func(b *book)    // before the story
	shows func(int64) bool // which records are shown; nil for all
	pack  func(p *pack)    // before the bundle is sealed
	bytes func(zip []byte) []byte
	asked func(b *book, o *Options)
}

// The limits within which every one of them must have failed.
const (
	quick = time.Second
	small = 64 << 20
)

// allVectors are the tables of all files.
func allVectors() []vector {
	return slices.Concat(fileVectors(), zipVectors(), peopleVectors(), recordVectors(), sealVectors(), signatureVectors(), ruleVectors(), otherVectors())
}

// make writes a vector's bundle and what its auditor knows.
func (v vector) make(t testing.TB) ([]byte, Options) {
	b := newBook(t)
	if b.until = v.until; v.until == "" {
		b.until = "read"
	}
	if v.book != nil {
		v.book(b)
	}
	b.tell()
	s := scope{scope: formats.Full, shown: everything}
	if v.shows != nil {
		s = scope{scope: formats.Partial, from: 2, to: 5, shown: v.shows}
	}
	p := b.pack(s)
	if v.pack != nil {
		v.pack(p)
	}
	bundle := p.zip()
	if v.bytes != nil {
		bundle = v.bytes(bundle)
	}
	o := Options{Genesis: b.words()}
	if v.asked != nil {
		v.asked(b, &o)
	}
	return bundle, o
}

func (v vector) file() string {
	name := strings.Map(func(c rune) rune {
		if c == ' ' {
			return '-'
		}
		return c
	}, v.name)
	return filepath.Join("testdata", "vectors", name+".zip")
}

// TestEveryVectorFailsByItsOwnRule verifies the bundles in testdata, each of which lacks one binding. Each fails, by the rule that
// is named and with its own words, quickly and in little memory, and is what the generator makes today.
func TestEveryVectorFailsByItsOwnRule(t *testing.T) {
	names := map[string]bool{}
	for _, v := range allVectors() {
		if names[v.name] {
			t.Fatalf("two vectors are called %q", v.name)
		}
		names[v.name] = true
		t.Run(v.name, func(t *testing.T) {
			bundle, o := v.make(t)
			if *update {
				if err := os.WriteFile(v.file(), bundle, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			kept, err := os.ReadFile(v.file())
			if err != nil || !bytes.Equal(kept, bundle) {
				t.Fatalf("%s is not what is made today (go test -update): %v", v.file(), err)
			}
			o.derive = plain
			began, used, before := time.Now(), figures.ProcessorTime(t), allocated()
			r, err := Bundle(context.Background(), bytes.NewReader(kept), int64(len(kept)), o)
			took, busy, heap := time.Since(began), figures.ProcessorTime(t)-used, allocated()-before
			if busy > 0 {
				took = busy // other tests may have the machine meanwhile
			}
			if err != nil || r.Verdict != Failed || r.Failure == nil {
				t.Fatalf("%v: %s, findings %+v", err, r.Verdict, r.Findings)
			}
			if f := r.Failure; f.Rule != v.rule.word || f.Step != v.rule.step || f.Text == "" || strings.Contains(f.Text, "%!") {
				t.Errorf("it fails in step %d by %s at %d (%s), not in step %d by %s", f.Step, f.Rule, f.Seq, f.Text, v.rule.step, v.rule.word)
			}
			if s := r.Steps[r.Failure.Step-1]; s.State != Broken {
				t.Errorf("its step is %s", s.State)
			}
			if !raced && (took > quick || heap > small) { // the race detector takes its own time and memory
				t.Errorf("%s and %d bytes", took, heap)
			}
		})
	}
	if kept, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.zip")); err != nil || len(kept) != len(names) || len(names) < 60 {
		t.Errorf("%d vectors, %d in testdata: %v", len(names), len(kept), err)
	}
}

// allocated is how many bytes were ever allocated.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// unreached are the rules that no vector breaks, and why.
var unreached = map[string]string{
	"zip-total":      "it would take 64 GiB",
	"roster-two":     "the grammar of statements has one signer twice refused already",
	"derived-making": "the files for others can be made from every record",
}

// TestEveryRuleHasAVector holds the list of rules against the vectors: a check that is taken out is missed by one of them.
func TestEveryRuleHasAVector(t *testing.T) {
	source, err := os.ReadFile("rules.go")
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string]bool{}
	for _, v := range allVectors() {
		broken[v.rule.word] = true
	}
	for _, m := range regexp.MustCompile(`= rule\{"([a-z0-9-]+)"`).FindAllSubmatch(source, -1) {
		word := string(m[1])
		if why, known := unreached[word]; !broken[word] && (!known || why == "") {
			t.Errorf("no vector breaks %s", word)
		}
	}
}

// without drops the signature line of a person from a note.
func without(b *book, note, person string) string {
	var kept []string
	for line := range strings.Lines(note) {
		if !strings.HasPrefix(line, "— "+statement.KeyName(origin, b.people[person].id())) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// altered changes one record of a story.
func altered(record string, change func(*leaf.Leaf)) func(*book) {
	return func(b *book) {
		b.alter = func(name string, l *leaf.Leaf) {
			if name == record {
				change(l)
			}
		}
	}
}

// said changes what one statement of a story says.
func said[S statement.Statement](which string, change func(*S)) func(*book) {
	return func(b *book) {
		b.say = func(name string, s statement.Statement) statement.Statement {
			if name != which {
				return s
			}
			own := s.(S)
			change(&own)
			return own
		}
	}
}

// noted changes a note after it was signed.
func noted(which string, change func(b *book, note string) string) func(*book) {
	return func(b *book) {
		b.note = func(name, note string) string {
			if name == which {
				return change(b, note)
			}
			return note
		}
	}
}

// signedBy lets others sign.
func signedBy(which string, others ...string) func(*book) {
	return func(b *book) {
		b.who = func(name string, signers []string) []string {
			if name == which {
				return others
			}
			return signers
		}
	}
}

// behind writes something more behind a record.
func behind(record string, write func(b *book)) func(*book) {
	return func(b *book) { b.then[record] = func() { write(b) } }
}

// sealed changes the checkpoint behind a record.
func sealed(record string, change func(b *book, c *checkpoint) bool) func(*book) {
	return func(b *book) {
		b.seal = func(name string, c *checkpoint) bool { return name != record || change(b, c) }
	}
}

// all does several of these.
func all(what ...func(*book)) func(*book) {
	return func(b *book) {
		for _, do := range what {
			do(b)
		}
	}
}

// replaced changes the text of one of the given files.
func replaced(path, old, with string) func(*pack) {
	return func(p *pack) {
		p.b.t.Helper()
		if !bytes.Contains(p.given[path], []byte(old)) {
			p.b.t.Fatalf("%s has no %q", path, old)
		}
		p.given[path] = bytes.Replace(p.given[path], []byte(old), []byte(with), 1)
	}
}
