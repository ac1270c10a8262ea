// Package bundle hands the audit log out: it writes an export bundle onto a medium, reads it back from there, and records that
// in the log; it knows the exports that were made, and takes the receipts that auditors hand back.
//
// It makes no form of a record and judges no bundle: report makes the files for people and other systems, and verify, which
// trusts nothing of this, reads what was written.
package bundle

import (
	"context"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/verify"
)

// Source is the log that is handed out: an audit.Log.
type Source interface {
	// Head returns the log's size and root.
	Head() audit.Head
	// Stored visits what is stored from a record on, as it is, whether it can be read or not.
	Stored(ctx context.Context, from int64, visit func(seq int64, bytes, hash []byte) error) error
	// Checkpoints visits the checkpoints over more than after records.
	Checkpoints(ctx context.Context, after int64, visit func(audit.Checkpoint) error) error
	// Checkpoint sees to it that there is one over the head, and returns that.
	Checkpoint(ctx context.Context) (audit.Head, error)
	// Vouch signs a hash with the machine's key; epoch 0 where there is none.
	Vouch(hash [32]byte) (epoch int64, sig []byte)
	// Append records.
	Append(ctx context.Context, drafts ...audit.Draft) ([]audit.Record, error)
	// Now returns the time as records carry it.
	Now() clock.Reading
}

// Selection says which records a bundle shows whole. The zero Selection shows all.
type Selection struct {
	From, To int64       // records from From up to, not including, To; To 0 is the end of the log
	Device   string      // serial number, or name as records have it; "" for all
	Person   string      // ID; "" for everybody
	Without  []Redaction // what is left out
	Reason   string      // why something is left out; must be there then
}

// Redaction is a class of records of which a bundle shows the hashes alone.
type Redaction string

// The redactions. What is needed to check the log is never left out.
const (
	SignIns  Redaction = "sign-ins" // who came and went
	Comments Redaction = "comments" // remarks on requests: free text
	Accounts Redaction = "accounts" // accounts of emergencies: free text
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

// Request is a bundle that is to be made.
type Request struct {
	Source    Source
	Exports   *Exports // those made before; nil for none
	Selection Selection
	For       string     // for whom, or for what
	Folder    string     // on the medium; must be there
	Temp      string     // where files are kept until all are there; "" is the system's folder for that
	Recipient string     // age key of the auditor, "age1..."; "" for a bundle that is not encrypted
	Actor     leaf.Actor // who hands it out; the zero Actor is the console
	// Sign asks a person to sign for the export; nil where the machine signs alone. It returns the signed note of the
	// statement.Export that Said.Statement makes.
	Sign func(ctx context.Context, s Said) (note string, err error)
	// Frames returns the records of emergencies on the disk that the log has not taken in, encoded; nil where there are none.
	Frames    func(ctx context.Context) ([][]byte, error)
	Program   string        // name and version, "countersign 0.1.0"
	Site      string        // what the site is called; "" where nobody said
	Simulated bool          // the devices are the simulated ward's
	Genesis   string        // twelve words or digest of the founding, for the check of what was written; "" where nobody gives it
	Made      clock.Reading // the zero Reading is now

	create func(path string) (file, error) // nil: on the disk
}

// Said is what a person signs for.
type Said struct {
	Manifest [32]byte
	From, To int64
	For      string
	Head     audit.Head
	Made     clock.Reading
}

// Made is a bundle that was written, read back from its medium and recorded.
type Made struct {
	Path        string
	Size        int64    // of the file, in bytes
	SHA256      [32]byte // of the file
	Manifest    formats.Manifest
	Digest      [32]byte      // of the manifest
	Fingerprint string        // short form of it, in groups of four
	Code        string        // text of the code that carries it
	Report      verify.Report // of what was read back; of an encrypted one there is none
	Broken      string        // what is wrong with the log itself; "" for nothing
	Encrypted   bool          //
	Signed      bool          // by a person
	Recorded    int64         // number of the record; -1 where the log takes none
	Took        time.Duration //
}

// The stages of Write, as progress names them.
const (
	StagePlan   = "plan"   // reading the log and choosing
	StageMake   = "make"   // records, and the files that are made from them
	StageFinish = "finish" // what is made when all records were seen
	StageWrite  = "write"  // onto the medium
	StageCheck  = "check"  // reading back from the medium
)
