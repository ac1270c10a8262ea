package breakglass

import (
	"bytes"
	"testing"

	"countersign/internal/journal"
)

func TestWhatIsOutsideTheLogIsWhatTheJournalsHaveAndTheLogHasNot(t *testing.T) {
	b := newBench(t)
	b.openLog(b.db)
	folder, mirror := t.TempDir(), t.TempDir()
	frames := b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), session...)
	for _, where := range []string{folder, mirror} { // this process holds both while they are read
		f, err := journal.Claim(where, "boot-1")
		b.must(err)
		defer f.Close()
		for _, frame := range frames {
			b.must(f.Put(frame))
		}
	}
	b.importer.Keep(frames[:3]...)
	b.must(b.importer.Take(t.Context()))
	later := b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), session[:2]...)
	b.importer.Keep(later...) // the disk took none of these
	want := append(append([]journal.Frame(nil), frames[3:]...), later...)
	got, err := b.importer.Outside(t.Context(), folder, mirror)
	b.must(err)
	if len(got) != len(want) {
		t.Fatalf("%d frames, want %d", len(got), len(want))
	}
	for _, f := range want {
		found := false
		for _, g := range got {
			found = found || bytes.Equal(f.Bytes, g)
		}
		if !found {
			t.Errorf("frame %d of %s is missing", f.N, f.Chain)
		}
	}
	b.importer.Keep(frames...)
	b.must(b.importer.Take(t.Context()))
	if got, err := b.importer.Outside(t.Context(), folder, mirror); err != nil || len(got) != 0 {
		t.Errorf("%d frames are outside when all are in: %v", len(got), err)
	}
}
