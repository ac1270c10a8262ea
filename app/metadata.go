package main

import (
	"fyne.io/fyne/v2"

	"countersign/app/ui/kit"
)

// appID names the program to the desktop. It agrees with FyneApp.toml.
const appID = "org.countersign.console"

// metadata is what a packaged program carries inside; one that go build made is told here.
func metadata() fyne.AppMetadata {
	return fyne.AppMetadata{ID: appID, Name: "Countersign", Version: version, Build: 1, Icon: kit.AppIcon(), Migrations: map[string]bool{"fyneDo": true}}
}
