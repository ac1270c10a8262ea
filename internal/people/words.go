package people

import (
	"crypto/sha256"
	"strings"

	"github.com/tyler-smith/go-bip39"

	"countersign/internal/fault"
)

// fingerprintBits is how much of the founding's hash the twelve words hold: too much for anybody to found another log with
// the same words.
const fingerprintBits = 128

// words returns the first half of the founding's hash in twelve words, which people compare more easily than digits. The
// last word holds a check: most mistakes in reading them out give words that cannot be.
func words(founding []byte) ([]string, error) {
	sum := sha256.Sum256(founding)
	mnemonic, err := bip39.NewMnemonic(sum[:fingerprintBits/8])
	if err != nil {
		return nil, fault.New(fault.Internal, "words", err)
	}
	return strings.Fields(mnemonic), nil
}

// Words returns the founding's twelve words.
func (m *Members) Words() ([]string, error) { return words(m.founding) }

// Fingerprint returns the founding's whole hash in groups of four hexadecimal digits.
func (m *Members) Fingerprint() string { return fingerprint(m.founding) }
