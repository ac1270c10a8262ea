package audit

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/fault"
)

func testKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func TestAKeyFileHasOneSpelling(t *testing.T) {
	good := formatKey(12, testKey())
	epoch, key, err := parseKey(good)
	if err != nil || epoch != 12 || !key.Equal(testKey()) {
		t.Errorf("%d, %v", epoch, err)
	}
	for what, bad := range map[string]string{
		"nothing":          "",
		"another title":    strings.Replace(string(good), "machine", "other", 1),
		"no epoch":         strings.Replace(string(good), "epoch 12", "epoch", 1),
		"epoch 0":          strings.Replace(string(good), "epoch 12", "epoch 0", 1),
		"a leading nought": strings.Replace(string(good), "epoch 12", "epoch 012", 1),
		"a short seed":     strings.Replace(string(good), "BwcH", "", 1),
		"spare bits":       strings.Replace(string(good), "c=", "d=", 1),
		"no end":           strings.TrimSuffix(string(good), "\n"),
		"something behind": string(good) + "\n",
		"a long line":      string(good) + strings.Repeat("x", maxKeyFile),
	} {
		if epoch, _, err := parseKey([]byte(bad)); err == nil {
			t.Errorf("%s was read as the key of epoch %d", what, epoch)
		}
	}
}

func FuzzAKeyFileIsReadAsItWouldBeWritten(f *testing.F) {
	f.Add(formatKey(1, testKey()))
	f.Add(formatKey(1<<62, testKey()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if epoch, key, err := parseKey(b); err == nil && !bytes.Equal(formatKey(epoch, key), b) {
			t.Errorf("%q is another spelling", b)
		}
	})
}

func TestAnErasedKeyIsOverwrittenBeforeItIsRemoved(t *testing.T) {
	folder := keyFolder(t.TempDir())
	for epoch := range int64(3) {
		if err := folder.save(epoch+1, testKey()); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(t.TempDir(), "the same file")
	if err := os.Link(folder.path(1), other); err != nil {
		t.Skipf("no second name for a file here: %v", err)
	}
	if err := folder.keepOnly(3); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(other)
	if err != nil || len(left) == 0 || len(bytes.Trim(left, "\x00")) > 0 {
		t.Errorf("%q, %v", left, err)
	}
	if folder.load(1) != nil || folder.load(2) != nil || folder.load(3) == nil {
		t.Error("not exactly the last key is there")
	}
}

func TestAFolderWithoutItsKeysIsDenied(t *testing.T) {
	folder := keyFolder(filepath.Join(t.TempDir(), "gone"))
	if err := folder.save(1, testKey()); !fault.Is(err, fault.LogDenied) {
		t.Errorf("%v", err)
	}
	if err := folder.keepOnly(1); !fault.Is(err, fault.LogDenied) {
		t.Errorf("%v", err)
	}
	if folder.load(1) != nil {
		t.Error("a key came from nowhere")
	}
}
