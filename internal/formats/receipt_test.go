package formats

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"countersign/internal/fault"
)

func receiptKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func aReceipt() Receipt {
	return Receipt{Origin: "clinic.example/ward-7", Head: Head{30, [32]byte{1}}, Manifest: [32]byte{2}, Verdict: "VERIFIED", Auditor: "Jo Müller, TÜV",
		Time: time.Date(2026, 11, 25, 9, 8, 7, 6e6, time.UTC)}
}

// TestAReceiptHasOneSpellingAndOneSigner reads what was signed, and refuses every text that differs from it.
func TestAReceiptHasOneSpellingAndOneSigner(t *testing.T) {
	key := receiptKey("auditor")
	pub := key.Public().(ed25519.PublicKey)
	signed, err := SignReceipt(aReceipt(), key)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := OpenReceipt(signed, pub); err != nil || r != aReceipt() {
		t.Fatalf("%v %+v", err, r)
	}
	if r, err := ReadReceipt(signed); err != nil || r != aReceipt() {
		t.Fatalf("%v %+v", err, r)
	}
	replace := func(old, with string) []byte { return []byte(strings.Replace(string(signed), old, with, 1)) }
	for name, bad := range map[string][]byte{
		"another size":      replace("size 30", "size 31"),
		"another verdict":   replace("verdict VERIFIED", "verdict VERIFIED WITH FINDINGS"),
		"no verdict":        replace("verdict VERIFIED", "verdict FINE"),
		"another order":     replace("origin clinic.example/ward-7\nsize 30\n", "size 30\norigin clinic.example/ward-7\n"),
		"two spaces":        replace("origin ", "origin  "),
		"two signatures":    append(bytes.Clone(signed), signed[bytes.Index(signed, []byte("— ")):]...),
		"another key name":  replace("— countersign-auditor", "— countersign-other"),
		"no signature":      signed[:bytes.Index(signed, []byte("— "))],
		"something behind":  append(bytes.Clone(signed), 'x'),
		"nothing":           nil,
		"far too long":      bytes.Repeat(signed, 50),
		"a wrong signature": replace(string(signed[len(signed)-10:len(signed)-4]), "AAAAAA"),
	} {
		if _, err := OpenReceipt(bad, pub); fault.KindOf(err) != fault.Incoming {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenReceipt(signed, receiptKey("other").Public().(ed25519.PublicKey)); fault.KindOf(err) != fault.Incoming {
		t.Error("another key:", err)
	}
	for name, change := range map[string]func(*Receipt){
		"a line feed in the name": func(r *Receipt) { r.Auditor = "Jo\nsize 5" },
		"no name":                 func(r *Receipt) { r.Auditor = "" },
		"no verdict":              func(r *Receipt) { r.Verdict = "" },
		"a negative size":         func(r *Receipt) { r.Head.Size = -1 },
		"a long name":             func(r *Receipt) { r.Auditor = strings.Repeat("x", maxAuditor+1) },
	} {
		r := aReceipt()
		change(&r)
		if _, err := SignReceipt(r, key); fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnAuditorsKeyHasTwoFiles reads both, and takes neither for the other.
func TestAnAuditorsKeyHasTwoFiles(t *testing.T) {
	key := receiptKey("auditor")
	secret, public := WriteReceiptKey(key)
	if back, err := ReadReceiptSecret(secret); err != nil || !back.Equal(key) {
		t.Error(err)
	}
	if back, err := ReadReceiptPublic(public); err != nil || !back.Equal(key.Public()) {
		t.Error(err)
	}
	_, err := ReadReceiptSecret(public)
	_, also := ReadReceiptPublic(append(public, '\n'))
	if fault.KindOf(err) != fault.KeyFile || fault.KindOf(also) != fault.KeyFile {
		t.Error(err, also)
	}
}

// FuzzReadReceipt: what is read is written the same.
func FuzzReadReceipt(f *testing.F) {
	signed, err := SignReceipt(aReceipt(), receiptKey("auditor"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, signed []byte) {
		r, err := ReadReceipt(signed)
		if err != nil {
			return
		}
		if text, err := r.Text(); err != nil || !bytes.HasPrefix(signed, append(text, '\n')) {
			t.Fatalf("%q becomes %q: %v", signed, text, err)
		}
	})
}
