package audit

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/task"
)

// Board lists running work, with its progress and a way to stop it.
type Board interface {
	Run(ctx context.Context, name string, work func(context.Context, *task.Progress) error) error
}

// Verify checks the whole log. It runs in the background, for seconds where the log is long.
func Verify(ctx context.Context, board Board, log Log, check audit.CheckStatement) (found audit.Verified, err error) {
	err = board.Run(ctx, kit.T("audit.verify.task"), func(ctx context.Context, p *task.Progress) (err error) {
		p.Set(0, log.Head().Size)
		found, err = log.Verify(ctx, check, p.Set)
		return err
	})
	return found, err
}

// Verification is the check of the whole log: running, its result, or nothing yet.
type Verification struct {
	Running bool
	done    bool
	at      time.Time
	found   audit.Verified
	size    int64 // of the log when the check began
	err     error
}

// Begin says that the check runs, unless it does already.
func (v *Verification) Begin(size int64) bool {
	if v.Running {
		return false
	}
	*v = Verification{Running: true, size: size}
	return true
}

// End takes in the result.
func (v *Verification) End(found audit.Verified, err error, at time.Time) {
	v.Running, v.done, v.found, v.err, v.at = false, true, found, err, at
}

// Result words the check: a sentence and what there is to add. Ok is false where there is nothing to say.
func (v *Verification) Result() (state kit.State, sentence, more string, ok bool) {
	switch {
	case v.Running:
		return kit.Busy, kit.T("audit.verify.running"), kit.T("audit.verify.running.more"), true
	case !v.done:
		return "", "", "", false
	case v.err == nil:
		return v.whole()
	case fault.Is(v.err, fault.Cancelled) || errors.Is(v.err, context.Canceled):
		return kit.Note, kit.T("audit.verify.stopped"), kit.T("audit.verify.stopped.more"), true
	case fault.Is(v.err, fault.LogBroken):
		return v.broken()
	}
	what, why, next := kit.FaultText(v.err)
	return kit.Failed, kit.T("audit.verify.failed", kit.Data{"What": what}), why + " " + next, true
}

func (v *Verification) whole() (kit.State, string, string, bool) {
	root := hex.EncodeToString(v.found.Head.Root[:])
	sentence := kit.T("audit.whole", kit.Data{
		"Records": kit.N("audit.whole.records", int(v.found.Head.Size)),
		"Signed":  kit.N("audit.whole.signed", int(v.found.Signed)),
		"Root":    root[:4] + " " + root[4:8],
	})
	more := kit.T("audit.whole.more", kit.Data{"Moment": kit.Moment(v.at), "Root": Groups4(root)})
	if v.found.Epochs > 0 {
		more += "\n" + kit.N("audit.whole.checkpoints", int(v.found.Checkpoints), kit.Data{"Epochs": kit.N("audit.whole.epochs", int(v.found.Epochs))})
	}
	if len(v.found.Findings) == 0 {
		return kit.Verified, sentence, more, true
	}
	return kit.Caution, sentence, v.findings() + "\n" + more, true
}

// maxFindings bounds how many findings are told one by one.
const maxFindings = 5

// findings says what does not break the log and yet wants a look.
func (v *Verification) findings() string {
	lines := []string{kit.N("audit.finding", len(v.found.Findings))}
	for _, f := range v.found.Findings[:min(len(v.found.Findings), maxFindings)] {
		lines = append(lines, kit.T("audit.finding.at", kit.Data{"Number": f.Seq, "What": translated("audit.finding.", string(f.Kind))}))
	}
	return strings.Join(lines, "\n")
}

func (v *Verification) broken() (kit.State, string, string, bool) {
	number := fault.SubjectOf(v.err)
	more := kit.T(v.reason()) + " " + kit.T("audit.broken.next") + "\n" + kit.T("audit.broken.details", kit.Data{"Error": v.err.Error()})
	return kit.Failed, kit.T("audit.broken", kit.Data{"Number": number}), more, true
}

// reason returns the key of the text that says what is wrong with the record.
func (v *Verification) reason() string {
	seq, err := strconv.ParseInt(fault.SubjectOf(v.err), 10, 64)
	if err == nil && seq >= v.size {
		return "audit.broken.root"
	}
	var outer, inner *fault.Fault
	if errors.As(v.err, &outer) && errors.As(outer.Cause, &inner) {
		switch inner.Kind {
		case fault.Signature:
			return "audit.broken.signature"
		case fault.LogBroken:
			return "audit.broken.bytes"
		}
	}
	return "audit.broken.chain"
}
