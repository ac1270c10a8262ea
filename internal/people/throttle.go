package people

import (
	"context"
	"slices"
	"strconv"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
)

// Wrong passphrases make the next try wait: three are free, then the wait grows to a ceiling that stays. That is fewer than
// a hundred guesses an hour, and never a lock-out. Break-glass must not ask here: a forgotten passphrase is no reason to
// leave a patient waiting.
const (
	freeTries  = 3
	longest    = 40 * time.Second
	vouchAfter = 100 // from then on a colleague must be there to sign in
)

// tries is how often in a row a person's passphrase was wrong, and when last.
type tries struct {
	n    int
	last clock.Reading
}

// wait is how long after the n-th wrong passphrase in a row the next try must wait: 1, 2, 4, 8 and 16 seconds, then longest.
func wait(n int) time.Duration {
	if n <= freeTries {
		return 0
	}
	if n > freeTries+5 {
		return longest
	}
	return time.Second << (n - freeTries - 1)
}

// left is what remains of the wait. After a restart of the computer nobody knows how long ago the last try was: the whole
// wait begins again with what the boot clock says then.
func (t tries) left(now clock.Reading) time.Duration {
	since := time.Duration(now.BootMS) * time.Millisecond
	if now.Boot == t.last.Boot {
		since -= time.Duration(t.last.BootMS) * time.Millisecond
	}
	return max(0, wait(t.n)-max(0, since))
}

// count takes a record in. The counters live in the log alone, so that a restart does not clear them.
func (r *Roster) count(record audit.Record) {
	switch {
	case record.Kind == kindWrong:
		r.wrong[record.Actor.ID] = tries{r.wrong[record.Actor.ID].n + 1, record.At}
	case slices.Contains([]string{kindSignedIn, kindProved, kindVouched}, record.Kind):
		delete(r.wrong, record.Actor.ID)
	}
}

// missed counts a wrong passphrase that could not be recorded: a full disk makes no guess free.
func (r *Roster) missed(id string) {
	now := r.log.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong[id] = tries{r.wrong[id].n + 1, now}
}

func (r *Roster) tried(ctx context.Context, id string) (t tries, err error) {
	err = r.look(ctx, func(*Members) error {
		t = r.wrong[id]
		return nil
	})
	return t, err
}

// throttled says whether a person's passphrase may be tried now: fault.Throttled with the seconds to wait, or fault.Vouch.
func (r *Roster) throttled(t tries, p Person, vouched bool) error {
	if left := t.left(r.log.Now()); left > 0 {
		return fault.New(fault.Throttled, strconv.Itoa(int((left+time.Second-1)/time.Second)), nil)
	}
	if t.n >= vouchAfter && !vouched {
		return fault.New(fault.Vouch, p.Name, nil)
	}
	return nil
}
