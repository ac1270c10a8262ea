package verify

import (
	"fmt"
	"slices"
	"strings"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/statement"
)

// judge says of each record whether what it says holds: the statement's signatures and signers, what it witnesses and what it
// refers to, and what must be so between records. It keeps the people, what is still open, and a little of what is over.
type judge struct {
	origin  string
	full    bool
	roster  *roster
	heads   *heads
	counts  *Counts
	find    func(Finding)
	missing func(step int) // a check that would need a withheld record
	anchor  func(text []byte, seq int64) error

	seen      map[[16]byte]bool // statements, by the first half of their digests
	unknown   map[string]bool   // kinds with a statement that this version does not know
	requests  map[string]*request
	waiting   map[string]*request // of those, which an emergency on their device would end
	nonces    map[string]bool
	templates map[[32]byte]*template
	sessions  map[string]*session
	chains    map[string]*chain
	signed    signatures
	before    clock.Reading // of the record before
	stepped   bool
}

// signing is what a record's statement must be, and who may sign it.
type signing struct {
	kind string
	must bool // the record is nothing without it
	who  who
}

// who may sign.
type who int

const (
	anybody    who = iota // an emergency asks nobody; it is told where it was somebody who may not act
	mayAct                // active, and no auditor
	mayLook               // active; an auditor too
	twoMayRule            // two who may put rules in force
)

// signings are the records that have statements, besides those about people and rules.
var signings = map[string]signing{
	"change.requested": {"change-request", true, mayAct}, "change.approved": {"approval", true, mayAct}, "change.returned": {"return", false, mayAct},
	"change.refused": {"refusal", true, mayAct}, "change.withdrawn": {"withdrawal", true, mayAct}, "change.waived": {"waiver", true, mayAct},
	"change.accepted": {"acceptance", true, mayAct}, "template.signed": {"template", true, twoMayRule}, "log.fork": {"log-fork", true, twoMayRule},
	"emergency.opened": {"break-glass-open", false, anybody}, "emergency.extended": {"extend", false, anybody},
	"emergency.account": {"break-glass-close", true, anybody}, "emergency.reviewed": {"review", true, mayLook},
	"emergency.paper": {"paper-record", true, anybody}, "export.made": {"export", false, mayLook},
	"retention.hold": {"hold", true, mayLook}, "retention.released": {"hold-release", true, twoMayRule},
}

func newJudge(origin string, full bool) *judge {
	return &judge{origin: origin, full: full, roster: newRoster(origin), seen: map[[16]byte]bool{}, unknown: map[string]bool{}, requests: map[string]*request{},
		waiting: map[string]*request{}, nonces: map[string]bool{}, templates: map[[32]byte]*template{}, sessions: map[string]*session{}, chains: map[string]*chain{},
		signed: signatures{map[string]mark{}, map[string]mark{}, ""}}
}

// record judges the next record that is shown. The tree stands before it.
func (j *judge) record(r *formats.Record) error {
	j.clock(r)
	if err := j.frame(r); err != nil {
		return err
	}
	s, err := j.statement(r)
	if err != nil {
		return err
	}
	if s != nil {
		j.signed.see(r, s)
	}
	return j.follow(r, s)
}

// statement checks everything about a record's statement that needs no other statement. It is nil for a record without one.
func (j *judge) statement(r *formats.Record) (s statement.Statement, err error) {
	_, people := rosterRecords[r.Kind]
	how, known := signings[r.Kind]
	switch {
	case r.Stmt == "" && (people || how.must):
		return nil, stmtMissing.at(r.Seq, r.Kind)
	case r.Stmt == "":
		return nil, nil
	case people:
		if s, err = j.roster.take(r.Seq, r.Kind, r.Stmt); err == nil && s.Kind() == "genesis" {
			err = j.anchor(textOf(r.Stmt), r.Seq)
		}
	default:
		s, err = j.open(r, how, known)
	}
	if err != nil {
		return nil, err
	}
	j.counts.Statements++
	digest := statement.Digest(textOf(r.Stmt))
	if half := [16]byte(digest[:16]); j.seen[half] {
		return nil, stmtTwice.at(r.Seq)
	} else {
		j.seen[half] = true
	}
	if err := j.actor(r, s); err != nil {
		return nil, err
	}
	return s, j.witness(r, s)
}

// open reads a statement that is not about people, with the keys that count at its record.
func (j *judge) open(r *formats.Record, how signing, known bool) (statement.Statement, error) {
	s, err := statement.Parse(textOf(r.Stmt))
	switch {
	case err != nil:
		return nil, stmtForm.at(r.Seq, err)
	case known && s.Kind() != how.kind:
		return nil, stmtKind.at(r.Seq, s.Kind(), r.Kind)
	case !known && !j.unknown[r.Kind]:
		j.unknown[r.Kind] = true
		j.find(sawUnknownKind.at(r.Seq, r.Kind))
	}
	by, ok := byOf(s)
	if !ok {
		return nil, stmtKind.at(r.Seq, s.Kind(), r.Kind)
	}
	for _, stated := range by.Signers {
		if err := j.signer(r, stated, how.who); err != nil {
			return nil, err
		}
	}
	if how.who == twoMayRule {
		if err := j.twoMay(r, by); err != nil {
			return nil, err
		}
	}
	if err := j.roster.open(r.Stmt, s, r.Seq); err != nil {
		return nil, stmtSigned.at(r.Seq, err)
	}
	return s, nil
}

