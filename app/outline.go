package main

import (
	"encoding/json"
	"log/slog"
	"time"

	"countersign/app/ui/kit"
)

// outlineEvery is how often the list of everything visible is written.
const outlineEvery = 150 * time.Millisecond

// outline is what a test of the real window sees of it: the title, and everything that a person could see or press.
type outline struct {
	Title string
	Items []kit.Item
}

func writeOutline(title string, items []kit.Item, file string) {
	text, err := json.Marshal(outline{title, items})
	if err == nil {
		err = replaceFile(file, text)
	}
	if err != nil {
		slog.Error("the outline cannot be written", "file", file, "err", err)
	}
}
