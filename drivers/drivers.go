// Package drivers is the contract between the console and everything that knows a family of medical devices.
//
// A driver turns bytes into meaning and back. It never finds a device (sources do), never opens a port (the console
// hands it a [Conn]), never decides whether a setting may be written (package change does) and never checks its own
// write (the console reads back). The package imports the standard library only.
//
// The walk of a device through the console:
//
//	source -> Endpoint -> Driver.Match -> consent -> Conn -> Driver.Probe -> Identity -> Driver.Open -> Session
package drivers

import (
	"context"
	"iter"
	"time"
)

// Driver knows one family of devices. It holds no state and is safe for concurrent use.
type Driver interface {
	// About describes the family. It has no side effects and never fails.
	About() About
	// Match judges an endpoint by passive facts alone and never touches the wire.
	Match(Endpoint) Confidence
	// Probe asks the device who it is, by reads only. It returns ErrNotMine to pass the turn to the next candidate;
	// any other error stops the search.
	Probe(context.Context, Conn) (Identity, error)
	// Open starts a session with a device that Probe has identified on the same Conn. The session owns the Conn.
	Open(context.Context, Conn, Identity) (Session, error)
}

// Session is one open conversation with one device. Its methods are called one at a time.
type Session interface {
	// Describe lists what can be configured and what can be observed.
	Describe(context.Context) (Description, error)
	// Read asks the device for the named settings, or for all of them when none is named. Every reading was on the
	// wire after Read was called; nothing is answered from memory.
	Read(context.Context, ...SettingID) (Snapshot, error)
	// Interfaces lists every way into the device that this session knows of.
	Interfaces(context.Context) ([]Interface, error)
	// Close ends the conversation politely and closes the Conn.
	Close() error
}

// Writer is a Session that can change a setting. Only package change asks for it.
//
// Write sends one change and returns nil once the device has acknowledged it, ErrRefused when the device said no,
// ErrNotSent when no byte of it left the console, and any other error when the fate of the write is not known. It never reads back: the console verifies.
type Writer interface {
	Write(context.Context, Change) error
}

// Observer is a Session that can watch measurements. The sequence ends when ctx does or after the first error.
type Observer interface {
	Observe(context.Context) iter.Seq2[Sample, error]
}

// Interlock is a Session that knows a reason why the device should not be written to now. SafeToWrite returns nil or
// an error that wraps ErrInUse.
type Interlock interface {
	SafeToWrite(context.Context) error
}

// KeepAlive is a Session whose device wants to hear from the console while nothing else is said.
type KeepAlive interface {
	// KeepAlive sends the sign of life and returns how long the device may be left alone after it.
	KeepAlive(context.Context) (time.Duration, error)
}

// Sequencer is a Session whose device must be written in a certain order.
type Sequencer interface {
	Sequence([]Change) []Change
}

// Change is one setting and the value that it shall have.
type Change struct {
	Setting SettingID
	Wanted  Value
}

// Confidence says how sure a driver is of an endpoint by passive facts alone.
type Confidence int

// A generic adapter (an FTDI cable, say) never makes an endpoint Certain.
const (
	No      Confidence = iota // this driver cannot be meant
	Maybe                     // possible: nothing is sent before a person says yes
	Likely                    // probable: site policy decides whether to ask first
	Certain                   // the facts identify the family beyond doubt
)

var confidenceNames = names{"no", "maybe", "likely", "certain"}

func (c Confidence) String() string { return confidenceNames.of(int(c)) }

// Maturity says how far a driver has been proven.
type Maturity int

// The maturities, from least to most proven.
const (
	Simulated Maturity = iota // spoke only with a simulator
	Recorded                  // agrees with recordings or with an independent implementation
	Proven                    // was used on the real device
)

var maturityNames = names{"simulated", "recorded", "proven"}

func (m Maturity) String() string { return maturityNames.of(int(m)) }

// About describes a driver.
type About struct {
	ID           string   // "vendor/family", unique
	Name         string   // for people
	Manufacturer string   // "" for a standard without a vendor
	Models       []string // as printed on the devices
	Protocol     string   // name and revision
	Version      string   // of the driver; part of its digest
	Maturity     Maturity // shown beside the name
	Sources      []string // manuals and fact sheets, with page where known
	Probe        string   // what Probe sends and what that does to the device, in one sentence for the consent sheet
	ReadEffects  []string // what reading changes on the device; empty when it changes nothing
	Reviewed     bool     // false for a site's own profile or map: read-only until two persons signed its digest
	Digest       string   // SHA-256 (hex) of the file behind a profile or map; "" for a compiled driver
}

// Setter is a Driver whose writes depend on a file that two persons must have signed.
type Setter interface {
	Driver
	// Source returns the file's bytes, over which About().Digest was computed.
	Source() []byte
}

// Labeler is a Driver that says how its devices call their settings without one being there: for people who are shown a
// change on a laptop to which no such device is connected. It says nothing of ranges and units, which can depend on the
// device.
type Labeler interface {
	Driver
	Labels() map[SettingID]string
}

// names turns a small enumeration into words.
type names []string

func (n names) of(i int) string {
	if i < 0 || i >= len(n) {
		return "unknown"
	}
	return n[i]
}