// signer says whether this person may sign this here. A role that was given since the statement was written is told: its text was
// fixed before.
func (j *judge) signer(r *formats.Record, stated statement.Person, by who) error {
	p := j.roster.persons[stated.ID]
	if p == nil || p.name != stated.Name {
		return stmtPerson.at(r.Seq, stated.Name)
	}
	if p.role != stated.Role {
		j.find(sawRoleBefore.at(r.Seq, p.name, stated.Role, p.role))
	}
	may := p.mayAct() || by == mayLook && p.status == active
	switch {
	case may:
		return nil
	case by == anybody:
		j.find(sawSignerNotActive.at(r.Seq, p.name, p.status))
		return nil
	}
	return stmtActive.at(r.Seq, p.name)
}

func (j *judge) twoMay(r *formats.Record, by statement.By) error {
	if len(by.Signers) != 2 {
		return stmtTwo.at(r.Seq, "there are not two")
	}
	for _, s := range by.Signers {
		if p := j.roster.persons[s.ID]; j.roster.probation(p, by.Time.Wall) {
			return stmtTwo.at(r.Seq, p.name+" was enrolled too recently")
		}
	}
	return nil
}

// actor says whether the record is by one of those who signed its statement. A founding is recorded by the console.
func (j *judge) actor(r *formats.Record, s statement.Statement) error {
	if s.Kind() == "genesis" {
		return nil
	}
	p := j.roster.persons[r.Actor.ID]
	if p == nil || p.name != r.Actor.Name || !slices.Contains(s.Signatories(), r.Actor.ID) {
		return stmtActor.at(r.Seq, r.Actor.Name)
	}
	return nil
}

// witness holds what a statement's signer saw of the log against the records as they are.
func (j *judge) witness(r *formats.Record, s statement.Statement) error {
	saw, ok := s.Witnessed()
	if !ok {
		return nil
	}
	root, known := j.heads.root(saw.Size)
	switch {
	case saw.Origin != j.origin:
		return stmtLog.at(r.Seq, saw.Origin)
	case saw.Size > r.Seq:
		return stmtSize.at(r.Seq, saw.Size, r.Seq)
	case !known:
		return outsideCut.at(r.Seq, saw.Size)
	case root != saw.Root:
		return stmtRoot.at(r.Seq, saw.Size)
	}
	return nil
}

// clock tells where the clock was set or ran backwards.
func (j *judge) clock(r *formats.Record) {
	if stepped := r.At.State == clock.Stepped; stepped != j.stepped {
		j.stepped = stepped
		if stepped {
			j.find(sawClockStepped.at(r.Seq))
		}
	}
	if r.At.Wall.Before(j.before.Wall) {
		j.find(sawClockBack.at(r.Seq, j.before.Wall.Sub(r.At.Wall)))
	}
	if r.At.Boot == j.before.Boot && r.At.BootMS < j.before.BootMS {
		j.find(sawClockBoot.at(r.Seq))
	}
	j.before = r.At
}

// follow checks what must be so between this record and others.
func (j *judge) follow(r *formats.Record, s statement.Statement) error {
	group, _, _ := strings.Cut(r.Kind, ".")
	switch group {
	case "change":
		return j.change(r, s)
	case "template":
		return j.template(r, s)
	case "emergency", "drill":
		return j.emergency(r, s)
	case "export":
		return j.exported(r, s)
	case "log":
		j.logs(r)
	case "backup":
		j.putBack(r)
	case "cosign":
		if r.Kind == "cosign.refused" {
			j.find(sawPeerRefused.at(r.Seq))
		}
	}
	return nil
}

func (j *judge) logs(r *formats.Record) {
	switch r.Kind {
	case "log.rolled-back":
		size, _ := r.Body.Int("size")
		j.find(sawRolledBack.at(r.Seq, size))
		for id, q := range j.waiting {
			j.over(q, id, superseded)
		}
	case "log.set-aside":
		j.find(sawLogSetAside.at(r.Seq))
	}
}

// putBack ends what was open when the log was put back from a backup: what came after that is missing in it.
func (j *judge) putBack(r *formats.Record) {
	if r.Kind != "backup.restored" {
		return
	}
	size, _ := r.Body.Int("size")
	made, _ := r.Body.Text("made")
	j.find(Finding{"restored", fmt.Sprintf("the log was put back from a backup of %d records, made %s: what came after that is not in it", size, made), r.Seq})
	for id, q := range j.waiting {
		j.over(q, id, superseded)
	}
}

// exported holds the record of an export against the statement that its exporter signed.
func (j *judge) exported(r *formats.Record, s statement.Statement) error {
	e, ok := s.(statement.Export)
	if !ok {
		return nil
	}
	if text, said := r.Body.Text("manifest"); said && !strings.Contains(strings.ReplaceAll(text, " ", ""), fmt.Sprintf("%x", e.Manifest)) {
		return stmtBody.at(r.Seq, "manifest")
	}
	if n, said := r.Body.Int("from"); said && n != e.From {
		return stmtBody.at(r.Seq, "period")
	}
	if n, said := r.Body.Int("to"); said && n != e.To {
		return stmtBody.at(r.Seq, "period")
	}
	return nil
}
