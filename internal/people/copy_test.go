package people

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

const ward7 = "clinic.example/ward7"

// kept writes the copy of a site's people.
func (s *site) kept(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sub", "people")
	notes, err := s.roster.Notes(t.Context())
	if err == nil {
		err = KeepCopy(path, ward7, notes)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPeopleInACopySignAsTheyDoWithTheLog(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	profile := []byte("register map")
	s.did(s.jo, s.kim)(s.roster.PrepareProfile(t.Context(), "acme/pump", profile, s.pair()))
	s.did(s.kim)(s.roster.PrepareRotate(t.Context(), s.keys, s.kim, "another phrase for Kim"))
	s.did(s.jo)(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "Laptop lost", s.jo.Person))

	m := must(LoadCopy(s.kept(t)))(t)
	if m.Origin() != ward7 || !m.Reviewed(sha256.Sum256(profile)) || m.Reviewed(sha256.Sum256(nil)) {
		t.Errorf("%s, the profile is not known", m.Origin())
	}
	now := s.clock.Now().Wall
	if p := must(m.Person(lee.ID, now))(t); p.Active || p.Status != Suspended {
		t.Errorf("%+v", p)
	}
	kim := must(m.Person(s.kim.ID, now))(t)
	signer := must(s.keys.Unlock(kim, m.Origin(), "another phrase for Kim"))(t)
	closing := statement.Closing{By: must(s.roster.By(kim))(t), Session: must(statement.NewID(now, strings.NewReader("0123456789")))(t), Actions: 1, Account: "Done"}
	text := must(closing.Text())(t)
	note := must(signer.Sign(text))(t)
	if opened := must(m.Open(note))(t); !bytes.Equal(opened, text) {
		t.Errorf("%s", opened)
	}
	must(s.roster.Open(t.Context(), note))(t)
	_, err := s.keys.Unlock(kim, m.Origin(), founders[1].Passphrase)
	mustBe(t, err, fault.Passphrase)
}

func TestACopyThatIsThereAlreadyIsNotWrittenAgain(t *testing.T) {
	s := newSite(t)
	path := s.kept(t)
	before := must(os.Stat(path))(t)
	notes := must(s.roster.Notes(t.Context()))(t)
	if err := KeepCopy(path, ward7, notes); err != nil {
		t.Fatal(err)
	}
	if after := must(os.Stat(path))(t); !os.SameFile(before, after) {
		t.Error("it was")
	}
	s.enrolled()
	if err := KeepCopy(path, ward7, must(s.roster.Notes(t.Context()))(t)); err != nil {
		t.Fatal(err)
	}
	if m := must(LoadCopy(path))(t); len(m.Persons(s.clock.Now().Wall)) != 3 {
		t.Error("what is new is not in the copy")
	}
}

func TestACopyThatIsNotWholeIsRefusedWithItsPath(t *testing.T) {
	s := newSite(t)
	s.enrolled()
	path := s.kept(t)
	whole := must(os.ReadFile(path))(t)
	for what, c := range map[string]struct {
		file []byte
		want fault.Kind
	}{
		"nothing in it":           {nil, fault.Signature},
		"cut":                     {whole[:len(whole)/2], fault.Signature},
		"another log":             {bytes.Replace(whole, []byte(`"origin":"clinic.example/ward7"`), []byte(`"origin":"clinic.example/ward8"`), 1), fault.Signature},
		"another version":         {bytes.Replace(whole, []byte(`"v":1`), []byte(`"v":2`), 1), fault.Signature},
		"another name":            {bytes.ReplaceAll(whole, []byte("Lee Third"), []byte("Lee Fourt")), fault.Signature},
		"something more":          {append(bytes.Clone(whole), whole...), fault.Signature},
		"an unknown field":        {bytes.Replace(whole, []byte(`{"v"`), []byte(`{"x":1,"v"`), 1), fault.Signature},
		"no people":               {[]byte(`{"v":1,"origin":"clinic.example/ward7","notes":[]}` + "\n"), fault.Signature},
		"longer than any copy is": {bytes.Repeat([]byte(" "), maxCopy+1), fault.KeyFile},
	} {
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadCopy(path)
		if !fault.Is(err, c.want) || fault.SubjectOf(err) != path {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := LoadCopy(filepath.Dir(path))
	mustBe(t, err, fault.KeyFile)
	_, err = LoadCopy(path + "-is-missing")
	mustBe(t, err, fault.KeyFile)
	mustBe(t, KeepCopy(filepath.Join(path, "below"), ward7, nil), fault.LogDenied)
	mustBe(t, KeepCopy(path, ward7, []string{strings.Repeat("x", maxCopy)}), fault.OutOfRange)
	if _, err := decodeCopy(bytes.Repeat([]byte(" "), maxCopy+1)); err == nil {
		t.Error("more than a copy holds was read")
	}
}

// What is read is written again byte for byte, and is known only where every signature in it is right.
func FuzzDecodeCopy(f *testing.F) {
	cheap(f)
	r, _, _ := founded(f, newLog(f))
	notes, err := r.Notes(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	whole, err := encodeCopy(ward7, notes)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(bytes.Replace(whole, []byte("ward7"), []byte("ward8"), 1))
	f.Add([]byte(`{"v":1,"origin":"","notes":null}` + "\n"))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := decodeCopy(file)
		if err != nil {
			return
		}
		if again, err := encodeCopy(c.Origin, c.Notes); err != nil || !bytes.Equal(again, file) {
			t.Errorf("%q is written again as %q", file, again)
		}
		if m, err := Replay(c.Origin, c.Notes); err == nil && len(m.Persons(m.rules.At.Wall)) == 0 {
			t.Error("people without a person")
		}
	})
}
