package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// The machine signs checkpoints of its log. Its key is forward-secure: each epoch has its own, the old one signs the new
// one and is erased, so that whoever takes the key of today cannot make yesterday's checkpoints anew.

// Checkpoint says, signed by an epoch's key, which root the first Size records have.
type Checkpoint struct {
	Size, Epoch int64
	Note        string
}

// Sealed is a Store that keeps checkpoints too: those of the records that it appends, and one that Seal adds behind the
// last record. Checkpoints visits those over more than after records in the order of their sizes.
type Sealed interface {
	Store
	Seal(ctx context.Context, c Checkpoint) error
	Checkpoints(ctx context.Context, after int64, visit func(Checkpoint) error) error
}

// When a checkpoint is due besides at every statement, and when an epoch has lasted long enough.
const (
	sealEvery     = 256 // records
	epochRecords  = 4096
	epochTime     = 24 * time.Hour
	tryAgainAfter = time.Minute // when a new epoch could not begin
)

// KindEpoch is the record with which an epoch begins. It names the next key, is signed by the old one and is the last that
// the old key's checkpoints cover. Where there is no old key it is the first of its own epoch, and its link says why.
const KindEpoch = "log.epoch"

// How an epoch follows the one before.
const (
	linkFirst    = "first"    // there was none
	linkNext     = "next"     // signed by the old key
	linkUnlinked = "unlinked" // the old key is gone
)

// itself is the actor of what the log records of its own.
var itself = leaf.Actor{ID: "console", Name: "Countersign"}

// machine is what an open log needs to sign. Log.mu guards it.
type machine struct {
	keys   keyFolder
	copies *copies

	epoch  int64
	key    ed25519.PrivateKey // nil until the first epoch has begun
	began  clock.Reading
	first  int64         // number of the epoch's first record
	sealed int64         // size at the last checkpoint
	retry  clock.Reading // no new epoch is tried before this
	broken error         // why the log cannot be gone on with
}

// WithMachine lets the log sign checkpoints with a key that lives in folder, and keep copies of the last one in the copies'
// folders. The Store must be Sealed.
func WithMachine(folder string, copies ...string) Option {
	return func(l *Log) {
		l.machine = &machine{keys: keyFolder(folder), copies: newCopies(copies)}
	}
}

// begin takes up the last epoch's key and begins a new epoch. A log that does not verify opens all the same, so that it can
// be looked at; it takes no record then.
func (l *Log) begin(ctx context.Context) error {
	m := l.machine
	store, ok := l.store.(Sealed)
	if !ok {
		return fault.Newf(fault.Internal, l.state.Origin, "a store without checkpoints")
	}
	last, err := l.lastEpoch(ctx)
	if err == nil {
		err = store.Checkpoints(ctx, last.seq, func(c Checkpoint) error {
			m.sealed = c.Size
			m.copies.put(c.Size, c.Note)
			return nil
		})
	}
	var behind []copied
	if err == nil {
		behind, err = l.compareCopies(ctx)
	}
	if size := l.state.Range.Size(); err == nil && m.sealed > size {
		err = fault.Newf(fault.LogBroken, seqName(size), "a checkpoint over %d records where there are %d", m.sealed, size)
	}
	if err == nil {
		err = l.enter(ctx, last)
	}
	for _, c := range behind {
		if err == nil {
			err = l.rolledBack(ctx, c)
		}
	}
	switch fault.KindOf(err) {
	case "":
		m.copies.start()
		return nil
	case fault.LogBroken, fault.Internal:
		m.broken = err
		return nil
	}
	return err
}

