package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"countersign/internal/backup"
	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/preflight"
)

// restore puts a console back from a backup and says what became of it. The exit code is 0 where it is in place; 2 for a folder
// that is not empty without -set-aside; 1 where nothing was changed for another reason.
func restore(ctx context.Context, o options, out, trouble io.Writer) int {
	back, folder, err := restored(ctx, o)
	if err != nil {
		fmt.Fprintln(trouble, "countersign:", err)
		if fault.Is(err, fault.WrongState) {
			fmt.Fprintf(trouble, "countersign: nothing was changed. With -set-aside, %s gets another name and the backup takes its place; nothing is deleted.\n", folder)
			return 2
		}
		fmt.Fprintln(trouble, "countersign: nothing was changed.")
		return 1
	}
	m := back.Manifest
	fmt.Fprintf(out, "put back     %s\n", folder)
	fmt.Fprintf(out, "from         %s\n", o.restore)
	fmt.Fprintf(out, "sha256       %x\n", back.SHA256)
	fmt.Fprintf(out, "made         %s by %s\n", m.Made.Format(time.RFC3339), m.Program)
	fmt.Fprintf(out, "log          %s, %d records\n", m.Head.Origin, m.Head.Size)
	if back.Aside != "" {
		fmt.Fprintf(out, "set aside    %s\n", back.Aside)
	}
	fmt.Fprint(out, "\nWhat was recorded after the backup is not in it. When the console starts, its log says so, and every request that was open is closed.\n"+
		"Look whether somebody was suspended, or sealed codes were used, since the backup: the console does not know of it any more.\n")
	return 0
}

func restored(ctx context.Context, o options) (back backup.Back, folder string, err error) {
	if folder, err = dataFolder(o); err != nil {
		return back, folder, err
	}
	var identities backup.Identities
	if o.identity != "" {
		file, err := os.Open(o.identity)
		if err != nil {
			return back, folder, disk.Fault(o.identity, err)
		}
		identities, err = backup.ReadIdentities(file)
		if err = errors.Join(err, file.Close()); err != nil {
			return back, folder, err
		}
	}
	back, err = backup.Restore{File: o.restore, Identities: identities, Folder: folder, SetAside: o.setAside, Now: time.Now(), Free: preflight.Free}.
		Run(ctx, func(string, int64, int64) {})
	return back, folder, err
}

// tellRestored records that the log was put back from a backup, before anything but the log's own records. Where the note of
// that cannot be removed, the next start says it again.
func (e *engine) tellRestored(ctx context.Context, r *record) error {
	marker, there, err := backup.Restored(e.folder)
	if !there {
		return nil
	}
	draft := marker.Draft()
	if draft.Actor = console; err != nil { // put back, and nobody knows from what
		draft = note(backup.KindRestored, "why", "unreadable")
	}
	if _, err := r.log.Append(ctx, draft); err != nil {
		return err
	}
	e.putBack.Store(true)
	_ = backup.Told(e.folder)
	return nil
}
