// Package leaf is the form of one record of the audit log: its bytes, its hash, and the compact range that folds hashes
// into the root of the log's Merkle tree (RFC 6962). A leaf is one JSON object in exactly one spelling, written once and
// never written again: what is stored is what was hashed.
//
// The package knows no database, no chain and no meaning: package audit says which leaf may follow which, and the
// packages that write leaves say what their kinds and bodies mean.
package leaf

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/clock"
	"countersign/internal/fault"
)

// The bounds of a leaf.
const (
	MaxSize   = 512 << 10 // bytes, encoded
	MaxFields = 256       // in a body
	maxName   = 64        // bytes in a leaf's kind or in a body's key
)

// Leaf is one record. Seq, Epoch and At.BootMS are not negative; At.Wall is whole milliseconds.
type Leaf struct {
	Seq   int64    // place in the log, from 0
	Prev  [32]byte // hash of the leaf before; zero in the first
	Kind  string   // a lower-case name such as "change.intent"
	At    clock.Reading
	Epoch int64 // of the machine key that signs checkpoints over this leaf
	Actor Actor
	Body  Body
	Stmt  string // the signed note of the statement behind the record; "" when there is none
}

// Actor is who did what is recorded: a person, or the console itself.
type Actor struct {
	ID   string
	Name string
	Role string
}

// Hash returns the RFC 6962 leaf hash of an encoded leaf: SHA-256 over a nought byte and the leaf.
func Hash(encoded []byte) [32]byte { return tlog.RecordHash(encoded) }

// isName says whether s is a lower-case letter followed by at most 63 lower-case letters, digits, dots, underscores and
// hyphens. Names never need an escape.
func isName(s string) bool {
	if s == "" || len(s) > maxName || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if !inName[s[i]] {
			return false
		}
	}
	return true
}

var inName = func() (table [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789._-") {
		table[c] = true
	}
	return table
}()

// check says why l cannot be encoded.
func (l *Leaf) check() error {
	switch {
	case l.Seq < 0 || l.Epoch < 0 || l.At.BootMS < 0:
		return errors.New("negative number")
	case !isName(l.Kind):
		return fmt.Errorf("%q cannot be a kind", l.Kind)
	case !l.At.State.Valid():
		return fmt.Errorf("%q is not a state of the clock", l.At.State)
	case l.At.Wall.Nanosecond()%1e6 != 0:
		return errors.New("the time is not whole milliseconds")
	case len(l.Body.fields) > MaxFields:
		return fmt.Errorf("%d fields in the body", len(l.Body.fields))
	}
	if _, err := clock.ParseWall(clock.FormatWall(l.At.Wall)); err != nil {
		return err // the year has five digits
	}
	for _, f := range l.Body.fields {
		if !isName(f.Key) {
			return fmt.Errorf("%q cannot be a key", f.Key)
		}
	}
	return nil
}

// Encode returns the one spelling of l. What cannot be recorded is a mistake of ours: fault.Internal, with the kind of the
// leaf as subject.
func Encode(l Leaf) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, fault.New(fault.Internal, l.Kind, err)
	}
	b := make([]byte, 0, 512+len(l.Stmt)+len(l.Stmt)/8+64*len(l.Body.fields))
	b = strconv.AppendInt(append(b, `{"v":1,"seq":`...), l.Seq, 10)
	b = encoding.AppendEncode(append(b, `,"prev":"`...), l.Prev[:])
	b = append(append(b, `","kind":"`...), l.Kind...)
	b = clock.AppendWall(append(b, `","at":{"wall":"`...), l.At.Wall)
	b = strconv.AppendInt(append(b, `","boot_ms":`...), l.At.BootMS, 10)
	b = appendString(append(b, `,"boot":`...), l.At.Boot)
	b = append(append(b, `,"clock":"`...), l.At.State...)
	b = strconv.AppendInt(append(b, `"},"epoch":`...), l.Epoch, 10)
	b = appendString(append(b, `,"actor":{"id":`...), l.Actor.ID)
	b = appendString(append(b, `,"name":`...), l.Actor.Name)
	b = appendString(append(b, `,"role":`...), l.Actor.Role)
	b = append(b, `},"body":{`...)
	for i, f := range l.Body.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.Key...), '"', ':')
		if f.IsInt {
			b = strconv.AppendInt(b, f.Int, 10)
		} else {
			b = appendString(b, f.Text)
		}
	}
	b = append(b, '}')
	if l.Stmt != "" {
		b = appendString(append(b, `,"stmt":`...), l.Stmt)
	}
	b = append(b, '}')
	switch {
	case len(b) > MaxSize:
		return nil, fault.Newf(fault.Internal, l.Kind, "leaf of %d bytes", len(b))
	case !utf8.Valid(b):
		return nil, fault.Newf(fault.Internal, l.Kind, "text that is not UTF-8")
	}
	return b, nil
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string in the one spelling: quotation mark, backslash and the 32 control characters
// of ASCII are escaped (line feed as \n, the others as \u00xx in lower case), and nothing else.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		if plain[s[i]] {
			continue
		}
		b = append(b, s[from:i]...)
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		from = i + 1
	}
	return append(append(b, s[from:]...), '"')
}

// plain marks the bytes that stand for themselves inside a string.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()
