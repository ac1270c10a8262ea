package main

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/store"
)

// aside is a database that was moved aside.
type aside struct {
	files  []string
	digest [32]byte
}

// quarantine moves the damaged database aside under a name that says when. Nothing is deleted.
func (e *engine) quarantine(now time.Time) error {
	if e.record.Load() != nil {
		return fault.New(fault.WrongState, e.folder, nil)
	}
	files, digest, err := store.Quarantine(e.folder, now)
	if err != nil {
		return err
	}
	e.aside.Store(&aside{files, digest})
	return nil
}

// tellAside says in the new log which file it follows. The copies of the old log's last checkpoint are compared by the log itself,
// which records what they say.
func (e *engine) tellAside(ctx context.Context, r *record) error {
	a := e.aside.Load()
	if a == nil {
		return nil
	}
	err := r.note(ctx, breakglass.KindSetAside, "files", strings.Join(a.files, ", "), "sha256", hex.EncodeToString(a.digest[:]))
	if err == nil {
		e.aside.Store(nil)
	}
	return err
}
