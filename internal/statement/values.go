package statement

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/clock"
	"countersign/internal/fault"
)

// Person is who signs, as the line says it to people: "7f3a91c25d0c8a52 Jo Example, technician".
type Person struct {
	ID   string // as PersonID returns it
	Name string // free text
	Role string // a lower-case word, hyphens allowed
}

// Founder is a person whom the genesis statement enrols, with the key that the ID is made from.
type Founder struct {
	ID   string
	Key  [ed25519.PublicKeySize]byte
	Role string
	Name string
}

// Time is when a statement was signed, by a clock that may be wrong. Wall is whole milliseconds.
type Time struct {
	Wall  time.Time
	Clock clock.State
}

// TimeOf returns what a statement says of a reading.
func TimeOf(r clock.Reading) Time { return Time{r.Wall.Truncate(time.Millisecond), r.State} }

// Device is the device that was identified when the request was made. Any part may be empty; without a serial number it
// is a weak identity.
type Device struct {
	Manufacturer, Model, Serial, Firmware string
}

// DeviceOf returns what a statement says of an identity.
func DeviceOf(id drivers.Identity) Device {
	return Device{id.Manufacturer, id.Model, id.Serial, id.Firmware}
}

// Driver is the driver that would write, with the digest of what it does.
type Driver struct {
	ID     string
	Digest [32]byte
}

// Place is the workstation on which alone a request may be executed, and the number by which that is made once.
type Place struct {
	Workstation string
	Nonce       string // as NewNonce returns it
}

// LogHead is the audit log as the signer saw it: every signature witnesses all that was recorded before.
type LogHead struct {
	Origin string
	Size   int64
	Root   [32]byte
}

// SetLine is one setting in a request. Values are tokens (see Token); Unit is UCUM, "1" for none. The risk stands there
// because it decides how the second person approves: a screen must not be able to make it smaller.
type SetLine struct {
	ID      drivers.SettingID
	AsFound string
	Wanted  string
	Unit    string
	Risk    drivers.Risk
}

// OnFailure says what happens when a setting of a change fails after others were verified.
type OnFailure string

// The two ways. What was signed before there was a choice stays as far as it came.
const (
	KeepVerified OnFailure = ""        // what was verified stays
	RollBack     OnFailure = "restore" // what was written is set back to what was found, and read back
)

// ValueLine is one setting in a template: the value that is approved whatever the device holds. Value is a token.
type ValueLine struct {
	ID    drivers.SettingID
	Value string
	Unit  string
	Risk  drivers.Risk
}

// String returns the line's value in a statement: "alarm.etco2.high 45 mm[Hg] clinical".
func (l ValueLine) String() string { return fmt.Sprintf("%s %s %s %s", l.ID, l.Value, l.Unit, l.Risk) }

// Key is an Ed25519 public key.
type Key = [ed25519.PublicKeySize]byte

// Proof is an Ed25519 signature inside a statement.
type Proof = [ed25519.SignatureSize]byte

// String returns the line's value in a statement: "alarm.etco2.high 50 -> 45 mm[Hg] clinical".
func (l SetLine) String() string {
	return fmt.Sprintf("%s %s -> %s %s %s", l.ID, l.AsFound, l.Wanted, l.Unit, l.Risk)
}

// ParseSetLine reads what SetLine.String writes of a valid line; anything else is fault.Signature.
func ParseSetLine(s string) (SetLine, error) { return alone(asSetLine, s) }

func alone[V any](c codec[V], s string) (v V, err error) {
	parsed, err := c.parse(s)
	if err != nil {
		return v, fault.New(fault.Signature, s, err)
	}
	return parsed, nil
}

// The spellings. The readers are in read.go.
var (
	asText    = checked(CheckText)
	asID      = checked(needs(isID, "an identifier"))
	asOrigin  = checked(needs(isPath, "an origin"))
	asDigest  = codecOf(readDigest, writeDigest)
	asTime    = codec[Time]{readTime, writeTime, func(a, b Time) bool { return a.Wall.Equal(b.Wall) && a.Clock == b.Clock }}
	asSeconds = codecOf(readSeconds, func(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) + " s" })
	asPerson  = codecOf(readPerson, func(p Person) string { return p.ID + " " + p.Name + ", " + p.Role })
	asFounder = codecOf(readFounder, writeFounder)
	asDevice  = codecOf(readDevice, writeDevice)
	asDriver  = codecOf(readDriver, func(d Driver) string { return d.ID + " " + writeDigest(d.Digest) })
	asPlace   = codecOf(readPlace, func(p Place) string { return p.Workstation + " nonce " + p.Nonce })
	asLogHead = codecOf(readLogHead, writeLogHead)
	asSetLine = codecOf(readSetLine, SetLine.String)
	asValue   = codecOf(readValueLine, ValueLine.String)
	asWord    = checked(needs(isWord, "a word"))
	asCount   = codecOf(readCount, func(n int64) string { return strconv.FormatInt(n, 10) })
	asKey     = codecOf(readKey, func(k Key) string { return strict64.EncodeToString(k[:]) })
	asProof   = codecOf(readProof, func(p Proof) string { return strict64.EncodeToString(p[:]) })

	asOnFailure = codecOf(readOnFailure, func(f OnFailure) string { return string(f) })
)

var (
	strict64   = base64.StdEncoding.Strict()
	errNoMatch = errors.New("the identifier is not that of the key")
)

// checked is the codec of a string that stands for itself.
func checked(check func(string) error) codec[string] {
	return codecOf(func(s string) (string, error) { return s, check(s) }, func(s string) string { return s })
}

func needs(is func(string) bool, what string) func(string) error {
	return func(s string) error {
		if !is(s) {
			return fmt.Errorf("%q is not %s", s, what)
		}
		return nil
	}
}

func writeDigest(d [32]byte) string { return "sha256 " + hex.EncodeToString(d[:]) }

func writeTime(t Time) string { return clock.FormatWall(t.Wall) + " clock " + string(t.Clock) }

func writeFounder(f Founder) string {
	return strings.Join([]string{f.ID, strict64.EncodeToString(f.Key[:]), f.Role, f.Name}, " ")
}

func writeDevice(d Device) string {
	return quote(d.Manufacturer) + " " + quote(d.Model) + " serial " + quote(d.Serial) + " firmware " + quote(d.Firmware)
}

func writeLogHead(h LogHead) string {
	return h.Origin + " size " + strconv.FormatInt(h.Size, 10) + " root " + strict64.EncodeToString(h.Root[:])
}
