package cosign

import "strings"

// crockford has no I, L, O and U, which are mistaken for others when read aloud.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// comparisonCode is the first 40 bits of a digest as "XXXX-XXXX". It helps two people at two screens not to mix requests
// up. It proves nothing: the approval binds the whole digest.
func comparisonCode(digest [32]byte) string {
	var bits uint64
	for _, b := range digest[:5] {
		bits = bits<<8 | uint64(b)
	}
	var code strings.Builder
	for i := range 8 {
		if i == 4 {
			code.WriteByte('-')
		}
		code.WriteByte(crockford[bits>>(35-5*i)&31])
	}
	return code.String()
}
