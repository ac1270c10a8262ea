package verify

import (
	"encoding/hex"
	"slices"
	"time"

	"countersign/internal/formats"
)

// step is what a step is called and what it proves when it passed.
type step struct{ name, full, partial string }

// steps are the nine. Of a partial or redacted bundle a step proves less, and says so.
var steps = [Steps]step{
	{"the file", "The bundle is whole: every file is the one that its manifest names, and there is no other.",
		"The bundle is whole: every file is the one that its manifest names, and there is no other."},
	{"the founding", "Two persons founded this log; with the words from their paper, it is theirs and nobody else's.",
		"Two persons founded this log; with the words from their paper, it is theirs and nobody else's."},
	{"the people", "Everybody who signs was let in by two persons who could, and every change of people and rules was signed by those who must.",
		"Of the statements about people and rules that are shown, each was signed by those who must. That none is withheld only the exporter says."},
	{"the records", "No record is missing, exchanged, changed or out of order, and the machine signed for each with the key of its time.",
		"The records that are shown stand in the log at their places, unchanged; of withheld ones only their number and hashes are known."},
	{"the signatures", "Every statement was signed by the persons whom it names, who were allowed to, and who saw this very history.",
		"Every statement that is shown was signed by the persons whom it names, who saw this very history."},
	{"the rules", "Every change was approved once by another person, over the same text; nobody judged what they did themselves.",
		"As far as its records are shown, every change was approved once by another person, over the same text."},
	{"what others know", "The log goes on from every head of it that was handed in and from the export before.",
		"The log goes on from every head of it that was handed in and could be compared, and from the export before."},
	{"the other files", "Tables, messages and reports say what the records say, byte for byte.",
		"Tables, messages and reports say what the records say that are shown, byte for byte."},
	{"the verdict", "", ""},
}

// describe words the steps for a bundle of this scope.
func (v *run) describe(scope formats.Scope) {
	for i, s := range steps {
		proves := s.partial
		if scope == formats.Full {
			proves = s.full
		}
		v.report.Steps[i] = Step{Number: i + 1, Name: s.name, State: NotDone, Proves: proves}
	}
}

// pass notes that a step is done.
func (v *run) pass(n int) {
	s := &v.report.Steps[n-1]
	s.State = Passed
	if s.Open > 0 {
		s.State = Partly
	}
}

// find keeps a finding, as long as there are not too many.
func (v *run) find(f Finding) {
	if len(v.report.Findings) == MaxFindings {
		v.report.More++
		return
	}
	v.report.Findings = append(v.report.Findings, f)
}

// conclude makes the verdict.
func (v *run) conclude(rule *broken) {
	r := v.report
	if v.m.Origin != "" {
		r.About = about(v.m, v.digest)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return order(a.Seq) - order(b.Seq) })
	if v.judge != nil {
		r.Counts.Persons = int64(len(v.judge.roster.persons))
		r.Counts.Signatures = v.judge.roster.checked
		r.Exposure = v.judge.signed.exposure(v.judge.signed.last, v.m.Head.Size, v.m.Made)
	}
	r.Answers.Unaltered, r.Answers.NoGap, r.Answers.SignersKnown = Yes, v.gap, Unknown
	if v.anchored {
		r.Answers.SignersKnown = Yes
	}
	c := r.Counts
	for i, n := range []int64{int64(len(v.m.Files)), 1, c.Persons, c.Records + c.Checkpoints, c.Statements, c.Requests + c.Emergencies, int64(len(v.o.Known)), r.Steps[7].Checks} {
		if r.Steps[i].State != NotDone {
			r.Steps[i].Checks = n
		}
	}
	switch {
	case rule != nil:
		r.Verdict, r.Failure = Failed, &rule.Failure
		r.Steps[rule.Step-1].State = Broken
		v.doubt(rule)
	case !v.anchored:
		r.Verdict = Unanchored
	case len(r.Findings) > 0:
		r.Verdict = WithFindings
	default:
		r.Verdict = Verified
	}
	if len(v.judgePersons()) == 0 && rule == nil {
		v.find(sawNotFounded.at(-1))
	}
	v.pass(Steps)
}

func (v *run) judgePersons() map[string]*person {
	if v.judge == nil {
		return nil
	}
	return v.judge.roster.persons
}

func about(m formats.Manifest, digest [32]byte) About {
	return About{Origin: m.Origin, Site: m.Site, Program: m.Program, Made: m.Made.Format(time.RFC3339Nano), Clock: m.Clock, Simulated: m.Simulated, Scope: string(m.Scope),
		From: m.From, To: m.To, Filter: m.Filter, Size: m.Head.Size, Root: strict64.EncodeToString(m.Head.Root[:]), Manifest: hex.EncodeToString(digest[:])}
}

// doubt says which answers a failure takes away.
func (v *run) doubt(rule *broken) {
	a := &v.report.Answers
	a.Unaltered = No
	switch rule.Step {
	case 2, 3:
		a.SignersKnown = No
	case 7:
		a.NoGap = No
	case 1, 4, 5, 6:
		if a.NoGap == Yes {
			a.NoGap = Unknown
		}
	}
	if rule.Step < 6 && a.SignersKnown == Yes {
		a.SignersKnown = Unknown
	}
}

// order sorts what is no record's to the end.
func order(seq int64) int {
	if seq < 0 {
		return 1 << 62
	}
	return int(seq)
}
