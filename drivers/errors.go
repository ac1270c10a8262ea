package drivers

import "errors"

// The errors that a driver and the console exchange. Everything else a driver returns comes from its Conn: a deadline,
// a cancellation, or the end of the stream.
var (
	// ErrNotMine passes the turn: what answered (or did not) is not of this family.
	ErrNotMine = errors.New("not a device of this family")
	// ErrGarbled means that bytes came which the protocol does not allow.
	ErrGarbled = errors.New("the device's answer is garbled")
	// ErrRefused means that the device understood and said no.
	ErrRefused = errors.New("the device refused")
	// ErrUnsupported means that this device or this protocol cannot do what was asked.
	ErrUnsupported = errors.New("not supported by this device")
	// ErrNotSent means that a write failed before its first byte was sent: the device holds what it held.
	ErrNotSent = errors.New("nothing was sent")
	// ErrInUse means that the device is being used on a patient or is otherwise not safe to write to.
	ErrInUse = errors.New("the device is in use")
)
