package verify

import (
	"crypto/ed25519"
	"errors"
	"io"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// walk goes through the records once, in their order, with what stands for the withheld ones between them. It holds the tree, the
// epochs and checkpoints, and hands every record on to those who judge what it says.
type walk struct {
	origin string
	full   bool
	period [2]int64 // in which every checkpoint must be there
	whole  bool     // and every record: the manifest names nothing that was left out
	of     int64    // records in the log, as the manifest says

	tree        leaf.Range
	last        [32]byte // hash of the record before
	lastKnown   bool
	heads       *heads
	outside     *outside
	checkpoints *checkpoints
	judge       func(*formats.Record) error
	find        func(Finding)
	counts      *Counts

	epoch  int64
	key    ed25519.PublicKey
	sealed int64 // size at the last checkpoint
}

// sealEvery is after how many records a checkpoint is due besides at every statement.
const sealEvery = 256

// part reads one file of records.
func (w *walk) part(r io.Reader, tick func(int64)) (n int64, err error) {
	in := newLines(r, leaf.MaxSize)
	for {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case errors.Is(err, errLine):
			return n, leafForm.at(w.tree.Size(), err)
		case err != nil:
			return n, err
		}
		if err := w.line(line); err != nil {
			return n, err
		}
		if n++; n%256 == 0 {
			tick(w.tree.Size())
		}
	}
}

// line takes in a record that is shown.
func (w *walk) line(line []byte) error {
	l, err := leaf.Decode(line)
	if err != nil {
		return leafForm.at(w.tree.Size(), err)
	}
	if err := w.skip(l.Seq); err != nil {
		return err
	}
	seq := w.tree.Size()
	switch {
	case l.Seq != seq || l.Seq >= w.of:
		return leafPlace.at(seq, l.Seq, seq)
	case !w.lastKnown && seq > 0:
		return leafBefore.at(seq)
	case l.Prev != w.last:
		return leafPrev.at(seq)
	}
	record := formats.Record{Leaf: l, Bytes: line, Hash: leaf.Hash(line)}
	if err := w.judge(&record); err != nil {
		return err
	}
	w.tree.Append(record.Hash)
	w.last, w.lastKnown = record.Hash, true
	w.heads.reached(&w.tree)
	w.counts.Shown++
	return w.seal(&record)
}

// skip takes in what is withheld before record to.
func (w *walk) skip(to int64) error {
	for w.tree.Size() < to && !w.outside.ended {
		n := w.outside.node
		switch {
		case w.full:
			return outsideFull.at(-1, n.From)
		case w.whole && max(n.From, w.period[0]) < min(n.To, w.period[1]):
			return outsideIn.at(n.From, n.From, n.To)
		case n.From > w.tree.Size():
			return outsideGap.at(w.tree.Size(), w.tree.Size())
		case n.From < w.tree.Size() || n.To > to:
			return outsideOver.at(w.tree.Size(), n.From, n.To, w.tree.Size())
		}
		if err := w.tree.AppendNode(n); err != nil {
			return outsideOver.at(w.tree.Size(), n.From, n.To, w.tree.Size())
		}
		w.last, w.lastKnown = n.Hash, n.To == n.From+1
		w.heads.reached(&w.tree)
		w.counts.Withheld += n.To - n.From
		if err := w.withheldCheckpoint(); err != nil {
			return err
		}
		if err := w.outside.advance(); err != nil {
			return err
		}
	}
	if w.tree.Size() == to && !w.outside.ended && w.outside.node.From < to {
		return outsideOver.at(to, w.outside.node.From, w.outside.node.To, to)
	}
	return nil
}

// end takes in what is withheld behind the last record that is shown, and wants everything to be used up.
func (w *walk) end() error {
	if err := w.skip(w.of); err != nil {
		return err
	}
	switch {
	case w.tree.Size() < w.of && w.full:
		return headSize.at(w.tree.Size(), w.tree.Size(), w.of)
	case w.tree.Size() < w.of:
		return outsideGap.at(w.tree.Size(), w.tree.Size())
	case !w.outside.ended:
		return outsideOver.at(w.of, w.outside.node.From, w.outside.node.To, w.of)
	case !w.checkpoints.ended:
		return checkpointStray.at(-1, w.checkpoints.next.size)
	case w.sealed != w.of:
		return checkpointLast.at(-1)
	}
	return nil
}

