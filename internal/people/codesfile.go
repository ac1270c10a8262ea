package people

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The file of the sealed codes has one line with the pepper, and one for each code: its number, the set that it was printed
// with, its hash, and what became of it.
//
//	countersign-sealed-codes/v1 <32 bytes in base64>
//	7 01K6Z2Q8M3V7T9A0B1C2D3E4F5 $argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash> open
//
// A line that cannot be read makes that code useless and no other one, and stays as it is.

const (
	codesTitle    = "countersign-sealed-codes/v1 "
	maxCodesFile  = 64 << 10
	maxCodeNumber = 99_999
	keptCodes     = 100 // lines of older sets that stay, to tell a code that was replaced from one that never was
	pepperSize    = 32
	codeHashSize  = 32
)

// codeState is what became of a code.
type codeState string

const (
	codeOpen     codeState = "open"
	codeSpent    codeState = "spent"
	codeReplaced codeState = "replaced" // a newer set came before it was used
)

// sealedCode is one code as the file keeps it.
type sealedCode struct {
	number int
	set    string
	hash   codeHash
	state  codeState
}

// hashed is the part of a code's line that stays the same: two persons sign the digest of all of a set.
func (c sealedCode) hashed() string { return fmt.Sprintf("%d %s %s", c.number, c.set, c.hash) }

func (c sealedCode) line() string { return c.hashed() + " " + string(c.state) }

// codeHash is a code that went through argon2id together with the pepper.
type codeHash struct {
	Cost
	salt, sum []byte
}

// newCodeHash hashes a code with a salt of its own.
func newCodeHash(code string, pepper []byte) (codeHash, error) {
	h := codeHash{Cost: Floor, salt: make([]byte, saltSize)}
	if _, err := rand.Read(h.salt); err != nil {
		return codeHash{}, err
	}
	h.sum = h.of(code, pepper)
	return h, nil
}

func (h codeHash) of(code string, pepper []byte) []byte {
	return argon2.IDKey(append([]byte(code), pepper...), h.salt, h.Passes, h.MemoryKiB, h.Lanes, codeHashSize)
}

// fits compares in constant time.
func (h codeHash) fits(code string, pepper []byte) bool {
	return subtle.ConstantTimeCompare(h.of(code, pepper), h.sum) == 1
}

// String is the hash in the usual spelling (PHC).
func (h codeHash) String() string {
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", stretch, argon2.Version, h.MemoryKiB, h.Passes, h.Lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

var errCodeLine = errors.New("not the line of a code")

func parseCodeHash(text string) (h codeHash, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return h, errCodeLine
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.MemoryKiB, &h.Passes, &h.Lanes); err != nil {
		return h, err
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return h, err
	}
	if h.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return h, err
	}
	if h.String() != text || !h.acceptable() || len(h.salt) != saltSize || len(h.sum) != codeHashSize {
		return h, errCodeLine
	}
	return h, nil
}

func parseCodeLine(line string) (c sealedCode, err error) {
	words := strings.Split(line, " ")
	if len(words) != 4 {
		return c, errCodeLine
	}
	c.set, c.state = words[1], codeState(words[3])
	if c.number, err = strconv.Atoi(words[0]); err != nil {
		return c, err
	}
	if c.hash, err = parseCodeHash(words[2]); err != nil {
		return c, err
	}
	known := slices.Contains([]codeState{codeOpen, codeSpent, codeReplaced}, c.state)
	if c.line() != line || c.number < 1 || c.number > maxCodeNumber || len(c.set) != setLen || !madeOfCode(c.set) || !known {
		return c, errCodeLine
	}
	return c, nil
}

// setLen is the length of a set's number, in digits of five bits.
const setLen = 26

// codeLine is one line of the file: as it stands there, and what it says where it can be read.
type codeLine struct {
	text string
	sealedCode
	ok bool
}

// codesIn is what the file says.
type codesIn struct {
	pepper []byte
	lines  []codeLine
}

// parseCodes reads a file. It is an error where none of its codes could be compared.
func parseCodes(file []byte) (codesIn, error) {
	if len(file) > maxCodesFile {
		return codesIn{}, fmt.Errorf("longer than %d bytes", maxCodesFile)
	}
	first, rest, _ := strings.Cut(string(file), "\n")
	encoded, ok := strings.CutPrefix(first, codesTitle)
	pepper, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(pepper) != pepperSize || base64.StdEncoding.EncodeToString(pepper) != encoded {
		return codesIn{}, errors.New("the first line cannot be read")
	}
	in := codesIn{pepper: pepper}
	for text := range strings.Lines(rest) {
		text = strings.TrimSuffix(text, "\n")
		code, err := parseCodeLine(text)
		in.lines = append(in.lines, codeLine{text, code, err == nil})
	}
	return in, nil
}

// bytes is the file as it is written.
func (in codesIn) bytes() []byte {
	var b strings.Builder
	b.WriteString(codesTitle + base64.StdEncoding.EncodeToString(in.pepper) + "\n")
	for _, l := range in.lines {
		b.WriteString(l.text + "\n")
	}
	return []byte(b.String())
}

// find returns the line of a code. A number that stands there twice is no code: nobody knows which of the two was spent.
func (in codesIn) find(number int) (*codeLine, bool) {
	var found *codeLine
	for i := range in.lines {
		if l := &in.lines[i]; l.ok && l.number == number {
			if found != nil {
				return nil, false
			}
			found = l
		}
	}
	return found, found != nil
}

// become notes what became of a code.
func (l *codeLine) become(s codeState) {
	l.state = s
	l.text = l.line()
}

// last is the line with the highest number, whose set is the one that counts.
func (in codesIn) last() (last codeLine, ok bool) {
	for _, l := range in.lines {
		if l.ok && l.number > last.number {
			last, ok = l, true
		}
	}
	return last, ok
}

// of returns the lines of a set.
func (in codesIn) of(set string) (lines []codeLine) {
	for _, l := range in.lines {
		if l.ok && l.set == set {
			lines = append(lines, l)
		}
	}
	return lines
}

// digestOf is what two persons sign of a set: SHA-256 over what stays the same of its lines, each ended by a line feed.
func digestOf(lines []codeLine) [32]byte {
	sum := sha256.New()
	for _, l := range lines {
		_, _ = sum.Write([]byte(l.hashed() + "\n")) // a hash takes whatever there is
	}
	return [32]byte(sum.Sum(nil))
}
