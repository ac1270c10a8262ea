package people

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"countersign/internal/fault"
)

// A personal key file is one line of JSON, which says whose key it is and how the passphrase was stretched, and one
// line of base64, which is the Ed25519 seed sealed with XChaCha20-Poly1305. The first line is sealed with it: nobody can
// weaken the stretching or put another name on the file.

// Cost is how much work one guess of a passphrase takes.
type Cost struct {
	MemoryKiB uint32 `json:"m"`
	Passes    uint32 `json:"t"`
	Lanes     uint8  `json:"p"`
}

// Floor is the least work that is written and accepted: RFC 9106, second recommended option.
var Floor = Cost{MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}

// ceiling bounds what a file can make the console do: 1 GiB and about five seconds.
var ceiling = Cost{MemoryKiB: 1 << 20, Passes: 16, Lanes: 16}

func (c Cost) acceptable() bool {
	return c.MemoryKiB >= Floor.MemoryKiB && c.Passes >= Floor.Passes && c.Lanes >= Floor.Lanes &&
		c.MemoryKiB <= ceiling.MemoryKiB && c.Passes <= ceiling.Passes && c.Lanes <= ceiling.Lanes
}

// stretchTime is how long one guess shall take the computer on which a key is made.
const stretchTime = 300 * time.Millisecond

// calibrate returns the floor with as many passes as take about stretchTime here. More passes only: memory is what a
// laptop has least of.
func calibrate() Cost {
	began := time.Now()
	argon2.IDKey([]byte("calibration"), make([]byte, saltSize), Floor.Passes, Floor.MemoryKiB, Floor.Lanes, chacha20poly1305.KeySize)
	return passesFor(time.Since(began))
}

// passesFor returns the cost for a computer on which the floor takes so long.
func passesFor(floor time.Duration) Cost {
	c := Floor
	if floor > 0 {
		c.Passes = max(c.Passes, uint32(min(int64(ceiling.Passes), int64(stretchTime)*int64(Floor.Passes)/int64(floor))))
	}
	return c
}

type header struct {
	Version int    `json:"v"`
	Person  string `json:"person"`
	Stretch string `json:"kdf"`
	Cost
	Salt  []byte `json:"salt"`
	Nonce []byte `json:"nonce"`
}

const (
	stretch    = "argon2id"
	saltSize   = 16
	maxKeyFile = 4 << 10
	minLength  = 12
	maxLength  = 256
)

// CheckPassphrase says whether a passphrase is long enough to be one: twelve characters, and not all the same.
func CheckPassphrase(passphrase string) error {
	n := utf8.RuneCountInString(passphrase)
	if n < minLength || n > maxLength || strings.Trim(passphrase, string([]rune(passphrase)[:1])) == "" {
		return fault.New(fault.WeakSecret, "", nil)
	}
	return nil
}

// seal wraps a person's seed into a key file.
func seal(person string, seed []byte, passphrase string, cost Cost) ([]byte, error) {
	h := header{Version: 1, Person: person, Stretch: stretch, Cost: cost, Salt: make([]byte, saltSize), Nonce: make([]byte, chacha20poly1305.NonceSizeX)}
	for _, b := range [][]byte{h.Salt, h.Nonce} {
		if _, err := io.ReadFull(rand.Reader, b); err != nil {
			return nil, err
		}
	}
	first, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(h.key(passphrase))
	if err != nil {
		return nil, err
	}
	sealed := base64.StdEncoding.EncodeToString(aead.Seal(nil, h.Nonce, seed, first))
	return fmt.Appendf(nil, "%s\n%s\n", first, sealed), nil
}

func (h header) key(passphrase string) []byte {
	return argon2.IDKey([]byte(passphrase), h.Salt, h.Passes, h.MemoryKiB, h.Lanes, chacha20poly1305.KeySize)
}

// unseal opens a key file. The faults are KeyFile for a file that is no key file, and Passphrase for a wrong one.
func unseal(file []byte, passphrase string) (person string, key ed25519.PrivateKey, err error) {
	h, first, sealed, err := parseKeyFile(file)
	if err != nil {
		return "", nil, fault.New(fault.KeyFile, h.Person, err)
	}
	aead, err := chacha20poly1305.NewX(h.key(passphrase))
	if err != nil {
		return "", nil, fault.New(fault.KeyFile, h.Person, err)
	}
	seed, err := aead.Open(nil, h.Nonce, sealed, first)
	if err != nil {
		return "", nil, fault.New(fault.Passphrase, h.Person, err)
	}
	return h.Person, ed25519.NewKeyFromSeed(seed), nil
}

func parseKeyFile(file []byte) (h header, first, sealed []byte, err error) {
	if len(file) > maxKeyFile {
		return h, nil, nil, fmt.Errorf("longer than %d bytes", maxKeyFile)
	}
	first, rest, found := bytes.Cut(file, []byte("\n"))
	if !found {
		return h, nil, nil, errors.New("one line instead of two")
	}
	strict := json.NewDecoder(bytes.NewReader(first))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&h); err != nil {
		return h, nil, nil, err
	}
	if sealed, err = base64.StdEncoding.DecodeString(string(rest)); err != nil {
		return h, nil, nil, err
	}
	switch {
	case base64.StdEncoding.EncodeToString(sealed)+"\n" != string(rest):
		return h, nil, nil, errors.New("a line break in the wrong place") // which the decoder passes over
	case h.Version != 1 || h.Stretch != stretch:
		return h, nil, nil, fmt.Errorf("version %d, %q", h.Version, h.Stretch)
	case !h.acceptable():
		return h, nil, nil, fmt.Errorf("stretched with %d KiB, %d passes, %d lanes", h.MemoryKiB, h.Passes, h.Lanes)
	case len(h.Salt) != saltSize || len(h.Nonce) != chacha20poly1305.NonceSizeX || len(sealed) != ed25519.SeedSize+chacha20poly1305.Overhead:
		return h, nil, nil, errors.New("a part has the wrong length")
	}
	return h, first, sealed, nil
}
