package audit

import (
	"context"
	"crypto/ed25519"
	"sync"
)

// What a record beside the log needs of it without waiting: an append that is under way holds the log's own lock until the
// disk has answered, and an emergency cannot wait for that.

// lent is the machine's key for what is signed beside the log.
type lent struct {
	mu    sync.Mutex
	epoch int64
	key   ed25519.PrivateKey
}

// set lends another epoch's key; nil ends it. The copy that was lent before is erased.
func (l *lent) set(epoch int64, key ed25519.PrivateKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.key)
	l.epoch, l.key = epoch, append(ed25519.PrivateKey(nil), key...)
}

// vouched is what the machine signs beside the log: nothing that a checkpoint or an epoch's note could be.
func vouched(hash [32]byte) []byte { return append([]byte("countersign/frame/v1\n"), hash[:]...) }

// Vouch signs the hash of a record that is made beside the log, with the machine's key of now. It waits for nothing. Epoch is
// 0 where there is no key.
func (l *Log) Vouch(hash [32]byte) (epoch int64, sig []byte) {
	l.lent.mu.Lock()
	defer l.lent.mu.Unlock()
	if len(l.lent.key) == 0 {
		return 0, nil
	}
	return l.lent.epoch, ed25519.Sign(l.lent.key, vouched(hash))
}

// Vouched says whether sig is what Vouch gave for the hash in that epoch of this log.
func (l *Log) Vouched(ctx context.Context, hash [32]byte, epoch int64, sig []byte) (bool, error) {
	if epoch <= 0 || len(sig) != ed25519.SignatureSize {
		return false, nil
	}
	var key ed25519.PublicKey
	err := l.backwards(ctx, l.LastHead().Size, func(r Record) error {
		if r.Kind != KindEpoch {
			return nil
		}
		begun, err := readEpoch(&r)
		if err == nil && begun.epoch == epoch {
			key = begun.key
		}
		if err != nil || begun.epoch <= epoch {
			return errDone
		}
		return nil
	})
	return err == nil && key != nil && ed25519.Verify(key, vouched(hash), sig), err
}

// LastHead is Head as of the last append that is durable. It waits for nothing.
func (l *Log) LastHead() Head { return *l.published.Load() }

// publish says what LastHead returns from now on. l.mu is held, or nobody else knows the log yet.
func (l *Log) publish() {
	l.published.Store(&Head{l.state.Origin, l.state.Range.Size(), l.state.Range.Root()})
}
