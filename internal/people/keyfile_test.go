package people

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/fault"
)

const passphrase = "four words and a comma"

// cheap makes passphrases fast to try, as no console may: the floor is a matter of its own test.
func cheap(t testing.TB) {
	t.Helper()
	before := Floor
	Floor = Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}
	t.Cleanup(func() { Floor = before })
}

func seed(t testing.TB, b byte) ed25519.PrivateKey {
	t.Helper()
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func mustBe(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind)
	}
}

func person(key ed25519.PrivateKey, id string) Person {
	return Person{ID: id, Name: "Jo Berg", Role: "technician", Active: true, Key: key.Public().(ed25519.PublicKey)}
}

const jo, kim = "00112233aabbccdd", "ffeeddccbbaa0011"

func TestAKeyComesBackFromItsFileAtTheRealCost(t *testing.T) {
	if Floor != (Cost{64 << 10, 3, 4}) {
		t.Fatalf("the floor is %+v", Floor)
	}
	folder := filepath.Join(t.TempDir(), "keys")
	keys, key := NewKeys(folder), seed(t, 1)
	if err := keys.Save(jo, key, passphrase); err != nil {
		t.Fatal(err)
	}
	s, err := keys.Unlock(person(key, jo), "clinic/ward7", passphrase)
	if err != nil || !s.key.key.Equal(key) || s.Name != "Jo Berg" {
		t.Fatalf("%+v, %v", s, err)
	}
	_, err = keys.Unlock(person(key, jo), "clinic/ward7", passphrase+" ")
	mustBe(t, err, fault.Passphrase)
	if info, err := os.Stat(filepath.Join(folder, jo+".key")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if file, err := os.ReadFile(filepath.Join(folder, jo+".key")); err != nil || bytes.Contains(file, key.Seed()) || bytes.Contains(file, []byte(passphrase)) {
		t.Errorf("the file tells its secret (%v)", err)
	}
}

func TestAKeyFileIsNeverWrittenOverAnother(t *testing.T) {
	cheap(t)
	keys := NewKeys(t.TempDir())
	if err := keys.Save(jo, seed(t, 1), passphrase); err != nil {
		t.Fatal(err)
	}
	mustBe(t, keys.Save(jo, seed(t, 2), passphrase), fault.LogDenied)
	if _, err := keys.Unlock(person(seed(t, 1), jo), "clinic/ward7", passphrase); err != nil {
		t.Errorf("the first key: %v", err)
	}
}

func TestEveryChangedByteOfAKeyFileIsRefused(t *testing.T) {
	cheap(t)
	file, err := seal(jo, seed(t, 1).Seed(), passphrase, Floor)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := unseal(file, passphrase); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, changed []byte) {
		t.Helper()
		if _, _, err := unseal(changed, passphrase); !fault.Is(err, fault.KeyFile) && !fault.Is(err, fault.Passphrase) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range file {
		for _, to := range []byte{file[i] ^ 1, file[i] ^ 0x20, file[i] ^ 0x80, '\n', '\r', ' ', '='} {
			if to == file[i] {
				continue
			}
			changed := bytes.Clone(file)
			changed[i] = to
			refused(fmt.Sprintf("byte %d is %q instead of %q", i, to, file[i]), changed)
		}
	}
	for i := range file {
		refused(fmt.Sprintf("cut off after %d bytes", i), file[:i])
	}
	refused("a line more", append(bytes.Clone(file), '\n'))
}

func TestAHeaderCannotBeWeakened(t *testing.T) {
	cheap(t)
	file, err := seal(jo, seed(t, 1).Seed(), passphrase, Cost{MemoryKiB: 64, Passes: 3, Lanes: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"m":64`, `"m":16`}, {`"t":3`, `"t":1`}, {`"p":2`, `"p":1`}, {jo, kim}, {`{"v":1`, `{"v":1 `}, {`{"v":1,`, `{"V":1,`}, {`}`, `,"t":1}`},
	} {
		weak := bytes.Replace(file, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(weak, file) {
			t.Fatalf("%q is not in the file", change[0])
		}
		_, _, err := unseal(weak, passphrase)
		if err == nil {
			t.Errorf("%s for %s was accepted", change[1], change[0])
		}
	}
	for was, all := range map[string][]string{
		`"m":64`: {`"m":7`, `"m":0`, `"m":1048577`, `"m":-1`, `"m":4294967296`}, `"t":3`: {`"t":0`, `"t":17`}, `"p":2`: {`"p":0`, `"p":17`, `"p":256`},
		`"argon2id"`: {`"scrypt"`, `1`}, `"v":1`: {`"v":2`, `"x":1,"v":1`}, `"salt":"`: {`"salt":"AAAA`}, `"nonce":"`: {`"nonce":"AAAA`},
	} {
		for _, now := range all {
			_, _, err := unseal(bytes.Replace(file, []byte(was), []byte(now), 1), passphrase)
			mustBe(t, err, fault.KeyFile)
		}
	}
}

func TestAFileThatIsNoKeyFileOfThePersonIsRefused(t *testing.T) {
	cheap(t)
	folder := t.TempDir()
	keys, key := NewKeys(folder), seed(t, 1)
	if err := keys.Save(kim, seed(t, 2), passphrase); err != nil {
		t.Fatal(err)
	}
	others, err := os.ReadFile(filepath.Join(folder, kim+".key"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := seal(jo, seed(t, 3).Seed(), passphrase, Floor) // the right ID over a key that is not enrolled
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, jo+".key")
	for what, file := range map[string][]byte{
		"empty": nil, "garbage": []byte("\x00\xff{}\n"), "one line": []byte("{}"), "an array": []byte("[]\n\n"),
		"too long": append(others, bytes.Repeat([]byte("\n"), maxKeyFile)...), "another person's": others, "another key": own,
	} {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Unlock(person(key, jo), "clinic/ward7", passphrase); !fault.Is(err, fault.KeyFile) || fault.SubjectOf(err) != "Jo Berg" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = keys.Unlock(person(key, jo), "clinic/ward7", passphrase)
	mustBe(t, err, fault.KeyFile)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = keys.Unlock(person(key, jo), "clinic/ward7", passphrase)
	mustBe(t, err, fault.KeyFile)
	for _, id := range []string{"", "..", "../00112233aabbccd", "00112233AABBCCDD", jo + "/", jo + "0", jo + "\n"} {
		_, err := keys.Unlock(person(key, id), "clinic/ward7", passphrase)
		mustBe(t, err, fault.KeyFile)
		mustBe(t, keys.Save(id, key, passphrase), fault.KeyFile)
	}
}

func TestAWeakPassphraseIsRefused(t *testing.T) {
	for _, weak := range []string{"", "short", "eleven char", "aaaaaaaaaaaaaaaa", strings.Repeat("ä", 40), strings.Repeat("🔑", 12), strings.Repeat("x y", 100)} {
		mustBe(t, CheckPassphrase(weak), fault.WeakSecret)
	}
	for _, good := range []string{"twelve chars", strings.Repeat("ä", 11) + "b", passphrase, strings.Repeat("xy", 128)} {
		if err := CheckPassphrase(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestALockedSignerSignsNoMore(t *testing.T) {
	key := seed(t, 1)
	s := &Signer{Person: person(key, jo), origin: "clinic/ward7", key: &unlocked{key: key}}
	s.Lock()
	if !bytes.Equal(key, make([]byte, len(key))) || s.key.key != nil {
		t.Error("the key is still in memory")
	}
	_, err := s.Sign([]byte("text\n"))
	mustBe(t, err, fault.NotSignedIn)
	_, err = Together([]byte("text\n"), nil)
	mustBe(t, err, fault.NotSignedIn)
	s.Lock()
	var nobody *Signer
	nobody.Lock()
}

// The body derives no key: 64 MiB for each input would find nothing else.
func FuzzParseKeyFile(f *testing.F) {
	for _, cost := range []Cost{Floor, {MemoryKiB: 8, Passes: 1, Lanes: 1}} {
		file, err := seal(jo, seed(f, 1).Seed(), passphrase, cost)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte("{}\n\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		h, first, sealed, err := parseKeyFile(file)
		if err != nil {
			return
		}
		whole := append(append(bytes.Clone(first), '\n'), fmt.Appendf(nil, "%s\n", base64.StdEncoding.EncodeToString(sealed))...)
		if !h.acceptable() || len(file) > maxKeyFile || !bytes.Equal(whole, file) {
			t.Errorf("%+v from %q", h, file)
		}
	})
}

func TestAKeyFileThatCannotBeWrittenIsDenied(t *testing.T) {
	cheap(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustBe(t, NewKeys(filepath.Join(file, "keys")).Save(jo, seed(t, 1), passphrase), fault.LogDenied)
	NewKeys(folder).Remove(jo) // nothing there
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		t.Error("another file was removed")
	}
}
