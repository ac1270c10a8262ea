package formats

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"countersign/internal/fault"
)

func sample() Manifest {
	return Manifest{
		Origin: "clinic.example/ward-7", Program: "countersign 0.1.0", Forms: "1 go1.26", Made: time.Date(2026, 11, 25, 9, 8, 7, 6e6, time.UTC), Clock: "ok",
		Site: "Clinic Example", Scope: Partial, From: 10, To: 20, Filter: "device SN 1", Head: Head{30, [32]byte{1}}, Previous: Head{10, [32]byte{2}}, Shown: 12,
		Files: []File{{LeavesPath(1), 100, [32]byte{3}}, {OutsidePath, 0, [32]byte{4}}, {VerifyPath, 5, [32]byte{5}}},
	}
}

// TestAManifestHasOneSpelling reads what was written, and refuses every text that differs from it in one place.
func TestAManifestHasOneSpelling(t *testing.T) {
	text, err := sample().Text()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseManifest(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Text(); err != nil || !bytes.Equal(again, text) {
		t.Fatalf("%v: it is read back as\n%s", err, again)
	}
	replace := func(old, with string) []byte { return []byte(strings.Replace(string(text), old, with, 1)) }
	for name, bad := range map[string][]byte{
		"two spaces":         replace("origin ", "origin  "),
		"leading nought":     replace("period 10", "period 010"),
		"another order":      replace("simulated false\nsite Clinic Example\n", "site Clinic Example\nsimulated false\n"),
		"no end of line":     text[:len(text)-1],
		"a way out":          replace("log/outside.txt", "../outside.txt"),
		"an absolute path":   replace("log/outside.txt", "/etc/passwd"),
		"a drive":            replace("log/outside.txt", "c:outside.txt"),
		"the same again":     append(bytes.Clone(text), text[bytes.LastIndex(text[:len(text)-1], []byte("\n"))+1:]...),
		"the manifest":       replace("VERIFY.txt", "MANIFEST"),
		"another version":    replace("/v1", "/v2"),
		"full, yet not":      replace("scope partial", "scope full"),
		"no scope":           replace("scope partial", "scope most"),
		"a size too large":   replace(" 100 log/", " 10737418240 log/"),
		"a negative size":    replace(" 100 log/", " -1 log/"),
		"upper-case digest":  replace("file 03", "file 0A"),
		"period turned":      replace("period 10 20", "period 20 10"),
		"more than the log":  replace("period 10 20", "period 10 31"),
		"a local time":       replace("07.006Z", "07.006+01:00"),
		"yes":                replace("simulated false", "simulated yes"),
		"nothing":            nil,
		"invalid characters": replace("Clinic", "\xff"),
	} {
		if _, err := ParseManifest(bad); fault.KindOf(err) != fault.Incoming {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParseManifest: what is read is written the same.
func FuzzParseManifest(f *testing.F) {
	text, err := sample().Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		if again, err := m.Text(); err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%q becomes %q: %v", text, again, err)
		}
	})
}
