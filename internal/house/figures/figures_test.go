package figures

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestAReportReachesTheFileWithItsRatio(t *testing.T) {
	name := filepath.Join(t.TempDir(), "figures")
	t.Setenv(File, name)
	runs := 0
	testing.Benchmark(func(b *testing.B) {
		runs++
		Report(b, Figure{Name: "read", Value: float64(runs), Unit: "ms", Yardstick: 4, Goal: "ratio <= 2"})
		Report(b, Figure{Name: "start", Value: 3, Unit: "s"})
	})
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := Read(file)
	want := []Figure{
		{Name: "read", Value: float64(runs), Unit: "ms", Yardstick: 4, Ratio: float64(runs) / 4, Goal: "ratio <= 2"},
		{Name: "start", Value: 3, Unit: "s"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want the last report of each: %+v", got, err, want)
	}
}

func TestGoalsAreJudgedByValueOrRatio(t *testing.T) {
	f := Figure{Name: "x", Unit: "s", Value: 3, Yardstick: 2, Ratio: 1.5}
	for goal, want := range map[string]bool{
		"": true, "value < 3": false, "value <= 3": true, "value > 2.9": true, "ratio >= 1.5": true, "ratio > 1.5": false,
	} {
		f.Goal = goal
		if got, err := f.Met(); err != nil || got != want {
			t.Errorf("%q: %v, %v", goal, got, err)
		}
	}
}

func TestAFigureThatCannotBeJudgedIsRefused(t *testing.T) {
	for _, f := range []Figure{
		{Unit: "s"},
		{Name: "x"},
		{Name: "x", Unit: "s", Goal: "fast"},
		{Name: "x", Unit: "s", Goal: "value < soon"},
		{Name: "x", Unit: "s", Goal: "value = 1"},
		{Name: "x", Unit: "s", Goal: "speed < 1"},
		{Name: "x", Unit: "s", Goal: "ratio < 1"},
	} {
		if _, err := f.complete(); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
}
