package devices

import (
	"strconv"
	"testing"
	"time"

	"countersign/internal/house/figures"

	"fyne.io/fyne/v2"
)

// frame is how long a screen of 60 Hz shows one picture, in milliseconds.
const frame = 1000.0 / 60

// BenchmarkFilter2000 measures from a key in the filter to the list that is narrowed, sorted and laid out, its visible
// rows filled. It does not measure how long the picture takes to paint. Every second key empties the filter, which is the
// longer way: all rows come back.
func BenchmarkFilter2000(b *testing.B) {
	w := newWorld(b, many(2000)...)
	w.screen.FocusFilter()
	filter := w.window.Canvas().Focused()
	keys, started := 0, time.Now()
	for b.Loop() {
		filter.TypedRune('9')
		filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
		keys += 2
	}
	figures.Report(b, figures.Figure{Name: "filter 2,000 devices", Value: float64(time.Since(started).Microseconds()) / 1000 / float64(keys),
		Unit: "ms", Yardstick: frame, Goal: "ratio <= 1"})
}

// BenchmarkUpdate2000 measures what each change of the list costs the window: wording and showing it again.
func BenchmarkUpdate2000(b *testing.B) {
	w := newWorld(b, many(2000)...)
	passes, started := 0, time.Now()
	for b.Loop() {
		w.list[0].Identity.Serial = "BX" + strconv.Itoa(passes)
		w.screen.look()
		passes++
	}
	figures.Report(b, figures.Figure{Name: "show a change among 2,000 devices", Value: float64(time.Since(started).Microseconds()) / 1000 / float64(passes),
		Unit: "ms", Yardstick: frame})
}
