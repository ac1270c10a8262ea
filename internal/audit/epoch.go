package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// epochRecord is what a record of KindEpoch says.
type epochRecord struct {
	epoch int64 // that begins
	key   ed25519.PublicKey
	link  string
	note  string
	seq   int64
	at    clock.Reading
}

func readEpoch(r *Record) (epochRecord, error) {
	e := epochRecord{seq: r.Seq, at: r.At}
	var known [4]bool
	var key string
	e.epoch, known[0] = r.Body.Int("epoch")
	key, known[1] = r.Body.Text("key")
	e.link, known[2] = r.Body.Text("link")
	e.note, known[3] = r.Body.Text("note")
	pub, err := base64Strict.DecodeString(key)
	if known != [4]bool{true, true, true, true} || err != nil || len(pub) != ed25519.PublicKeySize || r.Stmt != "" {
		return e, errors.New("it does not say which key an epoch begins with")
	}
	e.key = pub
	return e, nil
}

// follows says whether e may begin where the log stands in epoch now, whose key is by. The record's own epoch must be the
// one whose key covers it.
func (e epochRecord) follows(origin string, of, now int64, by ed25519.PublicKey) error {
	if e.epoch != now+1 {
		return fmt.Errorf("epoch %d begins behind epoch %d", e.epoch, now)
	}
	covered := e.epoch
	switch {
	case e.link == linkNext && now > 0:
		covered = now
	case e.link == linkFirst && now == 0, e.link == linkUnlinked && now > 0:
		by = e.key
	default:
		return fmt.Errorf("epoch %d cannot begin as %q", e.epoch, e.link)
	}
	if of != covered {
		return fmt.Errorf("it is of epoch %d where it should be of epoch %d", of, covered)
	}
	return statement.CheckEpoch(e.note, origin, e.epoch, e.key, by)
}

// lastEpoch finds the record with which the log's last epoch began, from the end backwards: an epoch has few records. Its
// epoch is 0 where the log has none.
func (l *Log) lastEpoch(ctx context.Context) (last epochRecord, err error) {
	found := l.state.Range.Size() == 0
	err = l.backwards(ctx, l.state.Range.Size(), func(r Record) error {
		if r.Kind == KindEpoch {
			found = true
			if last, err = readEpoch(&r); err != nil {
				return fault.New(fault.LogBroken, seqName(r.Seq), err)
			}
			return errDone
		}
		if r.Epoch == 0 {
			found = true
			return errDone
		}
		return nil
	})
	if err == nil && !found {
		err = fault.Newf(fault.LogBroken, "0", "records of an epoch that never began")
	}
	return last, err
}

// backPage bounds what a visit from the end backwards holds at once.
const backPage = 256

// backwards calls visit with the records before number end, the last one first, until visit returns errDone or another
// error, which it returns.
func (l *Log) backwards(ctx context.Context, end int64, visit func(Record) error) error {
	for page := int64(1); end > 0; page = min(2*page, backPage) {
		from := max(0, end-page)
		records := make([]Record, 0, page)
		err := l.Each(ctx, from, func(r Record) error {
			if r.Seq >= end {
				return errDone
			}
			if records = append(records, r); r.Seq == end-1 {
				return errDone
			}
			return nil
		})
		if err != nil && !errors.Is(err, errDone) {
			return err
		}
		for i := len(records) - 1; i >= 0; i-- {
			if err := visit(records[i]); err != nil {
				if err == errDone {
					return nil
				}
				return err
			}
		}
		end = from
	}
	return nil
}