// enter makes the machine ready to sign: with the key of the log's last epoch where that epoch is still empty, else with a
// new one.
func (l *Log) enter(ctx context.Context, last epochRecord) error {
	m := l.machine
	m.epoch = last.epoch
	if last.epoch == 0 {
		return l.rotate(ctx, linkFirst)
	}
	key := m.keys.load(last.epoch)
	if key == nil || !last.key.Equal(key.Public()) {
		return l.rotate(ctx, linkUnlinked)
	}
	m.key, m.first, m.began = key, last.seq+1, last.at
	l.lent.set(last.epoch, key)
	if now := l.clock.Now(); now.Boot != last.at.Boot {
		m.began = now
	}
	if err := m.keys.keepOnly(m.epoch); err != nil {
		m.copies.failed(err)
	}
	if l.state.Range.Size() == m.first {
		return nil
	}
	if err := l.rotate(ctx, linkNext); err != nil {
		m.copies.failed(err) // the old key still signs; the next append tries again
		m.retry = later(l.clock.Now(), tryAgainAfter)
	}
	return nil
}

func later(r clock.Reading, d time.Duration) clock.Reading {
	r.BootMS += d.Milliseconds()
	return r
}

// reached says whether the boot clock shows at least this, or belongs to another start-up.
func reached(now, then clock.Reading) bool { return now.Boot != then.Boot || now.BootMS >= then.BootMS }

// ready begins a new epoch where the old one has lasted long enough.
func (l *Log) ready(ctx context.Context) error {
	m := l.machine
	switch {
	case m == nil:
		return l.bareOnly(ctx)
	case m.broken != nil:
		return m.broken
	}
	now := l.clock.Now()
	old := l.state.Range.Size()-m.first >= epochRecords || reached(now, later(m.began, epochTime))
	if !old || m.retry.Boot != "" && !reached(now, m.retry) {
		return nil
	}
	if err := l.rotate(ctx, linkNext); err != nil {
		m.copies.failed(err)
		m.retry = later(now, tryAgainAfter)
	}
	return nil
}

// bareOnly lets a log without a machine key take records only where it never had one: they would belong to no epoch, and
// Verify would refuse them for ever.
func (l *Log) bareOnly(ctx context.Context) error {
	if l.bare {
		return nil
	}
	err := l.backwards(ctx, l.state.Range.Size(), func(r Record) error {
		if r.Epoch > 0 {
			return fault.Newf(fault.Internal, l.state.Origin, "the log has machine keys and was opened without")
		}
		return errDone
	})
	if fault.Is(err, fault.LogBroken) {
		return nil // Verify says so
	}
	l.bare = err == nil
	return err
}

// rotate begins the next epoch. Each step leaves a state that a start can go on from: the new key is durable before the
// record that names it, and the old one is erased only after that.
func (l *Log) rotate(ctx context.Context, link string) error {
	m := l.machine
	_, next, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fault.New(fault.Internal, l.state.Origin, err)
	}
	if err := m.keys.save(m.epoch+1, next); err != nil {
		return err
	}
	record, after, err := l.placeEpoch(link, next)
	if err != nil {
		return err
	}
	if err := l.commit(ctx, []Record{record}, after); err != nil && l.state.Last != record.Hash {
		return err
	}
	clear(m.key)
	m.epoch, m.key, m.retry = m.epoch+1, next, clock.Reading{}
	l.lent.set(m.epoch, next)
	m.began, m.first, m.sealed = record.At, record.Seq+1, record.Seq+1
	if err := m.keys.keepOnly(m.epoch); err != nil {
		m.copies.failed(err)
	}
	return nil
}

// placeEpoch makes the record that begins the next epoch, with the checkpoint that closes the old one.
func (l *Log) placeEpoch(link string, next ed25519.PrivateKey) (Record, State, error) {
	m := l.machine
	by, of := m.key, m.epoch
	if link != linkNext {
		by, of = next, m.epoch+1
	}
	pub := next.Public().(ed25519.PublicKey)
	note, err := statement.SignEpoch(l.state.Origin, m.epoch+1, pub, by)
	if err != nil {
		return Record{}, State{}, err
	}
	r := Record{Leaf: leaf.Leaf{
		Seq: l.state.Range.Size(), Prev: l.state.Last, Kind: KindEpoch, At: l.clock.Now(), Epoch: of, Actor: itself,
	}}
	r.Body.SetInt("epoch", m.epoch+1)
	r.Body.Set("key", base64Strict.EncodeToString(pub))
	r.Body.Set("link", link)
	r.Body.Set("note", note)
	if r.Bytes, err = leaf.Encode(r.Leaf); err != nil {
		return Record{}, State{}, err
	}
	r.Hash = leaf.Hash(r.Bytes)
	after := l.state
	after.Range.Append(r.Hash)
	after.Last = r.Hash
	r.Checkpoint, err = statement.SignCheckpoint(after.Origin, after.Range.Size(), after.Range.Root(), by)
	return r, after, err
}

