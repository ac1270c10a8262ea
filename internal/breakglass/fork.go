package breakglass

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// A log that follows a damaged one says so twice: the console records which file was set aside, and two persons sign it.
const (
	KindSetAside = "log.set-aside"
	kindFork     = "log.fork"
)

// Fork is what is known of the log that this one follows.
type Fork struct {
	Files  string // names in the data folder
	File   [32]byte
	Before statement.LogHead // the last head of it that a copy outside the database had; of size 0 where none had
	Signed bool              // two persons signed that this log follows it
}

// Fork returns the log that this one follows, and false where it follows none.
func (g *Register) Fork(ctx context.Context) (f Fork, ok bool, err error) {
	var seq int64
	err = g.query.Query(ctx, func(into func(...any) error) error {
		ok = true
		return into(&seq, &f.Signed)
	}, "SELECT seq, signed FROM fork ORDER BY seq DESC LIMIT 1")
	if err != nil || !ok {
		return f, ok, err
	}
	record, err := g.log.Record(ctx, seq)
	if err != nil {
		return f, ok, err
	}
	f.Files, _ = record.Body.Text("files")
	digest, _ := record.Body.Text("sha256")
	b, err := hex.DecodeString(digest)
	if err != nil || len(b) != len(f.File) {
		return f, ok, fault.New(fault.LogBroken, KindSetAside, err)
	}
	f.File = [32]byte(b)
	f.Before = statement.LogHead{Origin: g.log.LastHead().Origin}
	return f, ok, g.headBefore(ctx, seq, &f)
}

// forkNear is how many records from the beginning say what a copy had of the log before.
const forkNear = 16

var errFound = errors.New("found")

// headBefore looks for what the log itself recorded of a copy that was ahead of it.
func (g *Register) headBefore(ctx context.Context, seq int64, f *Fork) error {
	err := g.log.Each(ctx, 0, func(r audit.Record) error {
		if r.Seq > seq+forkNear {
			return errFound
		}
		if r.Kind != audit.KindRolledBack {
			return nil
		}
		size, _ := r.Body.Int("size")
		text, _ := r.Body.Text("root")
		root, err := base64.StdEncoding.DecodeString(text)
		if err == nil && len(root) == len(f.Before.Root) && size > f.Before.Size {
			f.Before.Size, f.Before.Root = size, [32]byte(root)
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return nil
	}
	return err
}

// PrepareFork fixes what two persons sign of it, for this reason: that this log follows the one that was set aside. Two sign who
// may put rules in force. The faults are those of policy.Decide, NoReason, and WrongState where there is nothing to sign.
func (g *Register) PrepareFork(ctx context.Context, by [2]people.Person, reason string) (*Prepared, error) {
	if err := statement.CheckText(reason); err != nil {
		return nil, fault.New(fault.NoReason, "", err)
	}
	var f Fork
	p := &Prepared{kind: kindFork, by: by[:]}
	p.check = func(ctx context.Context) (err error) {
		var ok bool
		f, ok, err = g.Fork(ctx)
		switch {
		case err != nil:
			return err
		case !ok || f.Signed:
			return fault.New(fault.WrongState, "", nil)
		}
		return g.mayFork(ctx, by)
	}
	return g.prepare(ctx, p, func(b statement.By) statement.Statement {
		return statement.Fork{By: b, Before: f.Before, File: f.File, Reason: reason}
	})
}

func (g *Register) mayFork(ctx context.Context, by [2]people.Person) error {
	ask := policy.Ask{Act: policy.SetRules}
	for _, s := range by {
		p, err := g.roster.Person(ctx, s.ID)
		if err != nil {
			return err
		}
		ask.Signers = append(ask.Signers, p.Policy())
	}
	rules, err := g.roster.Rules(ctx)
	if err != nil {
		return err
	}
	return policy.Decide(rules.Policy, ask)
}
