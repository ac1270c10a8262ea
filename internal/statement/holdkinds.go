package statement

import "errors"

// What a signature about a legal hold means.
const (
	HoldMeaning    = "I place this hold: nothing that it covers may be deleted"
	ReleaseMeaning = "We release this hold"
)

// Hold says that what it covers must be kept until two persons release it. Scope is "device", "person", "period" or
// "everything"; Subject says which one, for people, and is "" for everything.
type Hold struct {
	By
	Scope     string
	Subject   string
	Reason    string
	Reference string // number of the case; "" for none
}

// Release ends a hold.
type Release struct {
	By
	Of     string   // the hold's number
	Hold   [32]byte // Digest of the hold's text
	Reason string
}

var holdBy = signedBy("hold", HoldMeaning, 1, 1, func(h *Hold) *By { return &h.By },
	one("scope", asWord, func(h *Hold) *string { return &h.Scope }),
	maybe("subject", asText, func(h *Hold) *string { return &h.Subject }),
	one("reason", asText, func(h *Hold) *string { return &h.Reason }),
	maybe("reference", asText, func(h *Hold) *string { return &h.Reference }))

var holdKind = schema[Hold]{holdBy.name, holdBy.fields, func(h *Hold) error {
	switch h.Scope {
	case "device", "person", "period":
		if h.Subject == "" {
			return errors.New("a hold on nothing in particular")
		}
		return nil
	case "everything":
		if h.Subject != "" {
			return errors.New("a hold on everything names one thing")
		}
		return nil
	}
	return errors.New("no scope of a hold")
}}

var releaseKind = signedBy("hold-release", ReleaseMeaning, 2, 2, func(r *Release) *By { return &r.By },
	one("of", asID, func(r *Release) *string { return &r.Of }),
	one("hold", asDigest, func(r *Release) *[32]byte { return &r.Hold }),
	one("reason", asText, func(r *Release) *string { return &r.Reason }))

// Kind implements Statement.
func (h Hold) Kind() string { return holdKind.name }

// Text implements Statement.
func (h Hold) Text() ([]byte, error) { return holdKind.text(&h) }

// Kind implements Statement.
func (r Release) Kind() string { return releaseKind.name }

// Text implements Statement.
func (r Release) Text() ([]byte, error) { return releaseKind.text(&r) }
