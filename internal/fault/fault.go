// Package fault gives every failure a kind and a subject, so that it can be decided upon by code and explained to
// people. It holds no text for people: app/ui words each kind as what happened, why, and what to do now. It does not
// log: a failure is logged once, where it is decided.
package fault

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Kind is a class of failure. Its value is also the key of its text in the translations.
type Kind string

// The kinds, by where they come from.
const (
	// The line and the device behind it.
	PortBusy     Kind = "port_busy"     // another program, or another session of ours, holds the port
	PortDenied   Kind = "port_denied"   // the operating system does not let this user open it
	PortGone     Kind = "port_gone"     // no such port or address; or it ended while in use
	Silent       Kind = "silent"        // connected, and no answer in time
	Garbled      Kind = "garbled"       // an answer that the protocol does not allow
	NotMine      Kind = "not_mine"      // something else than the expected family answered
	OtherDevice  Kind = "other_device"  // the right family, another unit
	WeakIdentity Kind = "weak_identity" // the device does not tell a serial number
	Refused      Kind = "refused"       // the device said no
	Unsupported  Kind = "unsupported"   // the device, or its driver, cannot do that
	InUse        Kind = "in_use"        // a patient, or a state in which it must not be changed

	// People and what they may do.
	NotSignedIn Kind = "not_signed_in"
	Passphrase  Kind = "passphrase"  // wrong passphrase
	WeakSecret  Kind = "weak_secret" // a passphrase too short to be one
	KeyFile     Kind = "key_file"    // a personal key file that cannot be read
	SamePerson  Kind = "same_person" // the proposer tried to approve, or two enrolments are one person
	NotAllowed  Kind = "not_allowed" // role, suspension or policy
	OtherSeat   Kind = "other_seat"  // policy wants the approval from another laptop, or with a hardware key
	Probation   Kind = "probation"   // enrolled too recently to approve alone, or to vouch
	Throttled   Kind = "throttled"   // too many wrong passphrases; the subject is the wait in seconds
	Vouch       Kind = "vouch"       // so many wrong passphrases that a colleague must be there to sign in
	SealedCode  Kind = "sealed_code" // a sealed code that does not count: wrong, spent, replaced, or nothing to compare it with; the cause says which
	Badge       Kind = "badge"       // a badge that somebody else has, or none
	Incoming    Kind = "incoming"    // a file, code or picture from another laptop that cannot be read or does not verify
	Peer        Kind = "peer"        // a console that this one does not know yet
	Forked      Kind = "forked"      // another console's log is not the one that was seen before
	Unproved    Kind = "unproved"    // nobody has shown who they are, and this setting needs that even in an emergency
	ReviewDue   Kind = "review_due"  // a review of an emergency is so long overdue that its actor begins nothing new
	ReadOnly    Kind = "read_only"   // not enrolled yet, or an unsigned profile

	// Requests.
	OutOfRange Kind = "out_of_range" // value, step, option or rule between settings
	BadNumber  Kind = "bad_number"   // a person's typing
	NoChange   Kind = "no_change"    // wanted equals what the device has
	NoReason   Kind = "no_reason"    // a request without a reason, or one that cannot be recorded
	Mismatch   Kind = "mismatch"     // blind entry differs from the request
	Returned   Kind = "returned"     // blind entry differed too often
	Expired    Kind = "expired"
	Superseded Kind = "superseded" // the device no longer holds what the proposer saw
	Consumed   Kind = "consumed"   // this grant was used before
	WrongState Kind = "wrong_state"
	Signature  Kind = "signature" // a statement that does not verify or is not well formed

	// The record.
	LogBroken   Kind = "log_broken"   // the audit log does not verify
	LogBusy     Kind = "log_busy"     // another process has the database
	LogFull     Kind = "log_full"     // no room on the disk
	LogDenied   Kind = "log_denied"   // the data folder cannot be written
	LogSettings Kind = "log_settings" // SQLite does not run with the durability that was asked for
	NotFound    Kind = "not_found"

	// What is handed out.
	NoRoom       Kind = "no_room"        // the medium is full, or too small
	MediumGone   Kind = "medium_gone"    // the medium was pulled, is write-protected, or does not answer
	MediumBad    Kind = "medium_bad"     // what was read back from the medium is not what was written
	Recipient    Kind = "recipient"      // not the key of somebody to encrypt to
	TooLarge     Kind = "too_large"      // more than one bundle may hold
	NoMachineKey Kind = "no_machine_key" // the machine has no key to sign with, or another than the log's last
	Rewound      Kind = "rewound"        // somebody saw more records than the log has
	OtherPast    Kind = "other_past"     // somebody saw other records than the log has

	Cancelled Kind = "cancelled"
	Internal  Kind = "internal" // a mistake of ours
)

// Fault is a failure of one kind concerning one subject (a port, a device, a setting, a file, a person).
type Fault struct {
	Kind    Kind
	Subject string
	Cause   error // may be nil
}

// New returns a Fault as an error.
func New(kind Kind, subject string, cause error) error {
	return &Fault{Kind: kind, Subject: subject, Cause: cause}
}

// Newf is New with a formatted cause for the log and for "details".
func Newf(kind Kind, subject, format string, args ...any) error {
	return New(kind, subject, fmt.Errorf(format, args...))
}

// Error is for logs and details, not for screens.
func (f *Fault) Error() string {
	text := string(f.Kind)
	if f.Subject != "" {
		text += " (" + f.Subject + ")"
	}
	if f.Cause != nil {
		text += ": " + f.Cause.Error()
	}
	return text
}

// Unwrap lets errors.Is and errors.As see the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Guard runs do and turns a panic into an Internal fault with the stack as its cause. It stands around what drivers do: a
// mistake in one of them must not take the console down, least of all between a write and the record of its outcome.
func Guard(subject string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Newf(Internal, subject, "panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// KindOf returns the kind of the outermost Fault in err, Internal for an error that carries none, and "" for nil.
func KindOf(err error) Kind {
	var f *Fault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Kind
	}
	return Internal
}

// Is says whether err is of this kind.
func Is(err error, kind Kind) bool { return KindOf(err) == kind }

// SubjectOf returns what the outermost Fault in err concerns.
func SubjectOf(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Subject
	}
	return ""
}
