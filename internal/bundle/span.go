package bundle

import (
	"context"
	"time"

	"countersign/internal/leaf"
)

// RecordAt returns the number of the first record at or after a time by the records' own clocks; the log's size where there is
// none.
func RecordAt(ctx context.Context, source Source, t time.Time) (int64, error) {
	first, _, err := Span(ctx, source, t, time.Unix(1<<40, 0))
	return first, err
}

// Span returns the shortest run of records that has every record of a time: from the first one at or after from to behind the last
// one before to, by the records' own clocks. Where somebody set the clock in between, records of other times are among them: a
// period rather shows too much than leaves something out. It looks at each record, because clocks may go back.
func Span(ctx context.Context, source Source, from, to time.Time) (first, next int64, err error) {
	size := source.Head().Size
	first = -1
	err = source.Stored(ctx, 0, func(seq int64, encoded, _ []byte) error {
		if seq%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		l, err := leaf.Decode(encoded)
		if err != nil || seq < 0 || seq >= size {
			return nil // what cannot be read has no time
		}
		if at := l.At.Wall; !at.Before(from) && at.Before(to) {
			if first < 0 {
				first = seq
			}
			next = seq + 1
		}
		return nil
	})
	if err != nil {
		return 0, 0, ended(ctx, err)
	}
	if first < 0 {
		return size, size, nil
	}
	return first, next, nil
}
