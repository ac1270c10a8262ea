package people

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

// maxCopy bounds a copy of a roster, in bytes: some thousand statements.
const maxCopy = 8 << 20

// rosterCopy is the file: one line of JSON.
type rosterCopy struct {
	Version int      `json:"v"`
	Origin  string   `json:"origin"`
	Notes   []string `json:"notes"`
}

// KeepCopy writes a roster's signed notes, as Roster.Notes returns them, into a file beside the log, so that a console whose
// database cannot be opened still knows its people. It is written whole or not at all, and not where it is there already. The
// faults are LogDenied and LogFull with the path, and OutOfRange for more than a copy can hold.
func KeepCopy(path, origin string, notes []string) error {
	file, err := encodeCopy(origin, notes)
	if err != nil {
		return fault.New(fault.OutOfRange, path, err)
	}
	if before, err := readAtMost(path, maxCopy); err == nil && bytes.Equal(before, file) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return disk.Fault(path, err)
	}
	return replaceFile(path, file)
}

// LoadCopy reads what KeepCopy wrote and checks every statement as Replay does. A file that cannot be read is fault.KeyFile,
// everything else that is wrong fault.Signature, both with the path. A copy may be older than the log, and whoever can write the
// file can cut its end off: it says who they were, and only the log says who they are.
func LoadCopy(path string) (*Members, error) {
	file, err := readAtMost(path, maxCopy)
	if err != nil {
		return nil, fault.New(fault.KeyFile, path, err)
	}
	c, err := decodeCopy(file)
	if err != nil {
		return nil, fault.New(fault.Signature, path, err)
	}
	m, err := Replay(c.Origin, c.Notes)
	if err != nil {
		return nil, fault.New(fault.Signature, path, err)
	}
	return m, nil
}

func encodeCopy(origin string, notes []string) ([]byte, error) {
	line, err := json.Marshal(rosterCopy{1, origin, notes})
	if err == nil && len(line) >= maxCopy {
		err = fmt.Errorf("%d bytes", len(line))
	}
	return append(line, '\n'), err
}

// decodeCopy takes the one spelling only: what it reads, encodeCopy writes again.
func decodeCopy(file []byte) (c rosterCopy, err error) {
	if len(file) > maxCopy {
		return c, fmt.Errorf("longer than %d bytes", maxCopy)
	}
	strict := json.NewDecoder(bytes.NewReader(file))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&c); err != nil {
		return c, err
	}
	if c.Version != 1 {
		return c, fmt.Errorf("version %d", c.Version)
	}
	if again, err := encodeCopy(c.Origin, c.Notes); err != nil || !bytes.Equal(again, file) {
		return c, errors.New("not as this console writes it")
	}
	return c, nil
}

// Reviewed says whether two persons allowed writing with the profile or map of this digest.
func (m *Members) Reviewed(digest [32]byte) bool { return m.profiles[digest] }
