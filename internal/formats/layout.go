package formats

import "fmt"

// The files of a bundle, in the order in which they stand in it. What is not listed here has no place in a bundle.
const (
	VerifyPath      = "VERIFY.txt"
	leavesPath      = "log/leaves-%05d.jsonl"
	OutsidePath     = "log/outside.txt"
	CheckpointsPath = "log/checkpoints.txt"
	ConsistencyPath = "log/consistency.txt"
	RosterPath      = "keys/roster.jsonl"
	EpochsPath      = "keys/epochs.txt"
	FramesPath      = "emergency/frames.jsonl"
	UnattestedPath  = "emergency/unattested.csv"
	dicomPath       = "dicom/audit-%05d.rfc5425"
	r4Path          = "fhir/r4-%05d.ndjson"
	r5Path          = "fhir/r5-%05d.ndjson"
	EventsPath      = "csv/events.csv"
	ChangesPath     = "csv/changes.csv"
	EmergenciesPath = "csv/breakglass.csv"
	ApprovalsPath   = "csv/approvals.csv"
	PairsPath       = "csv/pairs.csv"
	HTMLPath        = "report/report.html"
	PDFPath         = "report/report.pdf"
	SummaryPath     = "report/summary.txt"
	ManifestPath    = "MANIFEST"
	MachinePath     = "MACHINE" // the machine's signature over the manifest
	ExportPath      = "EXPORT"  // the statement of the person who exported, where one did
)

// LeavesPath names the part of the records with this number, from 1.
func LeavesPath(part int) string { return fmt.Sprintf(leavesPath, part) }

// DICOMPath names the part of the DICOM audit messages with this number, from 1.
func DICOMPath(part int) string { return fmt.Sprintf(dicomPath, part) }

// R4Path names the part of the FHIR R4 audit events with this number, from 1.
func R4Path(part int) string { return fmt.Sprintf(r4Path, part) }

// R5Path names the part of the FHIR R5 audit events with this number, from 1.
func R5Path(part int) string { return fmt.Sprintf(r5Path, part) }

// PartRecords is how many records a part has at most: of the leaves, of the DICOM messages and of the FHIR events.
const PartRecords = 50_000

// The bounds of a bundle. A reader holds them against what it reads, not against what is declared.
const (
	MaxEntries  = 4096
	MaxEntry    = 256 << 20 // bytes, unpacked
	MaxTotal    = 64 << 30  // bytes, unpacked
	MaxRatio    = 200       // of unpacked to packed bytes, beyond the first MaxFree
	MaxFree     = 1 << 20   // bytes of an entry whose ratio does not matter: short repeating files pack well
	MaxManifest = 1 << 20   // bytes
	MaxPath     = 100       // bytes
)