// begun is what a record says with which an epoch begins.
type begun struct {
	epoch      int64
	key        ed25519.PublicKey
	link, note string
}

const kindEpoch = "log.epoch"

func readEpoch(r *formats.Record) (e begun, err error) {
	var ok [4]bool
	var key string
	e.epoch, ok[0] = r.Body.Int("epoch")
	key, ok[1] = r.Body.Text("key")
	e.link, ok[2] = r.Body.Text("link")
	e.note, ok[3] = r.Body.Text("note")
	pub, is := hash64(key) // a key is as long as a hash
	if ok != [4]bool{true, true, true, true} || !is || r.Stmt != "" {
		return e, epochForm.at(r.Seq)
	}
	e.key = pub[:]
	return e, nil
}

// seal checks a record's place among the epochs, and the checkpoint behind it where there is one or must be.
func (w *walk) seal(r *formats.Record) error {
	if r.Kind != kindEpoch {
		if r.Epoch != w.epoch {
			return epochOf.at(r.Seq, r.Epoch, w.epoch)
		}
		return w.checkpoint(r)
	}
	e, err := readEpoch(r)
	if err != nil {
		return err
	}
	if e.epoch != w.epoch+1 {
		return epochOrder.at(r.Seq, e.epoch, w.epoch)
	}
	covered, by := e.epoch, e.key
	switch {
	case e.link == "next" && w.epoch > 0:
		covered, by = w.epoch, w.key
	case e.link == "first" && w.epoch == 0, e.link == "unlinked" && w.epoch > 0:
	default:
		return epochLink.at(r.Seq, e.epoch, e.link)
	}
	if r.Epoch != covered {
		return epochOf.at(r.Seq, r.Epoch, covered)
	}
	if err := statement.CheckEpoch(e.note, w.origin, e.epoch, e.key, by); err != nil {
		return epochSigned.at(r.Seq, e.epoch, err)
	}
	w.counts.Epochs++
	if e.link == "next" { // its checkpoint is the last by the old key
		if err := w.checkpoint(r); err != nil {
			return err
		}
		w.epoch, w.key = e.epoch, e.key
		return nil
	}
	if e.link == "unlinked" {
		w.find(sawEpochUnlinked.at(r.Seq))
	}
	w.epoch, w.key = e.epoch, e.key
	return w.checkpoint(r)
}

// checkpoint checks the one behind a record that was taken in.
func (w *walk) checkpoint(r *formats.Record) error {
	c, size := &w.checkpoints.next, w.tree.Size()
	switch {
	case w.checkpoints.ended || c.size > size:
		if w.epoch > 0 && w.due(r, size-w.sealed) {
			return checkpointMissing.at(r.Seq)
		}
		return nil
	case c.size < size:
		return checkpointStray.at(r.Seq, c.size)
	}
	return w.check(c, r.Seq)
}

// due says whether there must be a checkpoint behind this record, the n-th since the last one. Where records are withheld, those
// outside the period may be too.
func (w *walk) due(r *formats.Record, n int64) bool {
	if r.Kind == kindEpoch || r.Stmt != "" && r.Seq >= w.period[0] && r.Seq < w.period[1] {
		return true
	}
	return w.full && (r.Stmt != "" || n >= sealEvery)
}

// withheldCheckpoint checks the one behind records that are withheld.
func (w *walk) withheldCheckpoint() error {
	c, size := &w.checkpoints.next, w.tree.Size()
	switch {
	case w.checkpoints.ended || c.size > size:
		return nil
	case c.size < size:
		return outsideCut.at(-1, c.size)
	}
	return w.check(c, size-1)
}

// check holds a checkpoint against the tree as it stands, with the key of the epoch as it stands and no other.
func (w *walk) check(c *checkpoint, seq int64) error {
	if c.epoch != w.epoch || w.epoch == 0 {
		return checkpointEpoch.at(seq, c.epoch, w.epoch)
	}
	said, root, err := statement.OpenCheckpoint(c.note, w.origin, w.key)
	switch {
	case err != nil:
		return checkpointSigned.at(seq, w.epoch, err)
	case said != w.tree.Size():
		return checkpointSize.at(seq, said)
	case root != w.tree.Root():
		return checkpointRoot.at(seq)
	}
	w.sealed = w.tree.Size()
	w.counts.Checkpoints++
	return w.checkpoints.advance()
}
