package breakglass

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
)

// Cut is a session that its console did not end: it crashed, or lost its power.
type Cut struct {
	ID       string
	Device   string
	Key      string
	Actor    leaf.Actor
	Category Category
	Tier     Tier
	Opened   clock.Reading
	Left     time.Duration // of its time, by the clock of this start-up; 0 after a restart of the machine
	Actions  int
	Unknown  bool // something was being written when it was cut
	Told     bool // an earlier start has recorded that it was cut
	opened   leaf.Leaf
	counted  leaf.Leaf // the record from which its time counts: its opening, or its last extension
}

// Scan reads the journals in these folders that no living process holds, and keeps their frames for the log. It returns the
// sessions that were cut. Own is this process's chain. The folders behind the first are mirrors, which may lie where others
// can write: no session that is found in them alone can be gone on with. A folder or file that cannot be read is in the
// error, and the others are read all the same.
func (i *Importer) Scan(own string, now clock.Reading, folders ...string) ([]Cut, error) {
	var errs []error
	var all []journal.Frame
	var files []journal.Content
	trusted := map[[32]byte]bool{}
	alive := living(folders)
	alive[own] = true
	for n, folder := range folders {
		for _, path := range journal.Paths(folder) {
			if journal.Held(path) {
				continue
			}
			content, err := journal.Read(path)
			if err != nil {
				errs = append(errs, err)
			}
			content.Frames = slices.DeleteFunc(content.Frames, func(f journal.Frame) bool { return alive[f.Chain] })
			if len(content.Frames) == 0 { // an empty one, or a full one that its living process has given up
				continue
			}
			files = append(files, content)
			all = append(all, content.Frames...)
			for _, f := range content.Frames {
				trusted[f.Hash] = trusted[f.Hash] || n == 0
			}
		}
	}
	all = inOrder(all)
	i.Keep(all...)
	i.mu.Lock()
	i.left = files
	i.mu.Unlock()
	return cuts(all, trusted, now), errors.Join(errs...)
}

// living are the chains of the processes that hold a journal.
func living(folders []string) map[string]bool {
	chains := map[string]bool{}
	for _, folder := range folders {
		for _, path := range journal.Paths(folder) {
			if !journal.Held(path) {
				continue
			}
			content, err := journal.Read(path)
			for _, f := range content.Frames {
				chains[f.Chain] = chains[f.Chain] || err == nil
			}
		}
	}
	return chains
}

// Codes returns the numbers of the sealed codes that the frames which are not in the log yet were opened with.
func (i *Importer) Codes() (spent []int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range i.pending {
		if l, err := f.Leaf(); err == nil && l.Kind == KindOpened {
			if n, ok := l.Body.Int("code"); ok {
				spent = append(spent, int(n))
			}
		}
	}
	return spent
}

// inOrder puts chain behind chain by when each began, and drops what stands in two files: a mirror has the same frames.
func inOrder(frames []journal.Frame) []journal.Frame {
	began := map[string]time.Time{}
	for _, f := range frames {
		if l, err := f.Leaf(); err == nil {
			if at, ok := began[f.Chain]; !ok || l.At.Wall.Before(at) {
				began[f.Chain] = l.At.Wall
			}
		}
	}
	slices.SortStableFunc(frames, func(a, b journal.Frame) int {
		return cmp.Or(began[a.Chain].Compare(began[b.Chain]), strings.Compare(a.Chain, b.Chain), cmp.Compare(a.N, b.N),
			-cmp.Compare(len(a.Sig), len(b.Sig)), bytes.Compare(a.Hash[:], b.Hash[:]))
	})
	return slices.CompactFunc(frames, func(a, b journal.Frame) bool { return identical(a)(b) })
}

// cuts finds the sessions that were begun and not ended in these frames. Of those that are not trusted only an intent and an
// end count: neither gives anybody anything.
func cuts(frames []journal.Frame, trusted map[[32]byte]bool, now clock.Reading) []Cut {
	var order []string
	open := map[string]*Cut{}
	for _, f := range frames {
		l, err := f.Leaf()
		if err != nil {
			continue
		}
		id, _ := l.Body.Text("session")
		c := open[id]
		switch {
		case !trusted[f.Hash] && l.Kind != KindIntent && l.Kind != kindClosed:
		case l.Kind == KindOpened:
			open[id] = newCut(l, id, now)
			order = append(order, id)
		case c == nil:
		case l.Kind == KindIntent:
			c.Actions++
			c.Unknown = true
		case l.Kind == kindOutcome: // what was stopped had no intent: another write may be on its way
			c.Unknown = false
		case l.Kind == kindExtended, l.Kind == kindContinued:
			c.until(l, now)
			c.Told = c.Told && l.Kind != kindContinued
		case l.Kind == kindInterrupted:
			c.Told = true
		case l.Kind == kindClosed:
			delete(open, id)
		}
	}
	var left []Cut
	for _, id := range order {
		if c := open[id]; c != nil {
			left = append(left, *c)
		}
	}
	return left
}

func newCut(l leaf.Leaf, id string, now clock.Reading) *Cut {
	c := &Cut{ID: id, Actor: l.Actor, Opened: l.At, opened: l}
	c.Device, _ = l.Body.Text("device")
	c.Key, _ = l.Body.Text("endpoint")
	category, _ := l.Body.Text("category")
	tier, _ := l.Body.Text("tier")
	c.Category, c.Tier = Category(category), Tier(tier)
	c.until(l, now)
	return c
}

