package audit_test

import (
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

func TestACheckpointOverTheHeadCanBeAskedFor(t *testing.T) {
	d := newDesk(t)
	d.append(t, drafts(10)...)
	sizes := func() (all []int64) {
		must(t, d.log.Checkpoints(t.Context(), 0, func(c audit.Checkpoint) error {
			all = append(all, c.Size)
			return nil
		}))
		return all
	}
	before := len(sizes())
	for range 2 { // the second time there is one
		head, err := d.log.Checkpoint(t.Context())
		if err != nil || head != d.log.Head() {
			t.Fatal(head, err)
		}
		if all := sizes(); len(all) != before+1 || all[before] != head.Size {
			t.Fatalf("%v", all)
		}
	}
	d.append(t, drafts(300)...)
	if v, err := d.log.Verify(t.Context(), trust, quiet); err != nil || v.Checkpoints < int64(before)+2 {
		t.Errorf("%+v, %v", v, err)
	}
	d.close(t)
	if _, err := d.log.Checkpoint(t.Context()); !fault.Is(err, fault.Cancelled) {
		t.Error(err)
	}
}

func TestALogWithoutAKeySignsNoCheckpoint(t *testing.T) {
	c := begin(t, t.TempDir())
	if _, err := c.log.Checkpoint(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
