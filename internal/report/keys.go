package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"countersign/internal/formats"
)

// rosterKinds are the records from which a reader learns who there is and what they may do.
var rosterKinds = []string{
	"people.genesis", "people.enrolled", "people.role", "people.suspended", "people.restored", "people.revoked", "people.key-rotated",
	"people.sealed-codes", "policy.signed", "profile.approved",
}

// keys writes whose signatures count: the roster's statements, and the keys of the machine's epochs.
type keys struct {
	roster, epochs *text
}

func newKeys(_ formats.Heading, open formats.Open) formats.View {
	return &keys{openText(open, formats.RosterPath), openText(open, formats.EpochsPath)}
}

// rosterLine is a line of the roster.
type rosterLine struct {
	Seq  int64  `json:"seq"`
	Kind string `json:"kind"`
	Note string `json:"note"` // the statement with its signatures
}

func (k *keys) Record(r formats.Record) error {
	switch {
	case slices.Contains(rosterKinds, r.Kind):
		k.roster.json(rosterLine{r.Seq, r.Kind, r.Stmt})
	case r.Kind == "log.epoch":
		epoch, _ := r.Body.Int("epoch")
		link, _ := r.Body.Text("link")
		key, _ := r.Body.Text("key")
		k.epochs.printf("epoch %d %d %s %s\n", epoch, r.Seq, word(link), word(key))
	}
	return errors.Join(k.roster.err, k.epochs.err)
}

// word is a value as part of a line: what could look like two values or more is quoted.
func word(s string) string {
	for _, r := range s {
		if r <= ' ' || r == '"' || r > '~' {
			return fmt.Sprintf("%+q", s)
		}
	}
	if s == "" {
		return "-"
	}
	return s
}

func (k *keys) Close() error { return errors.Join(k.roster.close(), k.epochs.close()) }

// text writes a file. After a failure it only keeps the failure.
type text struct {
	file io.WriteCloser
	out  *bufio.Writer
	err  error
}

func openText(open formats.Open, path string) *text {
	t := &text{}
	if t.file, t.err = open(path); t.err == nil {
		t.out = bufio.NewWriterSize(t.file, 64<<10)
	}
	return t
}

func (t *text) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

// json writes a line. The characters that HTML means something by are not escaped: a signed note stays readable.
func (t *text) json(v any) {
	if t.err != nil {
		return
	}
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	t.err = e.Encode(v)
}

func (t *text) close() error {
	if t.file == nil {
		return t.err
	}
	if t.err == nil {
		t.err = t.out.Flush()
	}
	if err := t.file.Close(); t.err == nil {
		t.err = err
	}
	return t.err
}
