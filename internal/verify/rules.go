package verify

import "fmt"

// A rule is what must hold of a bundle. Its word does not change between versions: programs may compare it.
type rule struct {
	word string
	step int
	text string // for people; a format where the failure has more to say
}

// broken is a rule that does not hold, as an error.
type broken struct{ Failure }

// Error implements error.
func (b *broken) Error() string { return b.Rule + ": " + b.Text }

// at makes the failure of a rule at a record, or -1.
func (r rule) at(seq int64, args ...any) error {
	return &broken{Failure{Step: r.step, Rule: r.word, Text: fmt.Sprintf(r.text, args...), Seq: seq}}
}

// in makes the failure of a rule that a file breaks. Its text begins with the file.
func (r rule) in(path string, args ...any) error {
	return &broken{Failure{Step: r.step, Rule: r.word, Text: fmt.Sprintf(r.text, append([]any{path}, args...)...), Seq: -1, Path: path}}
}

// Step 1: the file as a file.
var (
	zipForm      = rule{"zip-form", 1, "this is not a bundle: %s"}
	zipLayout    = rule{"zip-layout", 1, "the entries do not stand one behind the other as they must: %s"}
	zipEntries   = rule{"zip-entries", 1, "it declares %d entries, more than a bundle may have"}
	zipName      = rule{"zip-name", 1, "an entry is called %q, which leads elsewhere"}
	zipTwice     = rule{"zip-twice", 1, "%s is there twice"}
	zipOrder     = rule{"zip-order", 1, "%s does not stand in its place"}
	zipKind      = rule{"zip-kind", 1, "%s is no plain file"}
	zipEncrypted = rule{"zip-encrypted", 1, "%s is encrypted within the zip"}
	zipMethod    = rule{"zip-method", 1, "%s is packed in a way that bundles do not use"}
	zipExtra     = rule{"zip-extra", 1, "%s carries something that no bundle has: %s"}
	zipLocal     = rule{"zip-local", 1, "%s is described otherwise where it stands than in the directory"}
	zipSize      = rule{"zip-size", 1, "%s is larger than a file of a bundle may be"}
	zipTotal     = rule{"zip-total", 1, "with %s the bundle is larger than a bundle may be"}
	zipRatio     = rule{"zip-ratio", 1, "%s unpacks to far more than its packed bytes can mean"}
	zipData      = rule{"zip-data", 1, "%s cannot be unpacked: %v"}

	fileUnknown    = rule{"file-unknown", 1, "no file of a bundle is called %s"}
	fileMissing    = rule{"file-missing", 1, "%s is missing"}
	fileUnlisted   = rule{"file-unlisted", 1, "%s is not in the manifest"}
	fileSize       = rule{"file-size", 1, "%s has another size than the manifest says"}
	fileHash       = rule{"file-hash", 1, "%s is not the file that the manifest names"}
	manifestForm   = rule{"manifest-form", 1, "%s cannot be read: %v"}
	machineForm    = rule{"machine-form", 1, "%s is not an epoch and a signature"}
	manifestSorted = rule{"manifest-order", 1, "%s does not stand in its place in the manifest"}
)

// Step 2: the founding.
var (
	genesisWords   = rule{"genesis-words", 2, "the founding that was asked for is neither twelve words nor a SHA-256: %s"}
	genesisOther   = rule{"genesis-other", 2, "this log was founded by another statement than the one that was asked for: its words are %q"}
	genesisMissing = rule{"genesis-missing", 2, "the log has no founding"}
	genesisTwice   = rule{"genesis-twice", 2, "there is a second founding"}
	genesisOrigin  = rule{"genesis-origin", 2, "the founding is that of another log, %s"}
	genesisSigned  = rule{"genesis-signed", 2, "the founding is not signed by both founders: %v"}
	genesisFounder = rule{"genesis-founder", 2, "a founder cannot be: %s"}
	genesisForm    = rule{"genesis-form", 2, "the founding cannot be read: %v"}
)

