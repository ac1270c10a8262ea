package verify

import (
	"time"

	"countersign/internal/formats"
)

// Verdict is what a verification comes to.
type Verdict string

// The verdicts.
const (
	Verified     Verdict = "VERIFIED"
	WithFindings Verdict = "VERIFIED WITH FINDINGS" // nothing is wrong with the record, and it says of itself what wants a look
	Unanchored   Verdict = "UNANCHORED"             // nothing is wrong, and nobody said whose founding it must be
	Failed       Verdict = "FAILED"
)

// ExitCode is how a program ends that says this verdict.
func (v Verdict) ExitCode() int {
	switch v {
	case Verified:
		return 0
	case WithFindings:
		return 1
	case Unanchored:
		return 3
	}
	return 4
}

// Steps is how many steps there are.
const Steps = 9

// State is what became of a step.
type State string

// The states.
const (
	Passed  State = "passed"
	Partly  State = "partly" // what is shown is right; some of it could not be checked because records are withheld
	Broken  State = "failed"
	NotDone State = "not done" // an earlier step failed, or this version cannot do it
)

// Step is one of the nine. Proves says what it proves for a bundle of this scope.
type Step struct {
	Number int    `json:"step"`
	Name   string `json:"name"`
	State  State  `json:"state"`
	Proves string `json:"proves"`
	Checks int64  `json:"checks"`
	Open   int64  `json:"not_checkable"` // checks that would need a withheld record
}

// Failure is the first thing that is wrong.
type Failure struct {
	Step int    `json:"step"`
	Rule string `json:"rule"`           // a word that does not change
	Text string `json:"text"`           // for people
	Seq  int64  `json:"seq"`            // number of the first bad record; -1 where it is none
	Path string `json:"path,omitempty"` // of the file
	Byte int64  `json:"byte,omitempty"` // in a derived file: where it first differs
}

// Finding is what a record says of itself that wants a look.
type Finding struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
	Seq  int64  `json:"seq"` // -1 where it is no record's
}

// Answer is one of three.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown" // what it takes to know was not given
)

// Answers are three separate questions.
type Answers struct {
	Unaltered    Answer `json:"unaltered"`     // is what the bundle shows what was recorded?
	NoGap        Answer `json:"no_gap"`        // does it begin where the last export or receipt that is known ended, without a gap?
	NoGapSince   string `json:"no_gap_since"`  // which that was
	SignersKnown Answer `json:"signers_known"` // are the signers those whom the founders let in?
}

// Window is how much of the log's end nobody else vouches for.
type Window struct {
	Found   bool          `json:"found"`   // whether there is such a signature
	Records int64         `json:"records"` // behind it; all where there is none
	Since   time.Duration `json:"since"`   // that had passed when the bundle was made
}

// Exposure is what could still be made anew by whoever has the console and one person's key, without contradicting another
// person's signature. Person is who signed last.
type Exposure struct {
	Person      string `json:"person"`
	CoLocated   Window `json:"co_located"`
	Independent Window `json:"independent"`
}

// Counts are numbers of what was seen.
type Counts struct {
	Records     int64 `json:"records"` // in the log, shown or not
	Shown       int64 `json:"shown"`
	Withheld    int64 `json:"withheld"`
	Statements  int64 `json:"statements"` // whose signatures were checked
	Signatures  int64 `json:"signatures"`
	Epochs      int64 `json:"epochs"`
	Checkpoints int64 `json:"checkpoints"`
	Persons     int64 `json:"persons"`
	Requests    int64 `json:"requests"`
	Executions  int64 `json:"executions"`
	Emergencies int64 `json:"emergencies"`
	Frames      int64 `json:"frames"`         // of emergencies, that were taken in
	FramesAside int64 `json:"frames_not_yet"` // that are not in the log yet
	Unchecked   int64 `json:"not_checkable"`  // checks that would need a withheld record
}

// Report is everything about a bundle.
type Report struct {
	Verdict  Verdict     `json:"verdict"`
	Steps    [Steps]Step `json:"steps"`
	Failure  *Failure    `json:"failure,omitempty"`
	Findings []Finding   `json:"findings"`
	More     int64       `json:"more_findings"` // beyond MaxFindings
	Answers  Answers     `json:"answers"`
	Exposure Exposure    `json:"exposure"`
	Counts   Counts      `json:"counts"`
	Genesis  string      `json:"genesis"` // the founding's digest in hexadecimal
	Words    []string    `json:"words"`   // the first half of it in twelve words

	Manifest       formats.Manifest `json:"-"`
	ManifestDigest [32]byte         `json:"-"`
	About          About            `json:"bundle"`
	Exporter       string           `json:"exporter"` // who signed the export; "" where the machine alone did
}

// About is what a bundle says of itself, for programs. It is empty where the manifest could not be read.
type About struct {
	Origin    string `json:"origin"`
	Site      string `json:"site"`
	Program   string `json:"program"`
	Made      string `json:"made"`
	Clock     string `json:"clock"`
	Simulated bool   `json:"simulated"`
	Scope     string `json:"scope"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Filter    string `json:"filter"`
	Size      int64  `json:"size"` // of the log at its head
	Root      string `json:"root"` // in base64
	Manifest  string `json:"manifest_sha256"`
}

// MaxFindings is how many findings a report lists. More are counted.
const MaxFindings = 1000

// Fingerprint returns the short form of the manifest's digest that people compare: four groups of four digits.
func (r Report) Fingerprint() string {
	return formats.Fingerprint(r.ManifestDigest)
}