// plan is what place needs to know of checkpoints: a copy, because an append may fail.
type plan struct {
	epoch, sealed int64
	key           ed25519.PrivateKey
}

func (m *machine) plan() plan {
	if m == nil {
		return plan{}
	}
	return plan{m.epoch, m.sealed, m.key}
}

// checkpoint signs one over the log up to this record where it is due. Verify asks for exactly these.
func (p *plan) checkpoint(record *leaf.Leaf, after *State) (string, error) {
	size := after.Range.Size()
	if p.key == nil || !due(record, size-p.sealed) {
		return "", nil
	}
	p.sealed = size
	return statement.SignCheckpoint(after.Origin, size, after.Range.Root(), p.key)
}

// due says whether the log must have a checkpoint behind this record, the n-th since the last one.
func due(record *leaf.Leaf, n int64) bool {
	return record.Stmt != "" || record.Kind == KindEpoch || n >= sealEvery
}

// took notes the checkpoints of records that are durable now.
func (m *machine) took(records []Record) {
	for i := len(records) - 1; i >= 0; i-- {
		if note := records[i].Checkpoint; note != "" {
			m.sealed = records[i].Seq + 1
			m.copies.put(m.sealed, note)
			return
		}
	}
}

// Checkpoint sees to it that there is a checkpoint over all records that there are now, and returns the head that it is over.
// A log without a machine key has none to sign with: fault.NotFound.
func (l *Log) Checkpoint(ctx context.Context) (Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	head := Head{l.state.Origin, l.state.Range.Size(), l.state.Range.Root()}
	switch m := l.machine; {
	case m == nil || m.broken == nil && m.key == nil:
		return head, fault.Newf(fault.NotFound, head.Origin, "no machine key")
	case m.broken != nil:
		return head, m.broken
	}
	return head, l.seal(ctx)
}

// seal signs a checkpoint over all records where there is none yet.
func (l *Log) seal(ctx context.Context) error {
	m, size := l.machine, l.state.Range.Size()
	if size <= m.sealed {
		return nil
	}
	c := Checkpoint{Size: size, Epoch: m.epoch}
	var err error
	if c.Note, err = statement.SignCheckpoint(l.state.Origin, size, l.state.Range.Root(), m.key); err == nil {
		err = l.store.(Sealed).Seal(ctx, c)
	}
	if err == nil {
		m.sealed = size
		m.copies.put(size, c.Note)
	}
	return err
}

// Checkpoints visits the checkpoints over more than after records, in the order of their sizes. It verifies none. Without a
// store that keeps them there are none.
func (l *Log) Checkpoints(ctx context.Context, after int64, visit func(Checkpoint) error) error {
	store, ok := l.store.(Sealed)
	if !ok {
		return nil
	}
	return store.Checkpoints(ctx, after, visit)
}

// Stored visits what the store holds from a record on, in the order of the numbers there, whether it is a record or not: what
// an export of a log hands out that does not verify.
func (l *Log) Stored(ctx context.Context, from int64, visit func(seq int64, bytes, hash []byte) error) error {
	return l.store.Scan(ctx, from, visit)
}

// Close signs a last checkpoint, waits for its copies as long as ctx lets it, and forgets the key. Nothing can be appended
// after that where there is a machine key.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.machine
	if m == nil || m.broken != nil {
		return nil
	}
	err := l.seal(ctx)
	clear(m.key)
	l.lent.set(0, nil)
	m.broken = fault.New(fault.Cancelled, l.state.Origin, errors.New("the log is closed"))
	return errors.Join(err, m.copies.wait(ctx))
}
