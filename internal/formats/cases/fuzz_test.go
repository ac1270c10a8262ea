package cases_test

import (
	"testing"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/leaf"
)

// FuzzReader: any records in any order are read, and nothing is told more often than there are records.
func FuzzReader(f *testing.F) {
	records := casestest.Story("")
	for i := range records {
		f.Add(records[i].Bytes, records[(i+1)%len(records)].Bytes)
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		told := map[string]int{}
		r := cases.NewReader(cases.Told{
			Change:    func(c *cases.Change) { told["change "+c.ID]++ },
			Emergency: func(e *cases.Emergency) { told["emergency "+e.ID]++ },
			Approval:  func(c *cases.Change, a *cases.Approval) { new(cases.Pairs).Add(c, a) },
		})
		n := 0
		for _, encoded := range [][]byte{a, b, a} {
			l, err := leaf.Decode(encoded)
			if err != nil {
				continue
			}
			n++
			r.Record(formats.Record{Leaf: l, Bytes: encoded, Hash: leaf.Hash(encoded)})
		}
		r.End()
		for what, times := range told {
			if times > n {
				t.Fatalf("%s was told %d times of %d records", what, times, n)
			}
		}
	})
}
