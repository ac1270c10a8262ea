package formats

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/internal/fault"
)

// Manifest says what a bundle holds. Its text has exactly one spelling: what ParseManifest accepts is what Text writes.
type Manifest struct {
	Origin    string
	Program   string    // name and version, "countersign 0.1.0"
	Forms     string    // the edition of the derived files, as report.Edition names it
	Made      time.Time // UTC, whole milliseconds
	Clock     string    // what the clock was worth: "ok", "unsynced" or "stepped"
	Simulated bool      // the devices were the simulated ward's
	Site      string    // what the site is called; the origin where nobody said
	Scope     Scope
	From, To  int64  // the period, in records: those from From up to, not including, To
	Filter    string // for people: which of them were chosen, and why; "" where all are there
	Head      Head   // of the log when it was exported; its size is at least To
	Previous  Head   // at the export before; size 0 where there was none
	Shown     int64  // records that the bundle has whole
	Files     []File // in the bundle's order, without MANIFEST, MACHINE and EXPORT
}

// Scope is how much of the log a bundle shows.
type Scope string

// The scopes. Records that a bundle does not show are withheld: their hashes, or those of whole subtrees, stand for them.
const (
	Full     Scope = "full"     // every record up to the head
	Partial  Scope = "partial"  // those of a period, a device or a person, and what is needed to check them
	Redacted Scope = "redacted" // as Full or Partial, and single records were taken out for a reason
)

// Head is the size and root of the log's tree.
type Head struct {
	Size int64
	Root [32]byte
}

// File is a file of the bundle.
type File struct {
	Path   string
	Size   int64
	SHA256 [32]byte
}

const (
	manifestFirst = "countersign/manifest/v1"
	madeLayout    = "2006-01-02T15:04:05.000Z"
)

var strict64 = base64.StdEncoding.Strict()

// Text returns the one spelling of m; what has none is fault.Internal.
func (m Manifest) Text() ([]byte, error) {
	text := m.text()
	if back, err := ParseManifest(text); err != nil || !bytes.Equal(back.text(), text) {
		return nil, fault.New(fault.Internal, ManifestPath, err)
	}
	return text, nil
}

