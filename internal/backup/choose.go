package backup

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/store"
)

// Left is a file of the data folder that is not in a backup.
type Left struct {
	Path string
	Why  Why
}

// Why says why a file is left out. It is a key, not text for people.
type Why string

// The reasons.
const (
	MachineKey Why = "machine-key" // whoever has it can sign this machine's checkpoints
	Readable   Why = "readable"    // sealed codes as they are typed
	Copy       Why = "copy"        // an export or another backup
	Strange    Why = "strange"     // a name that not every system can have, or no file at all
	Remade     Why = "remade"      // the next start makes it: locks, the reserve, a half-written file; or it stands for this start only
)

// leftOut says why a file of the data folder is not in a backup; "" for one that is. A reader asks the same: what is left out
// here must not come in there.
func leftOut(name string) Why {
	lower := strings.ToLower(name)
	ends := func(endings ...string) bool {
		return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(lower, e) })
	}
	begins := func(beginnings ...string) bool {
		return slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(lower, b) })
	}
	switch {
	case begins("machine-"):
		return MachineKey
	case lower == "sealed-codes.html":
		return Readable
	case begins(prefix, "countersign-audit-"):
		return Copy
	case begins(store.FileName+"-", "ward/"), lower == "ballast", lower == "last-checkpoint.note", lower == markerName,
		begins("console."), ends(".lock", ".new", partial, partial+".db", ".restoring"):
		return Remade
	case !checkPath(name):
		return Strange
	}
	return ""
}

// chosen are the files of a data folder that a backup holds, without the database, in their order: the emergency journals
// come before the database and all others after it. A record that is in a journal and then brought into the log is in the
// backup twice and is taken in once; the other way round it could be in neither. A person's key file is there before the
// record that enrols the person.
type chosen struct {
	journals, others []string
	left             []Left
	bytes            int64
}

const journalFolder = "emergency/"

func choose(ctx context.Context, root *os.Root) (c chosen, err error) {
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err := errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		why := leftOut(name)
		switch {
		case name == ".", name == store.FileName:
			return nil
		case entry.IsDir():
			why = cmp.Or(why, leftOut(name+"/x"))
		case !entry.Type().IsRegular():
			why = cmp.Or(why, Strange)
		}
		switch {
		case why != "" && entry.IsDir():
			c.left = append(c.left, Left{name, why})
			return fs.SkipDir
		case why != "":
			c.left = append(c.left, Left{name, why})
			return nil
		case entry.IsDir():
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was there a moment ago
		}
		if err != nil {
			return err
		}
		c.bytes += info.Size()
		if strings.HasPrefix(name, journalFolder) {
			c.journals = append(c.journals, name)
		} else {
			c.others = append(c.others, name)
		}
		return nil
	})
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return c, fault.New(fault.Cancelled, root.Name(), err)
	case err != nil:
		return c, disk.Fault(root.Name(), err)
	case len(c.journals)+len(c.others) > maxEntries-2:
		return c, fault.Newf(fault.OutOfRange, root.Name(), "%d files", len(c.journals)+len(c.others))
	}
	return c, nil
}
