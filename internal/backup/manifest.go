package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// Manifest says what a backup holds. Its text has exactly one spelling: what ParseManifest accepts is what Text writes.
type Manifest struct {
	Program string     // name and version, "countersign 0.1.0"
	Made    time.Time  // UTC, whole milliseconds
	Clock   string     // what the clock was worth: "ok", "unsynced" or "stepped"
	Head    audit.Head // of the log in it
	Files   []File     // in the backup's order, without the manifest
}

// File is a file of a backup: its path is the one in the data folder.
type File struct {
	Path   string
	Size   int64
	SHA256 [32]byte
}

const (
	manifestPath  = "MANIFEST"
	manifestFirst = "countersign/backup/v1"
	madeLayout    = "2006-01-02T15:04:05.000Z"
)

var strict64 = base64.StdEncoding.Strict()

// Total is how many bytes its files take.
func (m Manifest) Total() (total int64) {
	for _, f := range m.Files {
		total += f.Size
	}
	return total
}

// Text returns the one spelling of m; what has none is fault.Internal.
func (m Manifest) Text() ([]byte, error) {
	text := m.text()
	if _, err := ParseManifest(text); err != nil {
		return nil, fault.New(fault.Internal, manifestPath, err)
	}
	return text, nil
}

func (m Manifest) text() []byte {
	var b bytes.Buffer
	line := func(key string, values ...any) { fmt.Fprintln(&b, append([]any{key}, values...)...) }
	b.WriteString(manifestFirst + "\n")
	line("program", m.Program)
	line("made", m.Made.UTC().Format(madeLayout), m.Clock)
	line("log", m.Head.Origin, m.Head.Size, strict64.EncodeToString(m.Head.Root[:]))
	for _, f := range m.Files {
		line("file", hex.EncodeToString(f.SHA256[:]), f.Size, f.Path)
	}
	return b.Bytes()
}

// ParseManifest reads a manifest. Everything but its one spelling is fault.Incoming.
func ParseManifest(text []byte) (Manifest, error) {
	m, err := parseManifest(text)
	if err == nil && !bytes.Equal(m.text(), text) {
		err = errors.New("it is not in its one spelling")
	}
	if err != nil {
		return Manifest{}, fault.New(fault.Incoming, manifestPath, err)
	}
	return m, nil
}

func parseManifest(text []byte) (m Manifest, err error) {
	if len(text) > maxManifest || !utf8.Valid(text) {
		return m, errors.New("it is too long, or not text")
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 6 || lines[0] != manifestFirst || lines[len(lines)-1] != "" {
		return m, fmt.Errorf("it does not begin with %q, or holds no file", manifestFirst)
	}
	var values [3]string
	for i, key := range []string{"program", "made", "log"} {
		value, ok := strings.CutPrefix(lines[i+1], key+" ")
		if !ok || value == "" || strings.TrimSpace(value) != value || strings.ContainsFunc(value, unicode.IsControl) {
			return m, fmt.Errorf("line %d is not %q", i+2, key)
		}
		values[i] = value
	}
	m.Program = values[0]
	if m.Made, m.Clock, err = parseMade(values[1]); err != nil {
		return m, err
	}
	if m.Head, err = parseHead(values[2]); err != nil {
		return m, err
	}
	if m.Files, err = parseFiles(lines[4 : len(lines)-1]); err != nil {
		return m, err
	}
	if m.Total() > maxTotal {
		return m, errors.New("it lists more than a backup may hold")
	}
	return m, nil
}

func parseMade(text string) (at time.Time, state string, err error) {
	made, state, _ := strings.Cut(text, " ")
	if at, err = time.Parse(madeLayout, made); err != nil || state == "" || strings.Contains(state, " ") {
		return at, state, errors.New("the time when it was made is none")
	}
	return at, state, nil
}

func parseHead(text string) (h audit.Head, err error) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 {
		return h, errors.New("the log's head is not an origin, a size and a root")
	}
	h.Origin = parts[0]
	root, err := strict64.DecodeString(parts[2])
	if err != nil || len(root) != len(h.Root) || h.Origin == "" {
		return h, errors.New("the log's head has no root, or no origin")
	}
	h.Root = [32]byte(root)
	h.Size, err = number(parts[1])
	return h, err
}

func parseFiles(lines []string) (files []File, err error) {
	if len(lines) == 0 || len(lines) > maxEntries-1 {
		return nil, fmt.Errorf("%d files", len(lines))
	}
	seen := map[string]bool{strings.ToLower(manifestPath): true}
	for _, line := range lines {
		parts := strings.Split(line, " ")
		if len(parts) != 4 || parts[0] != "file" {
			return nil, fmt.Errorf("%.80q is no line of a file", line)
		}
		sum, err := hex.DecodeString(parts[1])
		if err != nil || len(sum) != 32 {
			return nil, fmt.Errorf("%.80q has no SHA-256", line)
		}
		f := File{Path: parts[3], SHA256: [32]byte(sum)}
		if f.Size, err = number(parts[2]); err != nil {
			return nil, err
		}
		if !checkPath(f.Path) {
			return nil, fmt.Errorf("%.80q is no name of a file in a backup", f.Path)
		}
		fold := strings.ToLower(f.Path) // on some systems two spellings are one file
		if seen[fold] {
			return nil, fmt.Errorf("%s is there twice", f.Path)
		}
		seen[fold] = true
		files = append(files, f)
	}
	return files, noneBelow(seen)
}

// noneBelow refuses a file that is a folder of another one.
func noneBelow(seen map[string]bool) error {
	for name := range seen {
		for i, r := range name {
			if r == '/' && seen[name[:i]] {
				return fmt.Errorf("%s is a file and a folder", name[:i])
			}
		}
	}
	return nil
}

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxTotal {
		return 0, fmt.Errorf("%.40q is no number of records or bytes", text)
	}
	return n, nil
}
