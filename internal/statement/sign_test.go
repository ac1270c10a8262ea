package statement

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"countersign/internal/fault"
)

func signerOf(t testing.TB, seed byte) Signer {
	t.Helper()
	s, err := NewSigner(site, PersonID(public(seed)), key(seed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func knownTo(t testing.TB, seeds ...byte) Verifiers {
	t.Helper()
	var list []Verifier
	for _, seed := range seeds {
		v, err := NewVerifier(site, PersonID(public(seed)), public(seed))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return Known(list...)
}

func mustSign(t testing.TB, text []byte, signers ...Signer) []byte {
	t.Helper()
	signed, err := Sign(text, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// signersOf returns the keys of a sample's signatories, in the order of the keys' numbers.
func signersOf(t testing.TB, s Statement) (signers []Signer) {
	t.Helper()
	for i, p := range []Person{jo, kim, lee} {
		if slices.Contains(s.Signatories(), p.ID) {
			signers = append(signers, signerOf(t, byte(i+1)))
		}
	}
	return signers
}

func TestASignedStatementOfEveryKindIsForGood(t *testing.T) {
	for name, s := range samples() {
		signers := signersOf(t, s)
		signed := golden(t, name+".note", mustSign(t, mustText(t, s), signers...))
		text, names, err := Open(signed, knownTo(t, 1, 2, 3))
		if err != nil || !bytes.Equal(text, mustText(t, s)) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if err := SignedBy(s, names); err != nil {
			t.Error(err)
		}
	}
}

func TestAChangedBitInEachByteOfEveryKindIsRejected(t *testing.T) {
	known := knownTo(t, 1, 2, 3)
	for name, s := range samples() {
		signed := mustSign(t, mustText(t, s), signersOf(t, s)...)
		for i := range signed {
			signed[i] ^= 1 << (i % 8)
			if _, _, err := Open(signed, known); !fault.Is(err, fault.Signature) {
				t.Errorf("%s: byte %d: %v", name, i, err)
			}
			signed[i] ^= 1 << (i % 8)
		}
	}
}

func TestEverySingleBitFlipOfASignedRequestIsRejected(t *testing.T) {
	signed := mustSign(t, mustText(t, samples()["change-request"]), signerOf(t, 1))
	known := knownTo(t, 1, 2)
	flips := 0
	for i := range signed {
		for bit := range 8 {
			signed[i] ^= 1 << bit
			if text, names, err := Open(signed, known); !fault.Is(err, fault.Signature) || text != nil || names != nil {
				t.Errorf("bit %d of byte %d flipped: %v", bit, i, err)
			}
			signed[i] ^= 1 << bit
			flips++
		}
	}
	if _, _, err := Open(signed, known); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d flips rejected", flips)
}

func TestEverySignatureLineMustBeGoodAndKnown(t *testing.T) {
	text := mustText(t, samples()["genesis"])
	one := string(mustSign(t, text, signerOf(t, 1)))
	both := string(mustSign(t, text, signerOf(t, 1), signerOf(t, 2)))
	line := one[len(text)+1:]
	stranger := both[len(one):]
	unparsed, err := note.Sign(&note.Note{Text: "not a statement\n"}, signerOf(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	renamed, err := note.Sign(&note.Note{Text: "countersign/genesis/v1\nid x\n"}, signerOf(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	spare := strings.TrimSuffix(one, "=\n")
	for what, signed := range map[string]string{
		"nothing":                 "",
		"no signature":            string(text),
		"an empty block":          string(text) + "\n",
		"an unknown key":          string(text) + "\n" + stranger,
		"an unknown key as well":  both,
		"a signature twice":       one + line,
		"a byte at the end":       one + "x",
		"a line break at the end": one + "\n",
		"a text behind":           one + "\n" + one,
		"no line break at end":    strings.TrimSuffix(one, "\n"),
		"another text":            strings.Replace(one, "Kim", "Tim", 1),
		"another signature":       string(text) + "\n" + line[:len(line)-10] + "AAAAAAA=\n",
		"no padding":              spare + "\n",
		"a signed other text":     string(unparsed),
		"a signed non-statement":  string(renamed),
	} {
		if _, names, err := Open([]byte(signed), knownTo(t, 1)); !fault.Is(err, fault.Signature) || names != nil {
			t.Errorf("%s was accepted: %v", what, err)
		}
	}
	if _, names, err := Open([]byte(both), knownTo(t, 2, 1)); err != nil || !slices.Equal(names, []string{KeyName(site, jo.ID), KeyName(site, kim.ID)}) {
		t.Errorf("%v, %v", names, err)
	}
	if _, _, err := Open([]byte(one), nil); !fault.Is(err, fault.Signature) {
		t.Errorf("with no key known: %v", err)
	}
}

// unasked is a set of keys that nobody may ask.
type unasked struct{ t *testing.T }

func (u unasked) Verifier(name string, _ uint32) (Verifier, error) {
	u.t.Error("the note was read")
	return nil, errors.New(name)
}

func TestATooLargeNoteIsNotEvenRead(t *testing.T) {
	signed := mustSign(t, mustText(t, samples()["refusal"]), signerOf(t, 1))
	line := signed[bytes.LastIndex(signed, []byte("\n— "))+1:]
	signed = append(signed, bytes.Repeat(line, MaxNote/len(line))...)
	if _, _, err := Open(signed, unasked{t}); !fault.Is(err, fault.Signature) {
		t.Error(err)
	}
}

func TestANoteHasAtMostSixteenShortSignatures(t *testing.T) {
	text := string(mustText(t, samples()["refusal"]))
	var signers []Signer
	var seeds []byte
	for i := range byte(maxSignatures + 1) {
		signers, seeds = append(signers, signerOf(t, i+1)), append(seeds, i+1)
	}
	for n, good := range map[int]bool{maxSignatures: true, maxSignatures + 1: false} {
		signed, err := note.Sign(&note.Note{Text: text}, signers[:n]...)
		if err != nil {
			t.Fatal(err)
		}
		if _, names, err := Open(signed, knownTo(t, seeds...)); (err == nil) != good || good && len(names) != n {
			t.Errorf("%d signatures: %d names, %v", n, len(names), err)
		}
	}
}

func TestOnlyAStatementIsSigned(t *testing.T) {
	text := mustText(t, samples()["refusal"])
	many := make([]Signer, maxSignatures+1)
	for i := range many {
		many[i] = signerOf(t, byte(i+1))
	}
	wiped := key(7)
	dead, err := NewSigner(site, PersonID(public(7)), wiped)
	if err != nil {
		t.Fatal(err)
	}
	clear(wiped)
	for what, sign := range map[string]func() ([]byte, error){
		"another text":     func() ([]byte, error) { return Sign([]byte("I owe you 5\n"), signerOf(t, 1)) },
		"half a statement": func() ([]byte, error) { return Sign(text[:len(text)-60], signerOf(t, 1)) },
		"nobody":           func() ([]byte, error) { return Sign(text) },
		"one person twice": func() ([]byte, error) { return Sign(text, signerOf(t, 1), signerOf(t, 1)) },
		"too many":         func() ([]byte, error) { return Sign(text, many...) },
		"a wiped key":      func() ([]byte, error) { return Sign(text, dead) },
	} {
		if signed, err := sign(); !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %v\n%s", what, err, signed)
		}
	}
	mustSign(t, text, many[:maxSignatures]...)
}

func TestAStatementIsSignedByThoseWhomItNames(t *testing.T) {
	p, r := samples()["profile"], samples()["change-request"]
	a, b, c := KeyName(site, jo.ID), KeyName(site, kim.ID), KeyName(site, PersonID(public(3)))
	for _, good := range []struct {
		s     Statement
		names []string
	}{{p, []string{a, b}}, {p, []string{b, a}}, {r, []string{a}}} {
		if err := SignedBy(good.s, good.names); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []struct {
		s     Statement
		names []string
	}{
		{p, nil}, {p, []string{a}}, {p, []string{a, a}}, {p, []string{a, b, c}}, {p, []string{a, c}},
		{p, []string{a, KeyName("other.example", kim.ID)}}, {r, []string{b}}, {r, []string{a, b}}, {r, []string{jo.ID}},
	} {
		if err := SignedBy(bad.s, bad.names); !fault.Is(err, fault.Signature) {
			t.Errorf("a %s signed by %v: %v", bad.s.Kind(), bad.names, err)
		}
	}
}

func TestAKeyHasANameAndASize(t *testing.T) {
	origin, person, err := ParseKeyName(KeyName("a/p/b", jo.ID))
	if origin != "a/p/b" || person != jo.ID || err != nil {
		t.Errorf("%q %q %v", origin, person, err)
	}
	for _, bad := range []struct{ origin, person string }{
		{"", jo.ID}, {"a b", jo.ID}, {"a+b", jo.ID}, {"a\n", jo.ID}, {site, ""}, {site, "JO"}, {site, jo.ID + "0"}, {site, strings.ToUpper(jo.ID)},
	} {
		if _, err := NewSigner(bad.origin, bad.person, key(1)); !fault.Is(err, fault.Signature) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := NewVerifier(bad.origin, bad.person, public(1)); !fault.Is(err, fault.Signature) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, size := range []int{0, 31, 33, 64} {
		if _, err := NewVerifier(site, jo.ID, make(ed25519.PublicKey, size)); !fault.Is(err, fault.Signature) {
			t.Errorf("a public key of %d bytes: %v", size, err)
		}
	}
	for _, size := range []int{0, 32, 63, 65} {
		if _, err := NewSigner(site, jo.ID, make(ed25519.PrivateKey, size)); !fault.Is(err, fault.Signature) {
			t.Errorf("a private key of %d bytes: %v", size, err)
		}
	}
}

func TestIdentifiersAreULIDs(t *testing.T) {
	// The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
	zero := bytes.NewReader(make([]byte, 10))
	if got, err := NewID(time.UnixMilli(1469918176385), zero); got != "01ARYZ6S410000000000000000" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	ones := bytes.NewReader(bytes.Repeat([]byte{0xff}, 26))
	if got, err := NewID(time.UnixMilli(1<<48-1), ones); got != "7ZZZZZZZZZZZZZZZZZZZZZZZZZ" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := NewNonce(ones); got != "7ZZZZZZZZZZZZZZZZZZZZZZZZZ" || err != nil || !isID(got) {
		t.Errorf("%s, %v", got, err)
	}
	for what, ms := range map[string]int64{"before 1970": -1, "after 10889": 1 << 48} {
		if got, err := NewID(time.UnixMilli(ms), bytes.NewReader(make([]byte, 10))); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
	broken := iotest.ErrReader(errors.New("no randomness"))
	if got, err := NewID(time.UnixMilli(0), broken); !fault.Is(err, fault.Internal) {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := NewNonce(broken); !fault.Is(err, fault.Internal) {
		t.Errorf("%s, %v", got, err)
	}
}

func FuzzOpen(f *testing.F) {
	known := knownTo(f, 1, 2)
	f.Add(mustSign(f, mustText(f, samples()["genesis"]), signerOf(f, 1), signerOf(f, 2)))
	f.Add(mustSign(f, mustText(f, samples()["refusal"]), signerOf(f, 2)))
	f.Fuzz(func(t *testing.T, signed []byte) {
		text, names, err := Open(signed, known)
		if err != nil {
			return
		}
		var signers []Signer
		for _, name := range names {
			seed := byte(1)
			if name == KeyName(site, kim.ID) {
				seed = 2
			}
			signers = append(signers, signerOf(t, seed))
		}
		if again := mustSign(t, text, signers...); !bytes.Equal(again, signed) {
			t.Errorf("%q\nis signed again as\n%q", signed, again)
		}
	})
}
