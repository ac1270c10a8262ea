package formats_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"countersign/internal/formats"
	"countersign/internal/formats/formatstest"
)

// TestAPartHoldsSoManyRecordsAndNoMore, and each is whole.
func TestAPartHoldsSoManyRecordsAndNoMore(t *testing.T) {
	for records, want := range map[int][]int{0: {0}, 1: {1}, formats.PartRecords: {formats.PartRecords}, formats.PartRecords + 1: {formats.PartRecords, 1}} {
		files := formatstest.Files{}
		p := formats.NewParts(files.Open, formats.LeavesPath)
		for range records {
			if err := p.Write([]byte("record\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if len(files) != len(want) {
			t.Errorf("%d records are in %d parts", records, len(files))
		}
		for i, n := range want {
			if got := bytes.Count(files[formats.LeavesPath(i+1)].Bytes(), []byte("record\n")); got != n {
				t.Errorf("%d records: part %d has %d", records, i+1, got)
			}
		}
	}
}

var errFull = errors.New("full")

type full struct{ closed *int }

func (full) Write([]byte) (int, error) { return 0, errFull }

func (f full) Close() error { *f.closed++; return nil }

// TestAFullMediumIsSaid at the latest when the part ends, and its file is closed once.
func TestAFullMediumIsSaid(t *testing.T) {
	closed := 0
	p := formats.NewParts(func(string) (io.WriteCloser, error) { return full{&closed}, nil }, formats.LeavesPath)
	if err := p.Write([]byte("short")); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); !errors.Is(err, errFull) || closed != 1 {
		t.Errorf("%v, closed %d times", err, closed)
	}
	p = formats.NewParts(func(string) (io.WriteCloser, error) { return nil, errFull }, formats.LeavesPath)
	if err := p.Close(); !errors.Is(err, errFull) {
		t.Errorf("a part that cannot be opened: %v", err)
	}
}
