package audit

import (
	"cmp"
	"context"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
)

// Witness is a log that knows who else vouches for it: other people's signatures, and copies of its last checkpoint.
type Witness interface {
	Exposure(ctx context.Context, personID string) (audit.Exposure, error)
	Anchors() []audit.Anchor
}

// Standing is how well others vouch for the log now.
type Standing struct {
	Known    bool
	Person   bool // somebody is signed in: the exposure is theirs
	Size     int64
	Exposure audit.Exposure
	Anchors  []audit.Anchor
	Err      error
}

// Stand asks the log. A log that does not know leaves the standing unknown.
func Stand(ctx context.Context, log Log, personID string) Standing {
	witness, ok := log.(Witness)
	if !ok {
		return Standing{}
	}
	s := Standing{Known: true, Person: personID != "", Size: log.Head().Size, Anchors: witness.Anchors()}
	s.Exposure, s.Err = witness.Exposure(ctx, personID)
	return s
}

// Words says for the foot of the list how much only one person and this machine vouch for, and how the copies are. It is
// "" where nothing is known.
func (s Standing) Words() string {
	if !s.Known || s.Size == 0 {
		return ""
	}
	var parts []string
	if s.Err == nil {
		parts = append(parts, s.window())
	}
	if len(s.Anchors) > 0 {
		parts = append(parts, s.copies())
	}
	return strings.Join(parts, "  ")
}

// window words the exposure: "37 records and 4 h since somebody other than you signed; none from another machine yet."
func (s Standing) window() string {
	whose := "audit.exposure.anybody"
	if s.Person {
		whose = "audit.exposure.other"
	}
	here := kit.T(whose + ".none")
	if w := s.Exposure.CoLocated; w.Found {
		here = kit.N(whose, int(w.Records), kit.Data{"Time": kit.Span(w.Since)})
	}
	away := kit.T("audit.exposure.away.none")
	switch w := s.Exposure.Independent; {
	case w.Found:
		away = kit.N("audit.exposure.away", int(w.Records), kit.Data{"Time": kit.Span(w.Since)})
	case s.Exposure.Partial:
		away = kit.N("audit.exposure.away.partial", int(w.Records))
	}
	return kit.T("audit.exposure", kit.Data{"Here": here, "Away": away})
}

// copies says how many of the copies are written.
func (s Standing) copies() string {
	good, newest := 0, int64(0)
	for _, a := range s.Anchors {
		if a.Err == nil && a.Size > 0 {
			good++
			newest = max(newest, a.Size)
		}
	}
	if good == 0 {
		return kit.T("audit.copies.none")
	}
	return kit.T("audit.copies", kit.Data{"Good": good, "All": len(s.Anchors), "Size": newest})
}

// Trouble is what a person must look at: a copy that contradicts the log, or copies of which none can be written.
func (s Standing) Trouble() (state kit.State, sentence, more string, ok bool) {
	bad, failed := "", ""
	for _, a := range s.Anchors {
		switch a.State {
		case audit.AnchorAhead, audit.AnchorForked:
			bad = cmp.Or(bad, kit.T("audit.copies."+string(a.State), kit.Data{"Folder": a.Folder}))
		}
		if a.Err != nil {
			failed = cmp.Or(failed, a.Folder)
		}
	}
	switch {
	case bad != "":
		return kit.Failed, bad, kit.T("audit.copies.next"), true
	case failed != "":
		return kit.Caution, kit.T("audit.copies.failed", kit.Data{"Folder": failed}), kit.T("audit.copies.failed.more"), true
	}
	return "", "", "", false
}