func (m Manifest) text() []byte {
	var b bytes.Buffer
	line := func(key string, values ...any) { fmt.Fprintln(&b, append([]any{key}, values...)...) }
	b.WriteString(manifestFirst + "\n")
	line("origin", m.Origin)
	line("program", m.Program)
	line("forms", m.Forms)
	line("made", m.Made.UTC().Format(madeLayout), m.Clock)
	line("simulated", m.Simulated)
	line("site", m.Site)
	line("scope", m.Scope)
	line("period", m.From, m.To)
	line("filter", dash(m.Filter))
	line("head", m.Head.Size, strict64.EncodeToString(m.Head.Root[:]))
	line("previous", m.Previous.Size, strict64.EncodeToString(m.Previous.Root[:]))
	line("shown", m.Shown)
	for _, f := range m.Files {
		line("file", hex.EncodeToString(f.SHA256[:]), f.Size, f.Path)
	}
	return b.Bytes()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// ParseManifest reads a manifest. Everything but its one spelling is fault.Incoming.
func ParseManifest(text []byte) (Manifest, error) {
	m, err := parseManifest(text)
	if err == nil && !bytes.Equal(m.text(), text) {
		err = errors.New("it is not in its one spelling")
	}
	if err != nil {
		return Manifest{}, fault.New(fault.Incoming, ManifestPath, err)
	}
	return m, nil
}

// heading are the lines before the files', in their order.
var heading = []string{"origin", "program", "forms", "made", "simulated", "site", "scope", "period", "filter", "head", "previous", "shown"}

func parseManifest(text []byte) (m Manifest, err error) {
	if len(text) > MaxManifest || !utf8.Valid(text) {
		return m, errors.New("it is too long, or not text")
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < len(heading)+2 || lines[0] != manifestFirst || lines[len(lines)-1] != "" {
		return m, fmt.Errorf("it does not begin with %q or misses lines", manifestFirst)
	}
	values := map[string]string{}
	for i, key := range heading {
		value, ok := strings.CutPrefix(lines[i+1], key+" ")
		if !ok || value == "" || strings.TrimSpace(value) != value || strings.ContainsFunc(value, unicode.IsControl) {
			return m, fmt.Errorf("line %d is not %q", i+2, key)
		}
		values[key] = value
	}
	if err := m.head(values); err != nil {
		return m, err
	}
	seen := map[string]bool{ManifestPath: true, MachinePath: true, ExportPath: true}
	for _, l := range lines[len(heading)+1 : len(lines)-1] {
		f, err := parseFile(l)
		if err != nil {
			return m, err
		}
		if fold := strings.ToLower(f.Path); seen[fold] || seen[f.Path] {
			return m, fmt.Errorf("%s is there twice", f.Path)
		} else {
			seen[fold] = true
		}
		m.Files = append(m.Files, f)
	}
	return m, m.check()
}

func (m *Manifest) head(values map[string]string) (err error) {
	m.Origin, m.Program, m.Forms, m.Site, m.Scope = values["origin"], values["program"], values["forms"], values["site"], Scope(values["scope"])
	m.Simulated = values["simulated"] == "true"
	if m.Filter = values["filter"]; m.Filter == "-" {
		m.Filter = ""
	}
	made, state, _ := strings.Cut(values["made"], " ")
	m.Clock = state
	if m.Made, err = time.Parse(madeLayout, made); err != nil {
		return errors.New("the time when it was made is none")
	}
	from, to, _ := strings.Cut(values["period"], " ")
	if m.From, err = number(from); err == nil {
		m.To, err = number(to)
	}
	if err == nil {
		m.Shown, err = number(values["shown"])
	}
	if err == nil {
		m.Head, err = parseHead(values["head"])
	}
	if err == nil {
		m.Previous, err = parseHead(values["previous"])
	}
	return err
}

func parseHead(text string) (h Head, err error) {
	size, root, _ := strings.Cut(text, " ")
	if h.Size, err = number(size); err != nil {
		return h, err
	}
	b, err := strict64.DecodeString(root)
	if err != nil || len(b) != len(h.Root) {
		return h, errors.New("a root that is no hash")
	}
	h.Root = [32]byte(b)
	return h, nil
}

// path is how a file in a bundle may be called: nothing that leads elsewhere, on any system.
var path = regexp.MustCompile(`^[A-Za-z]+(/[a-z0-9]+(-[0-9]{5})?)?(\.[a-z0-9]+)?$`)

func parseFile(line string) (f File, err error) {
	parts := strings.Split(line, " ")
	if len(parts) != 4 || parts[0] != "file" {
		return f, fmt.Errorf("%.80q is no line of a file", line)
	}
	sum, err := hex.DecodeString(parts[1])
	if err != nil || len(sum) != len(f.SHA256) {
		return f, fmt.Errorf("%.80q has no SHA-256", line)
	}
	f.SHA256 = [32]byte(sum)
	if f.Size, err = number(parts[2]); err != nil || f.Size > MaxEntry {
		return f, fmt.Errorf("%.80q has no size", line)
	}
	if f.Path = parts[3]; len(f.Path) > MaxPath || !path.MatchString(f.Path) {
		return f, fmt.Errorf("%.80q is no name of a file in a bundle", f.Path)
	}
	return f, nil
}

// maxRecords bounds numbers of records: no log comes near it.
const maxRecords = 1 << 53

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxRecords {
		return 0, fmt.Errorf("%.40q is no number of records or bytes", text)
	}
	return n, nil
}

func (m *Manifest) check() error {
	var total int64
	for _, f := range m.Files {
		total += f.Size
	}
	switch {
	case m.Scope != Full && m.Scope != Partial && m.Scope != Redacted:
		return fmt.Errorf("%.40q is no scope", m.Scope)
	case m.From > m.To || m.To > m.Head.Size || m.Previous.Size > m.Head.Size || m.Shown > m.Head.Size:
		return errors.New("its numbers of records contradict one another")
	case m.Scope == Full && (m.From != 0 || m.To != m.Head.Size || m.Shown != m.Head.Size):
		return errors.New("it calls itself full and leaves records out")
	case len(m.Files) > MaxEntries-3 || total > MaxTotal:
		return errors.New("it lists more than a bundle may hold")
	}
	return nil
}

// Fingerprint is the short form of a manifest's digest that people compare.
func Fingerprint(digest [32]byte) string {
	d := hex.EncodeToString(digest[:8])
	return d[:4] + " " + d[4:8] + " " + d[8:12] + " " + d[12:]
}
