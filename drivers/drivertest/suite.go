// Package drivertest is the suite that every driver passes. A driver joins with one call in its own test:
//
//	drivertest.Run(t, drivertest.Case{Driver: Driver{}, Unit: newUnit, ProbeOnly: isProbe})
//
// The suite proves what all drivers promise. What only one driver promises belongs into that driver's tests; that every
// driver leaves every other driver's devices alone is proven in package all.
package drivertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/drivers/transcript"
)

// Case is one driver with what the suite needs to try it.
type Case struct {
	Driver drivers.Driver
	// Unit makes a simulated unit that behaves.
	Unit func() sim.Device
	// ProbeOnly says whether these bytes, sent while probing, are ones that change nothing on the device.
	ProbeOnly func(sent []byte) bool
	// Endpoint is one that the driver must not say No to.
	Endpoint drivers.Endpoint
	// Change is one that the simulated unit takes; the zero Change for a driver that cannot write.
	Change drivers.Change
}

// Run runs the suite.
func Run(t *testing.T, c Case) {
	checks := []struct {
		sentence string
		check    func(*testing.T, Case)
	}{
		{"about is complete and agrees with the README", aboutIsComplete},
		{"match is pure and never certain of a generic adapter", matchIsPure},
		{"it identifies its transcripts", identifiesItsTranscripts},
		{"it plays every write as in its transcripts", playsItsWrites},
		{"probing only reads", probingOnlyReads},
		{"its settings are sound", settingsAreSound},
		{"it reads what it describes", readsWhatItDescribes},
		{"it obeys its context", obeysItsContext},
		{"it survives noise", survivesNoise},
	}
	for _, check := range checks {
		t.Run(check.sentence, func(t *testing.T) { check.check(t, c) })
	}
}

// Folder returns the transcripts' folder of a driver: testdata/devices/<vendor>/<family> below the module's root.
func Folder(t *testing.T, id string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata", "devices", filepath.FromSlash(id))
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
}

// Transcripts returns the driver's transcripts whose name contains part. It fails the test where there is none: a
// driver without a conversation on paper is not proven.
func Transcripts(t *testing.T, id, part string) []transcript.Transcript {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(Folder(t, id), "*"+part+"*.transcript"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no transcript with %q in its name (%v)", id, part, err)
	}
	var all []transcript.Transcript
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := transcript.Parse(filepath.Base(name), text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parsed)
	}
	return all
}

// Probe lets a driver probe the device of a transcript, in a bubble in which waiting takes no time.
func Probe(t *testing.T, d drivers.Driver, tr transcript.Transcript) (id drivers.Identity, err error) {
	synctest.Test(t, func(t *testing.T) {
		player := transcript.Play(tr, sim.Cable)
		id, err = d.Probe(t.Context(), player.Conn())
		player.Conn().Close()
		synctest.Wait()
	})
	return id, err
}

func aboutIsComplete(t *testing.T, c Case) {
	about := c.Driver.About()
	for what, text := range map[string]string{"ID": about.ID, "Name": about.Name, "Protocol": about.Protocol, "Version": about.Version,
		"Probe": about.Probe, "Models": strings.Join(about.Models, ""), "Sources": strings.Join(about.Sources, "")} {
		if text == "" {
			t.Errorf("%s is empty", what)
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatalf("a driver has a README of one page: %v", err)
	}
	for _, fact := range append([]string{about.Protocol, about.Maturity.String()}, about.Models...) {
		if !strings.Contains(string(readme), fact) {
			t.Errorf("README.md does not say %q", fact)
		}
	}
}

func matchIsPure(t *testing.T, c Case) {
	if c.Driver.Match(c.Endpoint) == drivers.No {
		t.Errorf("it says no to %s", c.Endpoint.Key())
	}
	hostile := strings.Repeat("\x00\xff\u202e", 1000)
	for _, scheme := range []string{"", "serial", "tcp", "rfc2217", hostile} {
		for _, facts := range []map[string]string{nil, {hostile: hostile}, {"usb.vid": "0403", "usb.pid": "6001"}, {"mdns.type": hostile}} {
			if got := c.Driver.Match(drivers.Endpoint{Scheme: scheme, Address: hostile, Facts: facts}); got == drivers.Certain {
				t.Errorf("certain of %q with %v", scheme, facts)
			}
		}
	}
}

func identifiesItsTranscripts(t *testing.T, c Case) {
	for _, tr := range Transcripts(t, c.Driver.About().ID, "identify") {
		want, ok := tr.Identity()
		if !ok {
			t.Errorf("%s has no identity in its header", tr.Name)
			continue
		}
		got, err := Probe(t, c.Driver, tr)
		got.Raw = nil
		if err != nil || got.Manufacturer != want.Manufacturer || got.Model != want.Model || got.Serial != want.Serial || got.Firmware != want.Firmware {
			t.Errorf("%s: got %+v, %v", tr.Name, got, err)
		}
	}
}
