package export

import (
	"fmt"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
)

// Line is a sentence with the mark of its state.
type Line struct {
	State kit.State
	Words string
}

// Bytes writes a size for people, with a point as the decimal sign: "412 kB", "1.3 GB".
func Bytes(n int64) string {
	for _, u := range []struct {
		one  int64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		switch {
		case n >= 100*u.one:
			return fmt.Sprintf("%d %s", n/u.one, u.name)
		case n >= u.one:
			return fmt.Sprintf("%d.%d %s", n/u.one, n%u.one*10/u.one, u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// PeriodWords say which records the choice is about.
func (m *Model) PeriodWords() string {
	last, exported := m.Last()
	switch {
	case !m.Read:
		return kit.T("export.counting")
	case m.Form.Period == Days && m.Previewed && m.Preview.To <= m.Preview.From:
		return kit.T("export.period.nothing")
	case m.Form.Period == Days && m.Previewed:
		return kit.T("export.period.days.more", kit.Data{"From": m.Preview.From, "To": m.Preview.To - 1})
	case m.Form.Period == Days:
		return kit.T("export.period.days.hint")
	case m.Form.Period == SinceLast && !exported:
		return kit.N("export.period.first", int(m.Size))
	case m.Form.Period == SinceLast:
		return kit.T("export.period.since.more", kit.Data{"From": last.To, "To": max(m.Size-1, last.To), "Moment": kit.Moment(last.At)})
	}
	return kit.N("export.period.whole.more", int(m.Size))
}

// PreviewLines say what the bundle would hold. Counts that ask for somebody's attention carry a mark.
func (m *Model) PreviewLines() []Line {
	p := m.Preview
	var lines []Line
	if p.Broken != "" {
		lines = append(lines, Line{kit.Failed, kit.T("export.count.broken", kit.Data{"What": p.Broken})})
	}
	lines = append(lines, Line{kit.Normal, kit.N("export.count.records", int(p.Shown))})
	if p.Withheld > 0 {
		lines = append(lines, Line{kit.Secret, kit.N("export.count.withheld", int(p.Withheld))})
	}
	count := func(n int64, state kit.State, key string) {
		if n == 0 {
			state = kit.Normal
		}
		lines = append(lines, Line{state, kit.N("export.count."+key, int(n))})
	}
	count(p.Changes, kit.Normal, "changes")
	count(p.Emergencies, kit.Note, "emergencies")
	count(p.OpenReviews, kit.Waiting, "reviews")
	count(p.Unknown, kit.Unsure, "unknown")
	count(p.Clock, kit.Caution, "clock")
	count(p.Gaps, kit.Note, "gaps")
	count(p.Unattested, kit.Caution, "unattested")
	return append(lines, Line{kit.Normal, kit.T("export.count.bytes", kit.Data{"Size": Bytes(p.Bytes)})})
}

// ExposureWords say how much only the person who exports and this machine vouch for.
func (m *Model) ExposureWords() string {
	if !m.Exposed {
		return ""
	}
	key := "export.exposure.anybody"
	if m.SignedIn {
		key = "export.exposure.other"
	}
	if w := m.Exposure.CoLocated; w.Found {
		return kit.N(key, int(w.Records), kit.Data{"Time": kit.Span(w.Since)})
	}
	return kit.T(key + ".none")
}

// FolderLine says whether the chosen folder has room.
func (m *Model) FolderLine() Line {
	switch {
	case m.folder() == "":
		return Line{kit.Note, kit.T("export.folder.none")}
	case m.FreeOf != m.folder():
		return Line{kit.Normal, kit.T("export.folder.looking")}
	case m.FreeErr != nil:
		return Line{kit.Failed, kit.T("export.problem.folder.gone")}
	case m.short():
		return Line{kit.Failed, kit.T("export.problem.folder.short", kit.Data{"Free": Bytes(m.Free), "Needed": Bytes(m.Preview.Bytes)})}
	}
	return Line{kit.Normal, kit.T("export.folder.free", kit.Data{"Free": Bytes(m.Free)})}
}

// SignWords say who signs, and what that means.
func (m *Model) SignWords() string {
	if m.SignedIn {
		return kit.T("export.sign.person", kit.Data{"Name": m.Me.Name})
	}
	return kit.T("export.sign.machine")
}

// Button is what the button says that makes the bundle.
func (m *Model) Button() string {
	folder := m.folder()
	switch {
	case !m.Previewed && folder == "":
		return kit.T("export.do")
	case !m.Previewed:
		return kit.T("export.do.to", kit.Data{"Folder": kit.ShortPath(folder)})
	case folder == "":
		return kit.N("export.do.records", int(m.Preview.Shown))
	}
	return kit.N("export.do.records.to", int(m.Preview.Shown), kit.Data{"Folder": kit.ShortPath(folder)})
}

// StageWords say what is being done.
func (m *Model) StageWords() string {
	if m.Stopping {
		return kit.T("export.stopping")
	}
	if m.Stage == "" {
		return kit.T("export.stage.begin")
	}
	return stage(m.Stage)
}

func stage(name string) string {
	if words := kit.T("export.stage." + name); words != "export.stage."+name {
		return words
	}
	return name
}

// Trouble words why a bundle was not made: a sentence, and what to do about it.
func Trouble(err error) (state kit.State, sentence, more string) {
	if fault.Is(err, fault.Cancelled) {
		return kit.Note, kit.T("export.trouble.cancelled"), kit.T("export.trouble.cancelled.next")
	}
	what, why, next := kit.FaultText(err)
	return kit.Failed, what, why + " " + next
}

// ResultLine says in one sentence what became of the bundle.
func (m *Model) ResultLine() Line {
	made := m.Made
	data := kit.Data{"Folder": kit.ShortPath(m.folder())}
	switch {
	case made.Broken != "":
		return Line{kit.Failed, kit.N("export.result.broken", int(made.Records), data)}
	case made.Verdict == "FAILED" || !made.Equal:
		return Line{kit.Failed, kit.T("export.result.failed", data)}
	case made.Findings > 0:
		return Line{kit.Caution, kit.N("export.result.findings", made.Findings, data)}
	}
	return Line{kit.Verified, kit.N("export.result", int(made.Records), data)}
}

// ResultMore says what follows from it; "" for nothing.
func (m *Model) ResultMore() string {
	switch {
	case m.Made.Broken != "":
		return kit.T("export.result.broken.more", kit.Data{"What": m.Made.Broken})
	case m.Made.Verdict == "FAILED" || !m.Made.Equal:
		return kit.T("export.result.failed.more")
	case m.Made.Findings > 0:
		return kit.T("export.result.findings.more")
	}
	return ""
}

// ResultFacts are what there is to know about the file.
func (m *Model) ResultFacts() []kit.Pair {
	made := m.Made
	equal := kit.T("export.result.equal")
	if !made.Equal {
		equal = kit.T("export.result.differs")
	}
	facts := []kit.Pair{
		{Key: "export.fact.file", Value: made.Path},
		{Key: "export.fact.size", Value: Bytes(made.Size)},
		{Key: "export.fact.records", Value: kit.T("export.fact.period", kit.Data{"Shown": made.Records, "From": made.From, "To": max(made.To-1, made.From)})},
		{Key: "export.fact.reread", Value: equal},
		{Key: "export.fact.verdict", Value: VerdictWord(made.Verdict)},
		{Key: "export.fact.signed", Value: m.signedBy()},
	}
	if made.Encrypted {
		facts = append(facts, kit.Pair{Key: "export.fact.encrypted", Value: kit.T("export.encrypted")})
	}
	return facts
}

func (m *Model) signedBy() string {
	if m.Made.By == "" {
		return kit.T("export.signed.machine")
	}
	return kit.T("export.signed.person", kit.Data{"Name": m.Made.By})
}

// VerdictWord words a verdict of the verifier. It stays as the auditor's tool prints it, with what it means behind it.
func VerdictWord(verdict string) string {
	key := "export.verdict." + strings.ToLower(strings.ReplaceAll(verdict, " ", "_"))
	if words := kit.T(key); words != key {
		return verdict + " – " + words
	}
	return verdict
}

// Scope words how much of the log an export showed.
func (e Earlier) scope() string {
	if words := kit.T("export.scope." + e.Scope); e.Scope != "" && words != "export.scope."+e.Scope {
		return words
	}
	return e.Scope
}

// period words which records an export was about.
func (e Earlier) period() string {
	return kit.T("export.earlier.period", kit.Data{"From": e.From, "To": max(e.To-1, e.From)})
}

// state is what is known of what became of an export.
func (e Earlier) state() kit.State {
	switch {
	case e.Failed:
		return kit.Failed
	case e.Receipt == Witnessed:
		return kit.Verified
	case e.Receipt == Rewound, e.Receipt == Forked:
		return kit.Failed
	}
	return kit.Waiting
}

// receipt words what came back for an export.
func (e Earlier) receipt() string {
	switch {
	case e.Failed:
		return kit.T("export.receipt.none.failed")
	case e.Receipt == NoReceipt:
		return kit.T("export.receipt.none")
	}
	return kit.T("export.receipt."+string(e.Receipt), kit.Data{"Auditor": e.Auditor})
}

// ReceiptWords say what a receipt that was taken in shows.
func (r Receipt) ReceiptWords() (state kit.State, sentence, more string) {
	data := kit.Data{"Auditor": r.Auditor, "Size": r.Size, "Moment": kit.Moment(r.At), "Verdict": r.Verdict, "Fingerprint": r.Fingerprint, "Key": r.Key}
	key := "export.taken." + string(r.State)
	state = kit.Failed
	if r.State == Witnessed {
		state = kit.Verified
		if r.Verdict == "FAILED" {
			state, key = kit.Caution, "export.taken.refused"
		}
	}
	more = kit.T(key+".more", data)
	if !r.Known {
		more += " " + kit.T("export.taken.unknown", data)
	}
	switch {
	case r.OtherKey:
		state = kit.Failed
		more += "\n" + kit.T("export.taken.key.other", data)
	case r.Key == "":
		more += "\n" + kit.T("export.taken.key.none", data)
	case r.NewKey:
		more += "\n" + kit.T("export.taken.key.new", data)
	}
	return state, kit.T(key, data), more
}

// takeTrouble words why a receipt was not taken in.
func takeTrouble(err error) (state kit.State, sentence, more string) {
	switch fault.KindOf(err) {
	case fault.Incoming, fault.Signature:
		return kit.Failed, kit.T("export.taken.bad"), kit.T("export.taken.bad.more")
	case fault.KeyFile:
		return kit.Failed, kit.T("export.taken.key.bad"), kit.T("export.taken.key.bad.more")
	case fault.NotFound:
		return kit.Failed, kit.T("export.taken.missing", kit.Data{"File": fault.SubjectOf(err)}), kit.T("export.taken.missing.more")
	}
	what, why, next := kit.FaultText(err)
	return kit.Failed, what, why + " " + next
}
