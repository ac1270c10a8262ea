package people

import (
	"errors"
	"path/filepath"
	"sync"
)

// codesInSet is how many sealed codes are made at once.
const codesInSet = 10

// Codes are the sealed one-time codes with which somebody acts in an emergency whom nobody can sign in: after a lock-out, with
// a forgotten passphrase or an unreadable key file. They are kept in one file beside the key files and outside the log, for they
// must work when the log does not; the paper is in envelopes. It is safe for concurrent use.
type Codes struct {
	path string

	mu    sync.Mutex
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
}

// Prepare makes a set of codes that begins after every number that was ever used here. Nothing is written. The fault is Internal
// where there is no randomness.
func (c *Codes) Prepare() (Fresh, error) { return c.prepare(0) }

func (c *Codes) prepare(int) (Fresh, error) { return Fresh{}, errors.ErrUnsupported }

// Adopt makes a set count: it is written whole or not at all, and older codes that are not spent become void. The faults are
// LogDenied and LogFull with the path of the file.
func (c *Codes) Adopt(Fresh) error { return errors.ErrUnsupported }

// Check returns the number of a code, as it was typed, that counts. Everything else is fault.SealedCode, whose subject is the
// number and whose cause says why. It writes nothing, counts nothing and never waits: nobody is locked out of an emergency.
func (c *Codes) Check(string) (number int, err error) { return 0, errors.ErrUnsupported }

// Spend uses a code up. It does not count in this process any more, whatever comes back: fault.SealedCode where it was used up
// before, LogDenied or LogFull where the file could not be written.
func (c *Codes) Spend(int) error { return errors.ErrUnsupported }

// Spent says which codes were used up by what is recorded of them; it holds in this process.
func (c *Codes) Spent(...int) {}

// Left returns how many codes of the set that counts can still be used, and how many there were. Before the first set both are 0.
// A file that cannot be read is fault.SealedCode.
func (c *Codes) Left() (left, total int, err error) { return 0, 0, errors.ErrUnsupported }

// Looks says whether what was typed has the form of a code, so that one entry can take a passphrase or a code.
func (c *Codes) Looks(string) bool { return false }
