package backup

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/disk"
	"countersign/internal/fault"
)

// Marker says in a data folder that it was put back from a backup and that the log does not say so yet. It is in place
// before the folder has its name, and goes when the record of it is durable.
type Marker struct {
	Backup   [32]byte // SHA-256 of the backup's file
	Made     time.Time
	Clock    string
	Head     audit.Head // of the log in it
	Restored time.Time  // by the clock of the machine on which it was put back
}

const (
	markerName  = "restored.note"
	markerFirst = "countersign/restored/v1"
	maxMarker   = 2 << 10 // bytes
)

func (m Marker) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nbackup %x\nmade %s %s\nlog %s %d %s\nrestored %s\n", markerFirst, m.Backup, m.Made.UTC().Format(madeLayout), m.Clock,
		m.Head.Origin, m.Head.Size, strict64.EncodeToString(m.Head.Root[:]), m.Restored.UTC().Format(madeLayout))
	return b.Bytes()
}

func parseMarker(text []byte) (m Marker, err error) {
	lines := strings.Split(string(text), "\n")
	if len(lines) != 6 || lines[0] != markerFirst {
		return m, errors.New("not a note of a restore")
	}
	var values [4]string
	for i, key := range []string{"backup", "made", "log", "restored"} {
		value, ok := strings.CutPrefix(lines[i+1], key+" ")
		if !ok {
			return m, fmt.Errorf("line %d is not %q", i+2, key)
		}
		values[i] = value
	}
	sum, err := hex.DecodeString(values[0])
	if err != nil || len(sum) != len(m.Backup) {
		return m, errors.New("no SHA-256 of a backup")
	}
	m.Backup = [32]byte(sum)
	if m.Made, m.Clock, err = parseMade(values[1]); err != nil {
		return m, err
	}
	if m.Head, err = parseHead(values[2]); err != nil {
		return m, err
	}
	if m.Restored, err = time.Parse(madeLayout, values[3]); err != nil {
		return m, err
	}
	if !bytes.Equal(m.text(), text) {
		return m, errors.New("not in its one spelling")
	}
	return m, nil
}

// Draft is the record that a log was put back.
func (m Marker) Draft() audit.Draft {
	d := audit.Draft{Kind: KindRestored}
	d.Body.Set("sha256", hex.EncodeToString(m.Backup[:]))
	d.Body.Set("made", m.Made.UTC().Format(madeLayout))
	d.Body.Set("origin", m.Head.Origin)
	d.Body.SetInt("size", m.Head.Size)
	d.Body.Set("root", strict64.EncodeToString(m.Head.Root[:]))
	d.Body.Set("restored", m.Restored.UTC().Format(madeLayout))
	return d
}

// Restored returns the marker of a data folder, and false where there is none. One that cannot be read is there all the
// same: the log has to say that it was put back, even where nobody knows from what.
func Restored(folder string) (m Marker, ok bool, err error) {
	file, err := os.Open(filepath.Join(folder, markerName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, true, disk.Fault(folder, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxMarker+1))
	if err == nil {
		m, err = parseMarker(text)
	}
	if err != nil {
		return Marker{}, true, fault.New(fault.Incoming, filepath.Join(folder, markerName), err)
	}
	return m, true, nil
}

// Told removes the marker, durably: the log says it now.
func Told(folder string) error {
	if err := errors.Join(os.Remove(filepath.Join(folder, markerName)), disk.SyncFolder(folder)); err != nil {
		return disk.Fault(folder, err)
	}
	return nil
}
