package main

import (
	"context"
	"errors"

	"countersign/internal/backup"
	"countersign/internal/fault"
	"countersign/internal/preflight"
)

// errUnrecorded is why a backup that is complete is in no record: it counts all the same.
var errUnrecorded = errors.New("the backup is complete, and the audit log does not say so")

// backUp makes a backup in the name of who is signed in, and records it. Where the log takes no record, the backup is there
// all the same: then it is needed most.
func (e *engine) backUp(ctx context.Context, r *record, to, recipient string, progress backup.Progress) (backup.Made, error) {
	if r.seat.Current() == nil {
		return backup.Made{}, fault.New(fault.NotSignedIn, "", nil)
	}
	actor := r.seat.Actor()
	made, err := backup.Make(ctx, backup.Request{Folder: e.folder, DB: r.db, To: to, Recipient: recipient, Program: "countersign " + version,
		Now: e.clock.Now(), Free: preflight.Free}, progress)
	if err != nil {
		return made, err
	}
	draft := made.Draft()
	draft.Actor = actor
	if _, err := r.log.Append(context.WithoutCancel(ctx), draft); err != nil {
		return made, fault.New(fault.KindOf(err), made.Path, errors.Join(errUnrecorded, err))
	}
	return made, nil
}
