// Package founding spells the hash of a log's founding so that people can compare it: in full, and as twelve words. It signs
// and checks nothing.
package founding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/tyler-smith/go-bip39"

	"countersign/internal/fault"
)

// bits is how much of the founding's hash the twelve words hold: too much for anybody to found another log with the same words.
const bits = 128

// Words returns the first half of the hash of a founding's text in twelve words, which people compare more easily than digits. The last
// word holds a check: most mistakes in reading them out give words that cannot be.
func Words(text []byte) ([]string, error) {
	sum := sha256.Sum256(text)
	mnemonic, err := bip39.NewMnemonic(sum[:bits/8])
	if err != nil {
		return nil, fault.New(fault.Internal, "words", err)
	}
	return strings.Fields(mnemonic), nil
}

// Digits returns the whole hash of a founding's text in groups of four hexadecimal digits.
func Digits(text []byte) string {
	sum := sha256.Sum256(text)
	digits := hex.EncodeToString(sum[:])
	var groups []string
	for ; digits != ""; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(groups, " ")
}

// Spelled says whether twelve words can be those of a founding: each is one of the list, and the check in the last one fits.
func Spelled(words []string) bool {
	_, err := bip39.EntropyFromMnemonic(strings.Join(words, " "))
	return err == nil && len(words) == 12
}
