package statement

import (
	"errors"
	"time"
)

// What a signature about an emergency, or about a record that could not be made, means.
const (
	OpeningMeaning   = "I break the glass: I act alone on this device and answer for it"
	ExtensionMeaning = "I still need this emergency session"
	ClosingMeaning   = "I end this emergency session"
	ReviewMeaning    = "We reviewed this emergency session"
	PaperMeaning     = "We enter what was written on paper while nothing could be recorded"
	ForkMeaning      = "We begin this log because the one before it cannot go on"

	SealedCodesMeaning = "We printed these sealed codes, sealed them and put them where they are kept"
)

// Opening begins an emergency session on one device.
type Opening struct {
	By
	Device   Device
	Category string // why, as a word
	Tier     string // "t0", "t1" or "t2"
	Nonce    string
	ValidFor time.Duration // whole seconds
}

// Extension prolongs an emergency session by a time.
type Extension struct {
	By
	Session string
	More    time.Duration // whole seconds
}

// Closing ends an emergency session with the person's account of it.
type Closing struct {
	By
	Session string
	Actions int64 // how many settings were sent
	Account string
}

// Review is the judgement of one or two others about an emergency session: Finding is "justified" or "unjustified".
type Review struct {
	By
	Session  string
	Finding  string
	Reason   string
	Incident string // number under which the site's incident reporting has it; "" for none
}

// SealedCodes are codes on paper with which somebody acts whom nobody can sign in: Count of them, numbered from First on.
type SealedCodes struct {
	By
	Set    string   // number of the set, as NewID returns it
	First  int64    // 1 or more
	Count  int64    // 1 or more
	Digest [32]byte // of what the console keeps to recognize them by
}

// Paper is a record that two persons enter afterwards.
type Paper struct {
	By
	About string
	Lines []string
}

// Fork names the log that a new one follows: its last head that is known, and the digest of its file.
type Fork struct {
	By
	Before LogHead
	File   [32]byte
	Reason string
}

var openingKind = signedBy("break-glass-open", OpeningMeaning, 1, 1, func(o *Opening) *By { return &o.By },
	one("device", asDevice, func(o *Opening) *Device { return &o.Device }),
	one("category", asWord, func(o *Opening) *string { return &o.Category }),
	one("tier", asWord, func(o *Opening) *string { return &o.Tier }),
	one("nonce", asID, func(o *Opening) *string { return &o.Nonce }),
	one("valid-for", asSeconds, func(o *Opening) *time.Duration { return &o.ValidFor }))

var extensionKind = signedBy("extend", ExtensionMeaning, 1, 1, func(e *Extension) *By { return &e.By },
	one("session", asID, func(e *Extension) *string { return &e.Session }),
	one("extend-by", asSeconds, func(e *Extension) *time.Duration { return &e.More }))

var closingKind = signedBy("break-glass-close", ClosingMeaning, 1, 1, func(c *Closing) *By { return &c.By },
	one("session", asID, func(c *Closing) *string { return &c.Session }),
	one("actions", asCount, func(c *Closing) *int64 { return &c.Actions }),
	one("account", asText, func(c *Closing) *string { return &c.Account }))

var reviewKind = signedBy("review", ReviewMeaning, 1, 2, func(r *Review) *By { return &r.By },
	one("session", asID, func(r *Review) *string { return &r.Session }),
	one("finding", asWord, func(r *Review) *string { return &r.Finding }),
	one("reason", asText, func(r *Review) *string { return &r.Reason }),
	maybe("incident", asText, func(r *Review) *string { return &r.Incident }))

var sealedCodesBy = signedBy("sealed-codes", SealedCodesMeaning, 2, 2, func(s *SealedCodes) *By { return &s.By },
	one("codes", asID, func(s *SealedCodes) *string { return &s.Set }),
	one("first", asCount, func(s *SealedCodes) *int64 { return &s.First }),
	one("count", asCount, func(s *SealedCodes) *int64 { return &s.Count }),
	one("digest", asDigest, func(s *SealedCodes) *[32]byte { return &s.Digest }))

var sealedCodesKind = schema[SealedCodes]{sealedCodesBy.name, sealedCodesBy.fields, func(s *SealedCodes) error {
	if s.First < 1 || s.Count < 1 {
		return errors.New("no codes")
	}
	return different(s.Signatories())
}}

var paperKind = signedBy("paper-record", PaperMeaning, 2, 2, func(p *Paper) *By { return &p.By },
	one("about", asText, func(p *Paper) *string { return &p.About }),
	many("line", 1, 200, asText, func(p *Paper) *[]string { return &p.Lines }))

var forkKind = signedBy("log-fork", ForkMeaning, 2, 2, func(f *Fork) *By { return &f.By },
	one("before", asLogHead, func(f *Fork) *LogHead { return &f.Before }),
	one("file", asDigest, func(f *Fork) *[32]byte { return &f.File }),
	one("reason", asText, func(f *Fork) *string { return &f.Reason }))

// Kind implements Statement.
func (o Opening) Kind() string { return openingKind.name }

// Text implements Statement.
func (o Opening) Text() ([]byte, error) { return openingKind.text(&o) }

// Kind implements Statement.
func (e Extension) Kind() string { return extensionKind.name }

// Text implements Statement.
func (e Extension) Text() ([]byte, error) { return extensionKind.text(&e) }

// Kind implements Statement.
func (c Closing) Kind() string { return closingKind.name }

// Text implements Statement.
func (c Closing) Text() ([]byte, error) { return closingKind.text(&c) }

// Kind implements Statement.
func (r Review) Kind() string { return reviewKind.name }

// Text implements Statement.
func (r Review) Text() ([]byte, error) { return reviewKind.text(&r) }

// Kind implements Statement.
func (s SealedCodes) Kind() string { return sealedCodesKind.name }

// Text implements Statement.
func (s SealedCodes) Text() ([]byte, error) { return sealedCodesKind.text(&s) }

// Kind implements Statement.
func (p Paper) Kind() string { return paperKind.name }

// Text implements Statement.
func (p Paper) Text() ([]byte, error) { return paperKind.text(&p) }

// Kind implements Statement.
func (f Fork) Kind() string { return forkKind.name }

// Text implements Statement.
func (f Fork) Text() ([]byte, error) { return forkKind.text(&f) }
