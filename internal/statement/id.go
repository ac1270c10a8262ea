package statement

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"time"

	"countersign/internal/fault"
)

// crockford is the alphabet of identifiers: no I, L, O and U, which are mistaken for others when read aloud.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const idLen = 26 // 128 bits in digits of five

// NewID returns a ULID: 48 bits of t in milliseconds and 80 bits of rnd, as 26 digits that sort by time. When
// rnd fails, or before 1970, it is fault.Internal.
func NewID(t time.Time, rnd io.Reader) (string, error) {
	ms := t.UnixMilli()
	if ms < 0 || ms >= 1<<48 {
		return "", fault.Newf(fault.Internal, "identifier", "the time %s", t)
	}
	var b [16]byte
	if _, err := io.ReadFull(rnd, b[6:]); err != nil {
		return "", fault.New(fault.Internal, "identifier", err)
	}
	binary.BigEndian.PutUint16(b[:], uint16(ms>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(ms))
	return encodeID(b), nil
}

// NewNonce returns 128 bits of rnd as 26 digits. When rnd fails it is fault.Internal.
func NewNonce(rnd io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(rnd, b[:]); err != nil {
		return "", fault.New(fault.Internal, "nonce", err)
	}
	return encodeID(b), nil
}

func encodeID(b [16]byte) string {
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var digits [idLen]byte
	for i := idLen - 1; i >= 0; i-- {
		digits[i] = crockford[low&31]
		low, high = low>>5|high<<59, high>>5
	}
	return string(digits[:])
}

// isID says whether s is 26 digits that hold 128 bits: the first is at most 7.
func isID(s string) bool { return len(s) == idLen && isMadeOf(s, idLen, crockford) && s[0] <= '7' }

// personIDLen is eight bytes in hexadecimal.
const personIDLen = 16

// PersonID names a person by the first key that was enrolled: the first eight bytes of its SHA-256, in lower-case
// hexadecimal.
func PersonID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:personIDLen/2])
}

func isPersonID(s string) bool {
	return len(s) == personIDLen && isMadeOf(s, personIDLen, "0123456789abcdef")
}
