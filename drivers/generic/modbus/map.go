package modbus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"countersign/drivers"
)

// Limits of a map.
const (
	MaxMapSize = 256 << 10
	MaxPoints  = 1000
)

// ErrMap is what Load returns, wrapped, for a file that is not a sound register map. The error names file, line and key.
var ErrMap = errors.New("not a register map")

// Map is a register map, and the driver for the devices that it describes. It is safe for concurrent use.
type Map struct {
	source      []byte
	about       drivers.About
	unit        byte
	match       matchSection
	serial      *point
	model       *point
	modelWanted string
	firmware    *point
	description drivers.Description
	points      map[drivers.SettingID]point
	typical     map[drivers.SettingID]drivers.Value // where a simulator starts
}

// Load reads a register map. Name is the file's name, for errors. A key that is not known is an error: a misspelt
// "max" must not become a setting without a limit.
func Load(name string, source []byte) (*Map, error) {
	if len(source) > MaxMapSize {
		return nil, fmt.Errorf("%w: %s: longer than %d bytes", ErrMap, name, MaxMapSize)
	}
	var f file
	meta, err := toml.Decode(string(source), &f)
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		at := syntax.Position.Line
		return nil, fmt.Errorf("%w: %s:%d: %s: %s", ErrMap, name, at, syntax.LastKey, syntax.Message)
	}
	l := &linter{name: name, places: locate(string(source))}
	if err != nil {
		l.wrongType("", err)
		return nil, l.err()
	}
	if len(f.Settings)+len(f.Measurements) > MaxPoints {
		l.addf("setting", "more than %d settings and measurements", MaxPoints)
		return nil, l.err()
	}
	settings := decode[settingSection](l, &meta, "setting", f.Settings)
	measurements := decode[measurementSection](l, &meta, "measurement", f.Measurements)
	if err := l.err(); err != nil {
		return nil, err
	}
	for _, key := range meta.Undecoded() {
		l.addf(key.String(), "unknown key")
	}
	m := l.compile(f, settings, measurements)
	if err := l.err(); err != nil {
		return nil, err
	}
	m.source = slices.Clone(source)
	digest := sha256.Sum256(source)
	m.about.Digest = hex.EncodeToString(digest[:])
	return m, nil
}

// decode reads the tables of an array one by one, because the decoder itself does not tell which of them is wrong.
func decode[T any](l *linter, meta *toml.MetaData, name string, tables []toml.Primitive) []T {
	out := make([]T, len(tables))
	for i := range tables {
		if err := meta.PrimitiveDecode(tables[i], &out[i]); err != nil {
			l.wrongType(fmt.Sprintf("%s[%d]", name, i), err)
		}
	}
	return out
}

// decodeError is how the decoder words an error about a value: perhaps a line, the key, and the reason.
var decodeError = regexp.MustCompile(`^toml: (?:line \d+ )?\(last key "([^"]*)"\): (.*)$`)

// wrongType notes a value that the decoder refused, in a section or, if that is "", anywhere.
func (l *linter) wrongType(section string, err error) {
	path, reason := section, err.Error()
	if m := decodeError.FindStringSubmatch(reason); m != nil {
		path, reason = m[1], m[2]
		if _, key, ok := strings.Cut(path, "."); ok && section != "" {
			path = section + "." + key
		}
	}
	l.addf(path, "%s", reason)
}

// file is a map as it is written.
type file struct {
	About struct {
		ID           string   `toml:"id"`
		Name         string   `toml:"name"`
		Manufacturer string   `toml:"manufacturer"`
		Models       []string `toml:"models"`
		Sources      []string `toml:"sources"`
	} `toml:"about"`
	Link struct {
		Unit int `toml:"unit"`
	} `toml:"link"`
	Match    matchSection `toml:"match"`
	Identity struct {
		Serial   *identitySection `toml:"serial"`
		Model    *identitySection `toml:"model"`
		Firmware *identitySection `toml:"firmware"`
	} `toml:"identity"`
	Settings     []toml.Primitive `toml:"setting"`     // settingSection
	Measurements []toml.Primitive `toml:"measurement"` // measurementSection
}

// matchSection says by what a device of the map is known.
type matchSection struct {
	Vendor  string            `toml:"vendor"`  // object 0 of its identification; "" for any
	Product string            `toml:"product"` // object 1 of its identification; "" for any
	Facts   map[string]string `toml:"facts"`   // facts of the endpoint, all of which must be so
}

// place is where a value lies. Every section with a value has these keys.
type place struct {
	Table   string `toml:"table"`
	Address *int   `toml:"address"`
	Type    string `toml:"type"`
	Words   string `toml:"words"`
}

type identitySection struct {
	place
	Length int    `toml:"length"`
	Expect string `toml:"expect"`
}

type measurementSection struct {
	place
	ID      string   `toml:"id"`
	Label   string   `toml:"label"`
	Scale   int      `toml:"scale"`
	Unit    string   `toml:"unit"`
	Options []option `toml:"options"`
	Typical *number  `toml:"typical"`
}

type settingSection struct {
	measurementSection
	Group        string  `toml:"group"`
	Help         string  `toml:"help"`
	Source       string  `toml:"source"`
	Min          *number `toml:"min"`
	Max          *number `toml:"max"`
	Step         *number `toml:"step"`
	Writable     bool    `toml:"writable"`
	Risk         string  `toml:"risk"`
	Tolerance    *number `toml:"tolerance"`
	Below        string  `toml:"below"`
	Safe         string  `toml:"safe"`
	NeedsRestart bool    `toml:"needs_restart"`
}

// number is an exact number: a TOML integer, or a string such as "0.5". A TOML float is refused, because it is binary
// by the time that it arrives here.
type number struct{ drivers.Decimal }

// UnmarshalTOML implements toml.Unmarshaler.
func (n *number) UnmarshalTOML(v any) (err error) {
	switch v := v.(type) {
	case int64:
		n.Decimal, err = drivers.NewDecimal(v, 0)
	case string:
		n.Decimal, err = drivers.ParseDecimal(v)
	default:
		err = errors.New(`write a whole number, or a number with a point in quotes: "0.5"`)
	}
	return err
}

// or returns the number, or nought where none is written.
func (n *number) or() drivers.Decimal {
	if n == nil {
		return drivers.Decimal{}
	}
	return n.Decimal
}
