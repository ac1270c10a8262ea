package people

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// codesInSet is how many sealed codes are made at once.
const codesInSet = 10

// Codes are the sealed one-time codes with which somebody acts in an emergency whom nobody can sign in: after a lock-out, with
// a forgotten passphrase or an unreadable key file. They are kept in one file beside the key files and outside the log, for they
// must work when the log does not; the paper is in envelopes. It is safe for concurrent use.
type Codes struct {
	path string

	mu    sync.Mutex
	made  int          // the highest number that was made in this process, whatever became of it
	spent map[int]bool // what was used in this process, and what records say; whatever the file says
}

// NewCodes returns the codes that are kept in this folder, which need not exist yet.
func NewCodes(folder string) *Codes {
	return &Codes{path: filepath.Join(folder, codesFile), spent: map[int]bool{}}
}

// codesFile is the name of the file.
const codesFile = "sealed-codes"

// Fresh is a set of codes that was made and does not count yet.
type Fresh struct {
	Set    string   // number of the set, as statements spell it
	First  int      // number of the first code; the others follow it
	Codes  []string // as they are printed: "07 7K3M-9QXT-2HWD"
	Digest [32]byte // of the hashes, as the file keeps them

	in codesIn // what the file will hold of them
}

// Why a code does not count.
var (
	errNoCode       = errors.New("not the form of a code")
	errNoSuchCode   = errors.New("no code has this number, or its line in the file is damaged")
	errWrongCode    = errors.New("wrong")
	errCodeSpent    = errors.New("used before")
	errCodeReplaced = errors.New("replaced by newer codes")
)

func refused(number int, cause error) error {
	subject := ""
	if number > 0 {
		subject = printedNumber(number)
	}
	return fault.New(fault.SealedCode, subject, cause)
}

// Prepare makes a set of codes that begins after every number that was ever used here. Nothing is written. The fault is Internal
// where there is no randomness, and where there are no numbers left.
func (c *Codes) Prepare() (Fresh, error) { return c.prepare(0) }

// prepare makes a set that begins after a number, too. It takes a second: each code is hashed.
func (c *Codes) prepare(after int) (Fresh, error) {
	in, err := c.read()
	if err != nil { // none yet, or nothing that could be compared any more
		in = codesIn{pepper: make([]byte, pepperSize)}
		if _, err := rand.Read(in.pepper); err != nil {
			return Fresh{}, fault.New(fault.Internal, c.path, err)
		}
	}
	set, err := statement.NewNonce(rand.Reader)
	if err != nil {
		return Fresh{}, err
	}
	first := c.next(in, after)
	if first+codesInSet-1 > maxCodeNumber {
		return Fresh{}, fault.Newf(fault.Internal, c.path, "no numbers after %d", maxCodeNumber)
	}
	f := Fresh{Set: set, First: first, in: codesIn{pepper: in.pepper}}
	for n := range codesInSet {
		code, err := newCode()
		if err != nil {
			return Fresh{}, fault.New(fault.Internal, c.path, err)
		}
		hash, err := newCodeHash(code, in.pepper)
		if err != nil {
			return Fresh{}, fault.New(fault.Internal, c.path, err)
		}
		f.Codes = append(f.Codes, printed(first+n, code))
		line := codeLine{sealedCode: sealedCode{first + n, set, hash, codeOpen}, ok: true}
		line.become(codeOpen)
		f.in.lines = append(f.in.lines, line)
	}
	f.Digest = digestOf(f.in.lines)
	return f, nil
}

// next returns the first number that no code has or had, and takes the numbers of a set.
func (c *Codes) next(in codesIn, after int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, _ := in.last()
	highest := max(last.number, after, c.made)
	for n := range c.spent {
		highest = max(highest, n)
	}
	c.made = highest + codesInSet
	return highest + 1
}

// Adopt makes a set count: it is written whole or not at all, and older codes that are not spent become void. The faults are
// LogDenied and LogFull with the path of the file, and WrongState for a set that a newer one replaced.
func (c *Codes) Adopt(f Fresh) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	in, err := c.read()
	if last, ok := in.last(); len(f.in.lines) == 0 || ok && last.number >= f.First {
		return fault.Newf(fault.WrongState, c.path, "codes up to %d count already", last.number)
	}
	after := codesIn{pepper: f.in.pepper}
	if err == nil { // a file that cannot be read holds nothing that is worth keeping
		for _, l := range in.lines {
			if l.state == codeOpen {
				l.become(codeReplaced)
			}
			if l.ok {
				after.lines = append(after.lines, l)
			}
		}
		after.lines = after.lines[max(0, len(after.lines)-keptCodes):]
	}
	after.lines = append(after.lines, f.in.lines...)
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return disk.Fault(c.path, err)
	}
	return replaceFile(c.path, after.bytes())
}

