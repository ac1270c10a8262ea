package verify

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// TestAJournalComesInWhateverOrder brings the records of one journal in any order: each has its place once, what is missing is told,
// and what does not follow is refused whichever of the two comes first.
func TestAJournalComesInWhateverOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "records")
		order := make([]int64, n)
		for i := range order {
			order[i] = int64(i)
		}
		order = rapid.Permutation(order).Draw(t, "order")
		wrong := rapid.Int64Range(-1, int64(n)-1).Draw(t, "wrong")
		c := &chain{ahead: map[int64]link{}}
		var failed error
		for _, at := range order {
			l := link{hash: [32]byte{byte(at + 1)}}
			if at > 0 {
				l.prev = [32]byte{byte(at)}
			}
			if at == wrong {
				l.prev[9] = 1
			}
			if err := c.take(at, l); err != nil {
				failed = err
				break
			}
			if err := c.take(at, l); err == nil {
				t.Fatal("twice")
			}
		}
		var b *broken
		switch {
		case wrong < 0 && (failed != nil || c.next != int64(n) || len(c.ahead) > 0):
			t.Fatalf("%v: %d of %d", failed, c.next, n)
		case wrong >= 0 && (!errors.As(failed, &b) || b.Rule != framePrev.word):
			t.Fatal(failed)
		}
	})
}
