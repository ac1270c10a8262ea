package changes

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/change"
)

// phase is one station of a request on its way.
type phase struct {
	Label, Detail string
	State         kit.State
}

// phases returns the way of a request: requested, second person, applied, outcome.
func (m *model) phases(r change.Request) []phase {
	second := phase{kit.T("changes.phase.second"), kit.T("changes.phase.not_yet"), kit.NotSent}
	applied := phase{kit.T("changes.phase.applied"), kit.T("changes.phase.not_yet"), kit.NotSent}
	outcome := phase{kit.T("changes.phase.outcome"), kit.T("changes.phase.not_yet"), kit.NotSent}
	word := kit.State(r.State)
	switch {
	case r.State == change.Waiting && len(r.Approvals) > 0:
		second.State, second.Detail = kit.Waiting, kit.T("changes.phase.also", kit.Data{"Name": m.approvedBy(r), "Who": m.wanted(r).who()})
	case len(r.Approvals) > 0:
		second.State, second.Detail = kit.Verified, m.approvedBy(r)+", "+r.Approvals[len(r.Approvals)-1].Time.Wall.Local().Format("15:04")
	case standing(r):
		second.State, second.Detail = kit.Verified, kit.T("changes.phase.template")
	case r.State == change.Waiting:
		second.State, second.Detail = kit.Waiting, kit.T("changes.phase.waits")
	default:
		second.State, second.Detail = word, word.Word()
	}
	switch {
	case m.writing(r.ID):
		applied.State, applied.Detail = kit.Applying, kit.Applying.Word()
	case r.State == change.Approved:
		applied.State, applied.Detail = kit.Waiting, kit.T("changes.phase.may")
	case r.State == change.Applying:
		applied.State, applied.Detail = kit.Applying, kit.Applying.Word()
	case r.State == change.Done:
		switch r.Outcome {
		case change.Verified:
			applied.State, applied.Detail = kit.Verified, kit.N("changes.phase.settings", len(r.Set))
		case change.NotSent:
			applied.Detail = kit.T("changes.phase.nothing")
		default:
			applied.State, applied.Detail = kit.Done, kit.T("changes.phase.tried")
			if r.Outcome == change.Unknown {
				applied.State = kit.Unsure // a tick would say that it reached the device
			}
		}
		outcome.State, outcome.Detail = state(r.Outcome), state(r.Outcome).Word()
	case len(r.Approvals) > 0 && r.State != change.Waiting: // approved and then expired, withdrawn or superseded
		applied.State, applied.Detail = word, word.Word()
	}
	if !r.State.Open() && r.State != change.Done {
		outcome.Detail = kit.T("changes.phase.nothing")
	}
	requested := phase{kit.T("changes.phase.requested"), r.Signer.Name + ", " + r.Issued.Wall.Local().Format("15:04"), kit.Verified}
	return []phase{requested, second, applied, outcome}
}

// standing says whether a template approved the request, and nobody had to.
func standing(r change.Request) bool {
	return r.Template != [32]byte{} && len(r.Approvals) == 0 && (r.State == change.Approved || r.State == change.Applying || r.State == change.Done)
}

// approvedBy names those who have approved, in the order in which they did.
func (m *model) approvedBy(r change.Request) string {
	var names []string
	for _, g := range r.Approvals {
		names = append(names, g.Signer.Name)
	}
	return strings.Join(names, ", ")
}