// until counts the time that is left by the boot clock, from this record on.
func (c *Cut) until(l leaf.Leaf, now clock.Reading) {
	c.counted = l
	seconds, _ := l.Body.Int("valid-for")
	c.Left = 0
	if now.Boot == l.At.Boot && now.BootMS >= l.At.BootMS {
		c.Left = max(0, min(TTL, time.Duration(seconds)*time.Second)-time.Duration(now.BootMS-l.At.BootMS)*time.Millisecond)
	}
}

// Settle records what was taken in of each process that is gone, once all of it is in the log, and empties the journals whose
// frames another person's signature has covered since. It returns how many journals still wait for that.
func (i *Importer) Settle(ctx context.Context) (waiting int, err error) {
	if i.Pending() > 0 {
		return 0, fault.Newf(fault.LogBusy, "", "%d records wait for the audit log", i.Pending())
	}
	i.mu.Lock()
	files, log := i.left, i.log
	i.mu.Unlock()
	if log == nil {
		return len(files), nil
	}
	var keep []journal.Content
	var errs []error
	for _, file := range files {
		gone, err := i.settle(ctx, log, file)
		if err != nil {
			errs = append(errs, err)
		}
		if !gone {
			keep = append(keep, file)
		}
	}
	i.mu.Lock()
	i.left = keep
	i.mu.Unlock()
	return len(keep), errors.Join(errs...)
}

// settle says in the log that a journal was taken in, once, and recycles it when its frames are covered.
func (i *Importer) settle(ctx context.Context, log *audit.Log, file journal.Content) (gone bool, err error) {
	first, last := file.Frames[0], file.Frames[len(file.Frames)-1]
	said, err := i.said(ctx, first.Chain, last.N)
	if err != nil {
		return false, err
	}
	if !said {
		draft := audit.Draft{Kind: kindImported, Actor: console}
		draft.Body.Set("chain", first.Chain)
		draft.Body.Set("boot", file.Boot)
		draft.Body.SetInt("process", int64(file.PID))
		draft.Body.SetInt("first", first.N)
		draft.Body.SetInt("last", last.N)
		draft.Body.SetInt("records", int64(len(file.Frames)))
		draft.Body.SetInt("damaged", int64(file.Damaged))
		if missing := missing(file.Frames); missing != "" {
			draft.Body.Set("missing", missing)
		}
		if _, err := log.Append(ctx, draft); err != nil {
			return false, err
		}
	}
	covered, err := i.covered(ctx, log, file.Frames)
	if err != nil || !covered {
		return false, err
	}
	return true, journal.Recycle(file.Path)
}

// said looks whether the log says that a chain was taken in up to this frame.
func (i *Importer) said(ctx context.Context, chain string, last int64) (said bool, err error) {
	err = i.query.Query(ctx, func(into func(...any) error) error {
		var n int64
		said = true
		return into(&n)
	}, "SELECT last FROM journal_taken WHERE chain = ? AND last >= ?", chain, last)
	return said, err
}

// covered says whether all of these frames are in the log, and somebody else than those who acted has signed it since: then
// its own bytes hold the frames, and the journal's copy is not needed to show that they were not made up later.
func (i *Importer) covered(ctx context.Context, log *audit.Log, frames []journal.Frame) (bool, error) {
	actors := map[string]int64{} // the last record of each
	for _, f := range frames {
		l, err := f.Leaf()
		if err != nil {
			return false, err
		}
		hash := hex.EncodeToString(f.Hash[:])
		seq, taken, err := i.at(ctx, f.Chain, f.N)
		if err == nil && taken != hash {
			var there bool
			if seq, there, err = i.kept(ctx, hash); err == nil && !there {
				return false, nil
			}
		}
		if err != nil {
			return false, err
		}
		actors[l.Actor.ID] = max(actors[l.Actor.ID], seq)
	}
	for actor, seq := range actors {
		if over, err := signedOver(ctx, log, actor, seq); err != nil || !over {
			return false, err
		}
	}
	return true, nil
}

// signedOver says whether the last signature by another person than this one is under a head of the log that has this record. A
// statement that was signed in an emergency, or on another console, names a head that is older than its place in the log.
func signedOver(ctx context.Context, log *audit.Log, actor string, seq int64) (bool, error) {
	size := log.LastHead().Size // before Exposure: what is appended meanwhile makes the signature look older
	exposure, err := log.Exposure(ctx, actor)
	if err != nil || !exposure.CoLocated.Found {
		return false, err
	}
	at := size - exposure.CoLocated.Records - 1
	if at <= seq {
		return false, nil
	}
	record, err := log.Record(ctx, at)
	if err != nil {
		return false, err
	}
	head, ok := witnessed(record.Stmt)
	return ok && head.Size > seq, nil
}

// missing names the frames that are not between the others: "3-4, 9".
func missing(frames []journal.Frame) string {
	var runs []string
	for k := 1; k < len(frames); k++ {
		from, to := frames[k-1].N+1, frames[k].N-1
		switch {
		case frames[k].Chain != frames[k-1].Chain || from > to:
		case from == to:
			runs = append(runs, fmt.Sprint(from))
		default:
			runs = append(runs, fmt.Sprintf("%d-%d", from, to))
		}
	}
	return strings.Join(runs, ", ")
}
