// Yardstick opens an empty window of the same toolkit: the least that any program on it needs to start.
package main

import (
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("org.countersign.yardstick").NewWindow("Yardstick")
	w.SetContent(widget.NewLabel("empty"))
	w.ShowAndRun()
}
