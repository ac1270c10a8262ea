package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/internal/formats"
)

// FuzzBundle: whatever is handed in, there is a verdict, and nothing that was not the story's is verified.
func FuzzBundle(f *testing.F) {
	kept, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.zip"))
	if err != nil || len(kept) == 0 {
		f.Fatal(err)
	}
	for i, path := range kept {
		if i%8 == 0 {
			bundle, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(bundle)
		}
	}
	b := told(f)
	f.Add(b.pack(scope{scope: formats.Full, shown: everything}).zip())
	words := b.words()
	f.Fuzz(func(t *testing.T, bundle []byte) {
		r, err := Bundle(context.Background(), bytes.NewReader(bundle), int64(len(bundle)), Options{Genesis: words, derive: plain})
		if err != nil {
			t.Fatal(err)
		}
		if (r.Verdict == Failed) != (r.Failure != nil) {
			t.Fatalf("%s %+v", r.Verdict, r.Failure)
		}
		var text bytes.Buffer
		if err := r.Text(&text); err != nil || text.Len() == 0 {
			t.Fatal(err)
		}
	})
}

// seedFiles are the small files of a real bundle.
func seedFiles(f *testing.F) *pack {
	b := told(f)
	p := b.pack(scope{scope: formats.Partial, from: 8, to: 20, shown: func(seq int64) bool { return seq > 8 && seq < 20 || necessary(b.kinds[seq]) }})
	p.previous(7)
	return p
}

// FuzzOutside: what is read is written the same, and in order.
func FuzzOutside(f *testing.F) {
	f.Add(seedFiles(f).given[formats.OutsidePath])
	f.Fuzz(func(t *testing.T, text []byte) {
		var again bytes.Buffer
		o, err := newOutside(bytes.NewReader(text))
		for err == nil && !o.ended {
			n := o.node
			if n.From < o.to || n.Check() != nil {
				t.Fatalf("%+v behind %d", n, o.to)
			}
			fmt.Fprintf(&again, "node %d %d %x\n", n.From, n.To, n.Hash)
			err = o.advance()
		}
		if err == nil && !bytes.Equal(again.Bytes(), text) {
			t.Fatalf("%q becomes %q", text, again.Bytes())
		}
	})
}

// FuzzCheckpoints: what is read is written the same, and its sizes grow.
func FuzzCheckpoints(f *testing.F) {
	f.Add(seedFiles(f).given[formats.CheckpointsPath])
	f.Fuzz(func(t *testing.T, text []byte) {
		var again bytes.Buffer
		c, err := newCheckpoints(bytes.NewReader(text))
		for err == nil && !c.ended {
			if c.next.size <= c.last {
				t.Fatalf("%d behind %d", c.next.size, c.last)
			}
			fmt.Fprintf(&again, "checkpoint %d %d\n%s\n", c.next.size, c.next.epoch, c.next.note)
			err = c.advance()
		}
		if err == nil && !bytes.Equal(again.Bytes(), text) {
			t.Fatalf("%q becomes %q", text, again.Bytes())
		}
	})
}

// FuzzConsistency: what is read is written the same.
func FuzzConsistency(f *testing.F) {
	f.Add(seedFiles(f).given[formats.ConsistencyPath])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConsistency(text)
		if err != nil || c == nil {
			return
		}
		again := fmt.Sprintf("from %d %s\nto %d %s\n", c.from.Size, b64(c.from.Root), c.to.Size, b64(c.to.Root))
		for _, h := range c.proof {
			again += b64(h) + "\n"
		}
		if again != string(text) {
			t.Fatalf("%q becomes %q", text, again)
		}
	})
}

// FuzzMachine: what is read is written the same.
func FuzzMachine(f *testing.F) {
	f.Add(fmt.Appendf(nil, "epoch 2\nsignature %s\n", base64.StdEncoding.EncodeToString(make([]byte, 64))))
	f.Fuzz(func(t *testing.T, text []byte) {
		epoch, sig, err := parseMachine(text)
		if err != nil {
			return
		}
		if again := fmt.Sprintf("epoch %d\nsignature %s\n", epoch, base64.StdEncoding.EncodeToString(sig)); again != string(text) {
			t.Fatalf("%q becomes %q", text, again)
		}
	})
}

// FuzzRules: rules that are read are written the same.
func FuzzRules(f *testing.F) {
	f.Add("technician,clinical-lead", "nursing+pharmacy,clinical-lead", "other", 7)
	f.Add("any", "any", "any", 0)
	f.Fuzz(func(t *testing.T, propose, approve, seat string, days int) {
		lines := minimum().lines()
		lines[2] = "clinical propose " + propose + " approve " + approve + " seat " + seat + " entry blind"
		lines[4] = fmt.Sprintf("probation %d d", days)
		r, err := parseRules(lines)
		if err == nil && fmt.Sprint(r.lines()) != fmt.Sprint(lines) {
			t.Fatalf("%q becomes %q", lines, r.lines())
		}
	})
}