// Step 3: who takes part.
var (
	rosterForm    = rule{"roster-form", 3, "a statement about people or rules cannot be read: %v"}
	rosterKind    = rule{"roster-kind", 3, "a statement %q stands in a record %q"}
	rosterTwice   = rule{"roster-twice", 3, "the statement %s was recorded before"}
	rosterLog     = rule{"roster-log", 3, "the statement is about another log, %s"}
	rosterPerson  = rule{"roster-person", 3, "there is no %s called %s with the number %s here"}
	rosterTwo     = rule{"roster-two", 3, "it takes two different persons, and these are not: %s"}
	rosterActive  = rule{"roster-active", 3, "%s may not sign that: suspended, gone, or an auditor"}
	rosterProbate = rule{"roster-probation", 3, "%s was enrolled too recently to sign that"}
	rosterSelf    = rule{"roster-self", 3, "%s signs about themselves what two others must sign"}
	rosterSigned  = rule{"roster-signed", 3, "the signatures are not those of its signers: %v"}
	rosterThere   = rule{"roster-there", 3, "the person %s, or the key, is there already"}
	rosterBadge   = rule{"roster-badge", 3, "the badge %q is none, or somebody else's"}
	rosterRole    = rule{"roster-role", 3, "no role is called %q, or it is none for %s"}
	rosterState   = rule{"roster-state", 3, "%s is %s and cannot become %s"}
	rosterLeft    = rule{"roster-left", 3, "after %s too few would be left who may act"}
	rosterKey     = rule{"roster-key", 3, "the new key of %s was in use before"}
	rosterProof   = rule{"roster-proof", 3, "nobody shows that they hold the new key of %s"}
	rosterCodes   = rule{"roster-codes", 3, "sealed codes from number %d on, where numbers up to %d are taken"}
)

// Step 4: the records and their tree.
var (
	leafForm    = rule{"leaf-form", 4, "the record cannot be read: %v"}
	leafPlace   = rule{"leaf-place", 4, "record %d stands where %d should"}
	leafPrev    = rule{"leaf-prev", 4, "it does not follow the record before it"}
	leafBefore  = rule{"leaf-before", 4, "the record before it is withheld together with others, so that nothing shows what it follows"}
	partLength  = rule{"part-length", 4, "%s does not have the records that a part has"}
	recordCount = rule{"record-count", 4, "%d records are shown where the manifest says %d"}
	outsideForm = rule{"outside-form", 4, "line %d of log/outside.txt is none: %s"}
	outsideGap  = rule{"outside-gap", 4, "the records from %d on are neither shown nor withheld"}
	outsideOver = rule{"outside-over", 4, "the records from %d to %d are withheld where the log stands at %d"}
	outsideFull = rule{"outside-full", 4, "the manifest calls the bundle full, and records from %d on are withheld"}
	outsideCut  = rule{"outside-split", 4, "the withheld records are put together so that the root over %d records cannot be made"}
	headSize    = rule{"head-size", 4, "there are %d records where the manifest's head has %d"}
	headRoot    = rule{"head-root", 4, "the records have another root than the manifest's head"}
	epochForm   = rule{"epoch-form", 4, "it does not say which key an epoch begins with"}
	epochOrder  = rule{"epoch-order", 4, "epoch %d begins behind epoch %d"}
	epochLink   = rule{"epoch-link", 4, "epoch %d cannot begin as %q"}
	epochOf     = rule{"epoch-of", 4, "it is of epoch %d in epoch %d"}
	epochSigned = rule{"epoch-signed", 4, "the key of epoch %d is not signed by the key that must sign it: %v"}

	checkpointForm    = rule{"checkpoint-form", 4, "log/checkpoints.txt cannot be read behind the checkpoint over %d records: %s"}
	checkpointMissing = rule{"checkpoint-missing", 4, "the checkpoint behind it is missing"}
	checkpointStray   = rule{"checkpoint-stray", 4, "a checkpoint over %d records stands where none can"}
	checkpointEpoch   = rule{"checkpoint-epoch", 4, "its checkpoint is of epoch %d in epoch %d"}
	checkpointSigned  = rule{"checkpoint-signed", 4, "its checkpoint is not signed by the key of epoch %d: %v"}
	checkpointSize    = rule{"checkpoint-size", 4, "its checkpoint says %d records"}
	checkpointRoot    = rule{"checkpoint-root", 4, "its checkpoint has another root"}
	checkpointLast    = rule{"checkpoint-last", 4, "no checkpoint is over the log's head"}

	machineEpoch  = rule{"machine-epoch", 4, "the manifest is signed in epoch %d where the log is in epoch %d"}
	machineSigned = rule{"machine-signed", 4, "the manifest is not signed by the machine's key"}
)

