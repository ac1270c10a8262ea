// Package export is the screen on which the audit log is handed out: what of it, onto which medium, for whom, and who signs for
// that; what became of it; and the receipt that an auditor hands back.
//
// It writes no file of a bundle and checks none. The engine does both, behind Exports; whoever signs proves it here, once for
// each bundle.
package export

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
	"countersign/internal/people"
	"countersign/internal/task"
)

// Exports makes bundles and knows those that were made.
type Exports interface {
	// List returns the exports that the log knows, the newest first.
	List(ctx context.Context) ([]Earlier, error)
	// Span returns the records of a time: from the first one in it up to, not including, the one behind the last.
	Span(ctx context.Context, from, to time.Time) (first, next int64, err error)
	// Preview counts what a bundle would hold.
	Preview(ctx context.Context, s Selection, progress func(done, of int64)) (Preview, error)
	// Write makes a bundle, reads it back from its medium, and records that.
	Write(ctx context.Context, o Order, progress func(stage string, done, of int64)) (Made, error)
	// Take reads an auditor's receipt from a file, holds it against the log and records it. Key is the file of the auditor's
	// public key, or "".
	Take(ctx context.Context, receipt, key string) (Receipt, error)
}

// Log is the audit log as this screen needs it.
type Log interface {
	Head() audit.Head
	Changed() <-chan struct{}
	Exposure(ctx context.Context, personID string) (audit.Exposure, error)
}

// Board lists running work, with its progress and a way to stop it.
type Board interface {
	Run(ctx context.Context, name string, work func(context.Context, *task.Progress) error) error
}

// Deps is what the screen needs. All that can take a moment runs in the background.
type Deps struct {
	Exports     Exports
	Log         Log
	Devices     func(ctx context.Context) ([]string, error) // as records name them
	People      func(ctx context.Context) ([]people.Person, error)
	Me          func() (people.Person, bool) // who is signed in
	Prove       func(ctx context.Context, personID, passphrase string) (*people.Signer, error)
	SeatChanged func() <-chan struct{}
	SignIn      func()
	Hint        func(people.Person) string // the passphrase of a ready-made person in training; may be nil
	Places      func() ([]Place, error)    // media that can be taken away
	Free        func(folder string) (bytes int64, err error)
	Board       Board
	Show        func(path string) error // opens a folder; nil for none
	Result      func(kit.State, string) // tells what came of an act
	Now         func() time.Time
}

// Selection says which records a bundle shows.
type Selection struct {
	From, To int64    // records from From up to, not including, To; To 0 is the end of the log
	Device   string   // as records name it; "" for all
	Person   string   // ID; "" for everybody
	Without  []string // what is left out: SignIns, Words
	Reason   string   // why something is left out
}

// What can be left out of a bundle.
const (
	SignIns = "sign-ins" // who came and went
	Words   = "words"    // comments on requests, and accounts of emergencies
)

// Preview is what a bundle would hold.
type Preview struct {
	From, To    int64 // the period, in records
	Shown       int64 // records that are shown whole
	Withheld    int64 // records that only a hash stands for
	Changes     int64
	Emergencies int64
	OpenReviews int64
	Unknown     int64 // writes whose outcome nobody knows
	Clock       int64 // records at which the clock was in doubt
	Gaps        int64
	Unattested  int64  // times that only a paper tells of
	Bytes       int64  // about as large as the file will be
	Broken      string // what is wrong with the log itself; "" for nothing
}

// Order is a bundle that is to be made.
type Order struct {
	Selection
	For       string // for whom, or for what
	Folder    string
	Recipient string         // age key of the auditor; "" for a bundle that is not encrypted
	Signer    *people.Signer // nil where the machine signs alone
}

// Made is a bundle that was written, read back and recorded.
type Made struct {
	Path        string
	Size        int64
	Records     int64  // that it shows
	From, To    int64  //
	Equal       bool   // what was read back from the medium is what was written
	Verdict     string // of the check of what was read back
	Findings    int    // what the check found and what does not break the log
	Broken      string // what is wrong with the log itself; "" for nothing
	Fingerprint string // short, in groups of four
	Code        string // text of the code
	Encrypted   bool
	By          string // who signed; "" where the machine signed alone
}

// Earlier is an export that the log knows.
type Earlier struct {
	Seq         int64 // of its record
	At          time.Time
	By          string
	Failed      bool // the file got no name: it was never complete
	From, To    int64
	Shown       int64
	Scope       string // "full", "partial", "redacted"
	For         string
	File        string
	Fingerprint string
	Receipt     ReceiptState
	Auditor     string // of the receipt
}

// ReceiptState says what a receipt shows about the log.
type ReceiptState string

// The states of a receipt.
const (
	NoReceipt ReceiptState = ""
	Witnessed ReceiptState = "witnessed" // the log still holds what the auditor saw
	Rewound   ReceiptState = "rewound"   // the log is shorter than what the auditor saw
	Forked    ReceiptState = "forked"    // the log holds another past than the auditor saw
)

// Receipt is what an auditor handed back.
type Receipt struct {
	State       ReceiptState
	Auditor     string
	Verdict     string
	At          time.Time
	Size        int64 // records that the auditor saw
	Fingerprint string
	Known       bool   // the bundle was exported from this log
	Key         string // fingerprint of the key that signed it; "" where nobody gave one to check with
	NewKey      bool   // the first receipt with this auditor's name
	OtherKey    bool   // an earlier receipt with this auditor's name had another key
}

// Place is a medium that can be taken away.
type Place struct {
	Folder string
	Name   string // what people call it
}
