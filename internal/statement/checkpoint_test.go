package statement

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"countersign/internal/fault"
)

const checkpointOrigin = "clinic.example/ward7"

func machineKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func mustCheckpoint(t testing.TB, size int64, key ed25519.PrivateKey) string {
	t.Helper()
	signed, err := SignCheckpoint(checkpointOrigin, size, sha256.Sum256([]byte("root")), key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestTheBytesOfACheckpointAreForGood(t *testing.T) {
	const want = "clinic.example/ward7\n4711\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n\n— clinic.example/ward7 "
	signed := mustCheckpoint(t, 4711, machineKey('a'))
	if !strings.HasPrefix(signed, want) {
		t.Errorf("%q", signed)
	}
	size, root, err := OpenCheckpoint(signed, checkpointOrigin, publicOf(machineKey('a')))
	if err != nil || size != 4711 || root != sha256.Sum256([]byte("root")) {
		t.Errorf("%d %x %v", size, root, err)
	}
	if size, again, err := ReadCheckpoint(signed, checkpointOrigin); err != nil || size != 4711 || again != root {
		t.Errorf("without its key: %d %x %v", size, again, err)
	}
}

func TestACheckpointOfAnotherKeyLogOrSpellingIsNone(t *testing.T) {
	key, other := machineKey('a'), machineKey('b')
	good := mustCheckpoint(t, 4711, key)
	replaced := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	signed := func(text string, by ...ed25519.PrivateKey) string {
		var signers []note.Signer
		for _, k := range by {
			v, err := machineVerifier(checkpointOrigin, publicOf(k))
			if err != nil {
				t.Fatal(err)
			}
			signers = append(signers, machineSigner{v, k})
		}
		out, err := note.Sign(&note.Note{Text: text}, signers...)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	const root = "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I="
	line := good[strings.Index(good, "— "):]
	for what, bad := range map[string]string{
		"nothing":               "",
		"no signature":          good[:strings.Index(good, "— ")],
		"another key's":         mustCheckpoint(t, 4711, other),
		"another size":          replaced("4711", "4712"),
		"another root":          replaced("SBNJ", "SBNK"),
		"another log":           replaced("ward7\n4711", "ward8\n4711"),
		"a second signature":    signed(checkpointText(checkpointOrigin, 4711, sha256.Sum256([]byte("root"))), key, other),
		"one signature twice":   good + line,
		"a leading nought":      signed(checkpointOrigin+"\n04711\n"+root+"\n", key),
		"a plus sign":           signed(checkpointOrigin+"\n+4711\n"+root+"\n", key),
		"a negative size":       signed(checkpointOrigin+"\n-1\n"+root+"\n", key),
		"a size beyond all":     signed(checkpointOrigin+"\n9223372036854775808\n"+root+"\n", key),
		"a short root":          signed(checkpointOrigin+"\n4711\n"+root[:40]+"\n", key),
		"spare bits":            signed(checkpointOrigin+"\n4711\n"+strings.Replace(root, "I=", "J=", 1)+"\n", key),
		"no root":               signed(checkpointOrigin+"\n4711\n", key),
		"an extension line":     signed(checkpointOrigin+"\n4711\n"+root+"\nmore\n", key),
		"carriage returns":      signed(checkpointOrigin+"\r\n4711\r\n"+root+"\r\n", key),
		"something behind":      good + "x",
		"an epoch, not a size":  mustEpoch(t, key, other),
		"a note beyond all":     strings.Repeat("x", MaxCheckpoint) + good,
		"spare bits in the sig": spareBit(good),
	} {
		if size, _, err := OpenCheckpoint(bad, checkpointOrigin, publicOf(key)); !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %d, %v", what, size, err)
		}
	}
	for _, bad := range []string{"", "x", "clinic.example/ward 7", strings.Repeat("x", 200)} {
		if _, err := SignCheckpoint(bad+" ", 1, [32]byte{}, key); !fault.Is(err, fault.Signature) {
			t.Errorf("origin %q: %v", bad, err)
		}
	}
	if _, err := SignCheckpoint(checkpointOrigin, -1, [32]byte{}, key); !fault.Is(err, fault.Signature) {
		t.Errorf("a negative size was signed: %v", err)
	}
	if _, err := SignCheckpoint(checkpointOrigin, 1, [32]byte{}, key[:40]); !fault.Is(err, fault.Signature) {
		t.Errorf("half a key signed: %v", err)
	}
}

// spareBit sets a bit behind the end of the signature, which lenient readers of base64 overlook.
func spareBit(signed string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	at := strings.LastIndex(signed, "=") - 1
	for signed[at] == '=' {
		at--
	}
	return signed[:at] + string(digits[strings.IndexByte(digits, signed[at])|1]) + signed[at+1:]
}

func mustEpoch(t testing.TB, key, next ed25519.PrivateKey) string {
	t.Helper()
	signed, err := SignEpoch(checkpointOrigin, 7, publicOf(next), key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestAKeyNamesTheNextOne(t *testing.T) {
	key, next := machineKey('a'), machineKey('b')
	signed := mustEpoch(t, key, next)
	if err := CheckEpoch(signed, checkpointOrigin, 7, publicOf(next), publicOf(key)); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"another epoch":  CheckEpoch(signed, checkpointOrigin, 8, publicOf(next), publicOf(key)),
		"another key":    CheckEpoch(signed, checkpointOrigin, 7, publicOf(key), publicOf(key)),
		"another signer": CheckEpoch(signed, checkpointOrigin, 7, publicOf(next), publicOf(next)),
		"another log":    CheckEpoch(signed, "clinic.example/ward8", 7, publicOf(next), publicOf(key)),
		"a checkpoint":   CheckEpoch(mustCheckpoint(t, 7, key), checkpointOrigin, 7, publicOf(next), publicOf(key)),
	} {
		if !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := SignEpoch(checkpointOrigin, 0, publicOf(next), key); !fault.Is(err, fault.Signature) {
		t.Errorf("epoch 0: %v", err)
	}
}

func FuzzACheckpointHasOneSpelling(f *testing.F) {
	key := machineKey('a')
	f.Add(mustCheckpoint(f, 0, key))
	f.Add(mustCheckpoint(f, 1<<62, key))
	f.Fuzz(func(t *testing.T, signed string) {
		size, root, err := OpenCheckpoint(signed, checkpointOrigin, publicOf(key))
		if err != nil {
			return
		}
		if again, err := SignCheckpoint(checkpointOrigin, size, root, key); err != nil || again != signed {
			t.Errorf("%q is also %q, %v", signed, again, err)
		}
	})
}