// Step 5: the statements, one by one.
var (
	stmtForm    = rule{"stmt-form", 5, "its statement cannot be read: %v"}
	stmtMissing = rule{"stmt-missing", 5, "a record %q without the statement that it must have"}
	stmtKind    = rule{"stmt-kind", 5, "a statement %q stands in a record %q"}
	stmtTwice   = rule{"stmt-twice", 5, "its statement was recorded before"}
	stmtSigned  = rule{"stmt-signed", 5, "the signatures are not those of its signers: %v"}
	stmtPerson  = rule{"stmt-person", 5, "its signer %s is nobody of this name here"}
	stmtActive  = rule{"stmt-active", 5, "its signer %s may not sign that: suspended, gone, or an auditor"}
	stmtLog     = rule{"stmt-log", 5, "its signer saw another log, %s"}
	stmtSize    = rule{"stmt-size", 5, "its signer saw %d records where there are %d before it"}
	stmtRoot    = rule{"stmt-root", 5, "its signer saw another history of the first %d records"}
	stmtBody    = rule{"stmt-body", 5, "the record says another %s than its statement"}
	stmtActor   = rule{"stmt-actor", 5, "the record is said to be by %s, who did not sign its statement"}
	stmtDigest  = rule{"stmt-digest", 5, "its statement is about another text than that of request %s"}
	stmtNonce   = rule{"stmt-nonce", 5, "its statement has another number used once than request %s"}
	stmtTwo     = rule{"stmt-two", 5, "it takes two persons who may: %s"}

	frameForm  = rule{"frame-form", 5, "the record of an emergency cannot be made again as it was written"}
	frameHash  = rule{"frame-hash", 5, "the record of an emergency is not what was written then"}
	frameOrder = rule{"frame-order", 5, "record %d of an emergency journal is there twice"}
	framePrev  = rule{"frame-prev", 5, "record %d of an emergency journal does not follow the one before"}
	frameAside = rule{"frame-aside", 5, "line %d of emergency/frames.jsonl is no record: %v"}

	exportSigned   = rule{"export-signed", 5, "the export's statement does not hold: %v"}
	exportManifest = rule{"export-manifest", 5, "the export's statement is about another manifest"}
	exportPeriod   = rule{"export-period", 5, "the export's statement is about another period"}
	exportHead     = rule{"export-head", 5, "the signer of the export saw another head of the log"}
)

// Step 6: what must hold between records.
var (
	requestTwice   = rule{"request-twice", 6, "the request %s is there already, or its number used once is"}
	requestUnknown = rule{"request-unknown", 6, "there is no request %s"}
	requestState   = rule{"request-state", 6, "the request %s is %s and cannot become %s"}
	approvalSelf   = rule{"approval-self", 6, "%s approves their own request"}
	approvalTwice  = rule{"approval-twice", 6, "%s approves the same request twice"}
	approvalSet    = rule{"approval-set", 6, "other settings are approved than were requested"}
	approvalTag    = rule{"approval-tag", 6, "another asset tag is approved than was requested"}
	intentSet      = rule{"intent-set", 6, "other settings are written than were approved"}
	intentRules    = rule{"intent-rules", 6, "the approvals are not those that the rules ask for: %s"}
	outcomeBefore  = rule{"outcome-before", 6, "an outcome of %s without the intent before it"}
	resolvedState  = rule{"resolved-state", 6, "the outcome of %s was known already"}
	acceptedSelf   = rule{"accepted-self", 6, "the proposer of %s accepts what the device took"}
	acceptedTwice  = rule{"accepted-twice", 6, "what the device took in %s cannot be accepted, or was"}
	waiverParties  = rule{"waiver-parties", 6, "the waiver of %s is not by its proposer and an approver"}
	templateUnsaid = rule{"template-unknown", 6, "the request %s is approved by a template that is none, or not in force"}
	templateValues = rule{"template-values", 6, "the request %s asks for something that its template does not approve"}
	reviewSelf     = rule{"review-self", 6, "%s reviews an emergency in which they had a part"}
	reviewTwice    = rule{"review-twice", 6, "%s reviews the same emergency twice"}
	reviewSession  = rule{"review-session", 6, "there is no emergency %s that could be reviewed"}
)

// Step 7: what others know of this log.
var (
	knownOrigin      = rule{"known-origin", 7, "%s is of another log, %s"}
	knownSize        = rule{"known-size", 7, "%s knows %d records, and this log has only %d: it was cut off or put back"}
	knownRoot        = rule{"known-root", 7, "%s knows another history of the first %d records: the log was rewritten, or forked"}
	consistencyForm  = rule{"consistency-form", 7, "log/consistency.txt cannot be read: %s"}
	consistencyHeads = rule{"consistency-heads", 7, "log/consistency.txt is about other heads than the manifest"}
	consistencyProof = rule{"consistency-proof", 7, "nothing shows that this log begins with the one that was exported before: %v"}
)

// Step 8: the files for other programs and for people.
var (
	derivedMissing = rule{"derived-missing", 8, "%s should be there, made from the records"}
	derivedExtra   = rule{"derived-extra", 8, "%s cannot be made from the records"}
	derivedDiffers = rule{"derived-differs", 8, "%s says something else than the records, from byte %d on"}
	derivedMaking  = rule{"derived-making", 8, "the files for other programs cannot be made from these records: %v"}
)
