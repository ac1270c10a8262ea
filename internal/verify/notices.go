package verify

import "fmt"

// A notice is what a record says of itself, or leaves unsaid, and that wants a look without anything being wrong with the record. Its
// word does not change between versions.
type notice struct{ word, text string }

// at makes the finding at a record, or -1.
func (n notice) at(seq int64, args ...any) Finding {
	return Finding{n.word, fmt.Sprintf(n.text, args...), seq}
}

// The notices.
var (
	sawOtherForms        = notice{"other-forms", "the files for people and other programs were made in edition %q, and this tool makes %q: they were not made again; use the tool of %s"}
	sawNotFounded        = notice{"not-founded", "nobody had founded this console when the bundle was made"}
	sawExecutionOpen     = notice{"execution-open", "what came of request %s was never recorded: nobody knows what the device holds"}
	sawOutcomeUnknown    = notice{"outcome-unknown", "what came of request %s is unknown: nobody has read what the device holds"}
	sawOutcomeOpen       = notice{"outcome-open", "request %s came out %s, and nobody has accepted that"}
	sawFramesMissing     = notice{"frames-missing", "the records %d to %d of an emergency journal are missing: what was done then is not attested"}
	sawFrameMachine      = notice{"frame-machine", "a record of an emergency bears a machine's signature that is not this console's"}
	sawFrameStatement    = notice{"frame-statement", "a record of an emergency came with a statement that did not hold when it was taken in"}
	sawUnknownKind       = notice{"unknown-kind", "records %q carry statements, and this version does not know what they mean; their signatures were checked"}
	sawRoleBefore        = notice{"role-before", "%s signed as %s and was %s when it was recorded"}
	sawSignerNotActive   = notice{"signer-not-active", "%s, who is %s, signed in or about an emergency"}
	sawClockBack         = notice{"clock-back", "the clock shows %s less than at the record before"}
	sawRolledBack        = notice{"rolled-back", "a copy of the last checkpoint knew %d records, or others: an older log was put back, or records were cut off"}
	sawClockStepped      = notice{"clock-stepped", "the clock was set by hand, or jumped, from here on"}
	sawClockBoot         = notice{"clock-boot", "the time since the computer's start is less than at the record before"}
	sawPeerRefused       = notice{"peer-refused", "another console's log was forked or rolled back when it was seen here"}
	sawLogSetAside       = notice{"log-set-aside", "this log follows one that was damaged and set aside"}
	sawKnownWithheld     = notice{"known-withheld", "%s knows the first %d records; too much is withheld to make their root"}
	sawFramesAside       = notice{"frames-aside", "%d records of emergencies are not yet in the log; only the manifest binds them"}
	sawMadeBefore        = notice{"made-before", "the bundle says that it was made before its last record"}
	sawEpochUnlinked     = notice{"epoch-unlinked", "a machine key begins here that the one before did not sign: that one was lost, or taken away"}
	sawReviewUnjustified = notice{"review-unjustified", "the emergency %s was found unjustified, incident %s"}
	sawFramesDamaged     = notice{"frames-damaged", "of an emergency journal %d records were damaged; missing: %s"}
	sawUnattested        = notice{"unattested", "from %s to %s nothing but paper attests what was done"}
	sawEmergencyHeadless = notice{"emergency-headless", "the record with which the emergency %s began is missing"}
	sawActionOpen        = notice{"action-open", "what came of action %d in the emergency %s was never recorded"}
	sawEmergencyOpen     = notice{"emergency-open", "the emergency %s has no end"}
	sawReviewOverdue     = notice{"review-overdue", "the emergency %s ended %s ago and was reviewed by %d"}
	sawDrift             = notice{"drift", "after an emergency the device held something else than what was recorded last"}
	sawFrameStrange      = notice{"frame-strange", "something in an emergency journal was not written by any session; it is kept and means nothing"}
)
