package all_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/drivers/drivertest"
)

func TestEveryDriverHasAnIDOfItsOwnAndTheListIsSorted(t *testing.T) {
	var ids []string
	for _, d := range all.All() {
		ids = append(ids, d.About().ID)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("the list is %v", ids)
	}
}

// TestEveryDriverLeavesEveryOtherDriversDevicesAlone probes every driver against the conversations of every other one.
// Automatic identification is safe only while nobody claims what is not his. The matrix is printed with -v.
func TestEveryDriverLeavesEveryOtherDriversDevicesAlone(t *testing.T) {
	var matrix strings.Builder
	for _, prober := range all.All() {
		fmt.Fprintf(&matrix, "\n%-28s", prober.About().ID)
		for _, owner := range all.All() {
			for _, tr := range drivertest.Transcripts(t, owner.About().ID, "identify") {
				id, err := drivertest.Probe(t, prober, tr)
				mine := prober.About().ID == owner.About().ID
				switch {
				case mine && err == nil:
					matrix.WriteString(" =")
				case !mine && errors.Is(err, drivers.ErrNotMine):
					matrix.WriteString(" .")
				default:
					matrix.WriteString(" X")
					t.Errorf("%s probed %s of %s: %+v, %v", prober.About().ID, tr.Name, owner.About().ID, id, err)
				}
			}
		}
	}
	t.Logf("each driver against each transcript (= its own, . not mine, X wrong):%s", matrix.String())
}

func TestEveryDriverSaysWhatItsSettingsAreCalledWithoutADevice(t *testing.T) {
	for _, d := range all.All() {
		l, ok := d.(drivers.Labeler)
		if !ok || len(l.Labels()) == 0 {
			t.Errorf("%s says nothing", d.About().ID)
			continue
		}
		for id, label := range l.Labels() {
			if label == "" || label == string(id) {
				t.Errorf("%s calls %s %q", d.About().ID, id, label)
			}
		}
	}
}
