package backup

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"countersign/internal/audit"
)

// FuzzAManifestHasOneSpelling begins with the manifest of a real backup, and with ways in which it may be wrong.
func FuzzAManifestHasOneSpelling(f *testing.F) {
	c := starts(f, f.TempDir()).furnish()
	c.records(3)
	real := string(c.backup(f.TempDir()).Manifest.text())
	f.Add([]byte(real))
	f.Add([]byte{})
	for _, alter := range [][2]string{{"file ", "file  "}, {"keys/", "../"}, {"keys/", "keys//"}, {"keys/", "KEYS/"}, {"\n", "\r\n"}, {" ok", " "}, {"=", ""}, {"0", "1"}} {
		f.Add([]byte(strings.ReplaceAll(real, alter[0], alter[1])))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		again, err := m.Text()
		if err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q becomes %q, %v", text, again, err)
		}
		for _, file := range m.Files {
			if strings.Contains(file.Path, "..") && strings.HasPrefix(file.Path, ".") || strings.HasPrefix(file.Path, "/") || file.Size < 0 {
				t.Errorf("%+v", file)
			}
		}
	})
}

func FuzzAMarkerHasOneSpelling(f *testing.F) {
	f.Add(Marker{Made: began, Clock: "ok", Head: audit.Head{Origin: origin, Size: 7}, Restored: began}.text())
	f.Add([]byte(markerFirst + "\n\n\n\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := parseMarker(text); err == nil && !bytes.Equal(m.text(), text) {
			t.Errorf("%q becomes %q", text, m.text())
		}
	})
}

// FuzzABackupIsWholeOrRefused gives the reader files that are nearly a backup.
func FuzzABackupIsWholeOrRefused(f *testing.F) {
	c := starts(f, f.TempDir())
	made := c.backup(f.TempDir())
	whole, err := os.ReadFile(made.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(append([]byte("in front"), whole...))
	f.Add([]byte(ageIntro))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if len(a.entries) != len(a.Manifest.Files) || a.check() != nil {
			t.Errorf("%+v", a.Manifest)
		}
	})
}