// Check returns the number of a code, as it was typed, that counts. Everything else is fault.SealedCode, whose subject is the
// number and whose cause says why. It writes nothing, counts nothing and never waits: nobody is locked out of an emergency.
func (c *Codes) Check(typed string) (number int, err error) {
	number, code, ok := readTyped(typed)
	if !ok {
		return 0, refused(0, errNoCode)
	}
	in, err := c.read()
	if err != nil {
		return 0, refused(number, err)
	}
	l, found := in.find(number)
	if !found { // hashed all the same: the time that it takes tells nobody which numbers there are
		l = &codeLine{sealedCode: sealedCode{hash: codeHash{Cost: Floor, salt: make([]byte, saltSize)}}}
	}
	right := l.hash.fits(code, in.pepper)
	switch {
	case !found:
		return 0, refused(number, errNoSuchCode)
	case !right:
		return 0, refused(number, errWrongCode)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.counts(l.sealedCode); err != nil {
		return 0, refused(number, err)
	}
	return number, nil
}

// counts says why a code does not count any more. The mutex is held.
func (c *Codes) counts(code sealedCode) error {
	switch {
	case c.spent[code.number], code.state == codeSpent:
		return errCodeSpent
	case code.state == codeReplaced:
		return errCodeReplaced
	}
	return nil
}

// Spend uses a code up. It does not count in this process any more, whatever comes back: fault.SealedCode where it did not count
// before, of two that spend it at once for the second; LogDenied or LogFull where the file could not be written.
func (c *Codes) Spend(number int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spent[number] {
		return refused(number, errCodeSpent)
	}
	c.use(number) // first: what cannot be written must not be used twice
	in, err := c.read()
	if err != nil {
		return refused(number, err)
	}
	l, ok := in.find(number)
	if !ok {
		return refused(number, errNoSuchCode)
	}
	if l.state != codeOpen {
		return refused(number, fmt.Errorf("it is %s", l.state))
	}
	l.become(codeSpent)
	return replaceFile(c.path, in.bytes())
}

// Spent says which codes were used up by what is recorded of them. It holds in this process and is not written.
func (c *Codes) Spent(numbers ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range numbers {
		c.use(n)
	}
}

// use keeps numbers that can be. The mutex is held.
func (c *Codes) use(number int) {
	if number > 0 && number <= maxCodeNumber {
		c.spent[number] = true
	}
}

// Left returns how many codes of the set that counts can still be used, and how many there were. Before the first set both are 0.
// A file that cannot be read is fault.SealedCode.
func (c *Codes) Left() (left, total int, err error) {
	in, err := c.read()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, 0, nil
	case err != nil:
		return 0, 0, refused(0, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	last, _ := in.last()
	set := in.of(last.set)
	for _, l := range set {
		if c.counts(l.sealedCode) == nil {
			left++
		}
	}
	return left, len(set), nil
}

// Agrees says whether the codes that count are those that two persons signed last. Otherwise it is fault.SealedCode: the file was
// damaged, put back or exchanged, or could not be written when they signed.
func (c *Codes) Agrees(signed statement.SealedCodes) error {
	in, err := c.read()
	if err != nil {
		return refused(0, err)
	}
	last, _ := in.last()
	if set := in.of(last.set); last.set != signed.Set || int64(len(set)) != signed.Count || digestOf(set) != signed.Digest {
		return refused(0, errors.New("the codes are not those that two persons signed"))
	}
	return nil
}

// read reads the file anew: another program may have put another one there.
func (c *Codes) read() (codesIn, error) {
	file, err := readAtMost(c.path, maxCodesFile)
	if err != nil {
		return codesIn{}, err
	}
	return parseCodes(file)
}

const (
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's: nothing in it is mistaken for something else
	codeDigits   = 12                                 // of five bits each
	numberDigits = 5
	maxTyped     = 64 // bytes
)

// newCode returns 60 random bits in twelve digits.
func newCode() (string, error) {
	var b [codeDigits]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = codeAlphabet[b[i]%32] // 256 is a multiple of 32: every digit is as likely as every other
	}
	return string(b[:]), nil
}

func printedNumber(number int) string { return fmt.Sprintf("%02d", number) }

func printed(number int, code string) string {
	return printedNumber(number) + " " + code[:4] + "-" + code[4:8] + "-" + code[8:]
}

func madeOfCode(s string) bool { return strings.Trim(s, codeAlphabet) == "" }

// Looks says whether what was typed has the form of a code, so that one entry can take a passphrase or a code.
func (c *Codes) Looks(typed string) bool {
	_, _, ok := readTyped(typed)
	return ok
}

// readTyped reads a code as people type it: spaces and hyphens do not matter, nor do capitals, and letters that are not in the
// alphabet stand for the digits that they look like.
func readTyped(typed string) (number int, code string, ok bool) {
	if len(typed) > maxTyped {
		return 0, "", false
	}
	all := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
			return -1
		case r == 'o', r == 'O':
			return '0'
		case strings.ContainsRune("iIlL", r):
			return '1'
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, typed)
	n := len(all) - codeDigits
	if n < 1 || n > numberDigits || !madeOfCode(all) {
		return 0, "", false
	}
	number, err := strconv.Atoi(all[:n])
	return number, all[n:], err == nil && number > 0
}
