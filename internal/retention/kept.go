package retention

import (
	"context"
	"time"

	"countersign/internal/audit"
	"countersign/internal/backup"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Copy is something that holds the log, or that the log was put back from.
type Copy struct {
	There bool
	At    time.Time
	Upto  int64 // how many records are in it
	File  string
	Place string // of an archive; of a restore, when its backup was made
}

// Old says whether people should be reminded.
func (c Copy) Old(now time.Time) bool { return !c.There || now.Sub(c.At) > Interval }

// Kept is what there is besides the log itself.
type Kept struct {
	Backup   Copy // the last one
	Export   Copy // of everything, the last one
	Archive  Copy // the last one
	Restored Copy // the last time that this log was put back
}

// Kept returns what there is besides the log itself.
func (r *Register) Kept(ctx context.Context) (k Kept, err error) {
	for kind, into := range map[string]*Copy{backup.KindMade: &k.Backup, kindExported: &k.Export, KindArchived: &k.Archive, backup.KindRestored: &k.Restored} {
		err := r.query.Query(ctx, func(scan func(...any) error) error {
			var at int64
			err := scan(&at, &into.Upto, &into.File, &into.Place)
			into.There, into.At = true, time.UnixMilli(at)
			return err
		}, "SELECT at, upto, file, place FROM kept WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
		if err != nil {
			return k, err
		}
	}
	return k, nil
}

// Archive is an export of everything that is kept somewhere for good.
type Archive struct {
	File     string
	Manifest string // SHA-256 of the bundle's manifest, hexadecimal
	Upto     int64  // how many records are in it
	Place    string // where it is kept, for people
}

// Archived records that an archive was made: who says so, and up to which record it reaches. Whether the file holds that is for
// the caller to have verified. The faults are NoReason for a place that cannot be recorded, OutOfRange, and those of the log.
func (r *Register) Archived(ctx context.Context, who leaf.Actor, a Archive) error {
	for _, text := range []string{a.File, a.Place} {
		if err := statement.CheckText(text); err != nil {
			return fault.New(fault.NoReason, text, err)
		}
	}
	if size := r.log.LastHead().Size; a.Upto < 1 || a.Upto > size {
		return fault.Newf(fault.OutOfRange, a.File, "%d records where the log has %d", a.Upto, size)
	}
	draft := audit.Draft{Kind: KindArchived, Actor: who}
	draft.Body.Set("file", a.File)
	draft.Body.Set("manifest", a.Manifest)
	draft.Body.SetInt("size", a.Upto)
	draft.Body.Set("place", a.Place)
	_, err := r.log.Append(ctx, draft)
	return err
}

// Growth is how fast the log grows, by the times that its records carry.
type Growth struct {
	Records int64         // there are
	Bytes   int64         // that the database takes
	Added   int64         // records, in the time looked at
	Over    time.Duration // the time looked at: at most Look; 0 where there is too little to tell
}

const (
	// Look is how far back growth is looked at.
	Look = 30 * 24 * time.Hour
	day  = 24 * time.Hour
)

// Growth looks at the records of the last thirty days. A log of less than a day tells nothing yet.
func (r *Register) Growth(ctx context.Context, now time.Time, bytes int64) (g Growth, err error) {
	g.Records, g.Bytes = r.log.LastHead().Size, bytes
	if g.Records == 0 {
		return g, nil
	}
	first, err := r.since(ctx, now.Add(-Look), g.Records)
	if err != nil || first >= g.Records {
		return g, err
	}
	record, err := r.log.Record(ctx, first)
	if err != nil {
		return g, err
	}
	over := min(now.Sub(record.At.Wall), Look)
	if first > 0 {
		over = Look // nothing was recorded between then and the first of them, or it was before
	}
	if over >= day {
		g.Added, g.Over = g.Records-first, over
	}
	return g, nil
}

// since returns the number of the first record from a time on. Times that were wrong make it a guess, and only a forecast
// depends on it.
func (r *Register) since(ctx context.Context, from time.Time, size int64) (int64, error) {
	low, high := int64(0), size
	for low < high {
		middle := low + (high-low)/2
		record, err := r.log.Record(ctx, middle)
		if err != nil {
			return 0, err
		}
		if record.At.Wall.Before(from) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// BytesADay is how many bytes a day adds, and false where that is not known.
func (g Growth) BytesADay() (bytes int64, ok bool) {
	if g.Over < day || g.Records == 0 {
		return 0, false
	}
	days := float64(g.Over) / float64(day)
	return int64(float64(g.Bytes) / float64(g.Records) * float64(g.Added) / days), true
}

// Lasts is for how many days there is room until no more than left bytes are free, and false where nobody can say.
func (g Growth) Lasts(free, left int64) (days int64, ok bool) {
	bytes, ok := g.BytesADay()
	if !ok || bytes <= 0 {
		return 0, false
	}
	return max(free-left, 0) / bytes, true
}
