package people

import "errors"

// KeepCopy writes a roster's signed notes, as Roster.Notes returns them, into a file beside the log, so that a console whose
// database cannot be opened still knows its people. It is written whole or not at all. The faults are LogDenied and LogFull with
// the path, and OutOfRange for more than a copy can hold.
func KeepCopy(path, origin string, notes []string) error { return errors.ErrUnsupported }

// LoadCopy reads what KeepCopy wrote and checks every statement as Replay does. A file that cannot be read is fault.KeyFile,
// everything else that is wrong fault.Signature, both with the path. A copy may be older than the log, and whoever can write the
// file can cut its end off: it says who they were, and only the log says who they are.
func LoadCopy(path string) (*Members, error) { return nil, errors.ErrUnsupported }

// Reviewed says whether two persons allowed writing with the profile or map of this digest.
func (m *Members) Reviewed(digest [32]byte) bool { return m.profiles[digest] }
