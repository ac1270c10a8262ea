package changes

import (
	"slices"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/cosign"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// The stages of a visit beyond those of an approval at home.
const (
	arriving  stage = ""          // nothing is open: a file or a code is wanted
	opening   stage = "opening"   // it is being read
	looking   stage = "looking"   // the request is on the page
	trusting  stage = "trusting"  // a person of this laptop is signing that the console is known
	delivered stage = "delivered" // the approval waits to be carried back
)

// visit is a request of another console on this laptop, from its file to the approval that goes back. Like a flow it holds
// a key no longer than it needs, and knows its work by number.
type visit struct {
	stage  stage
	number int
	data   []byte // as it was opened, to be opened again once the console is known
	in     cosign.Incoming
	keys   map[string]bool // whose key is on this laptop; nil before that is known
	person people.Person
	signer *people.Signer
	until  time.Time // when the key is locked again
	agreed cosign.Agreed
	differ []drivers.SettingID
	answer *handover
	notice notice
}

// end locks the key and forgets everything but the number.
func (v *visit) end() {
	v.signer.Lock()
	*v = visit{number: v.number + 1}
}

// back locks the key and returns to the request.
func (v *visit) back() {
	v.signer.Lock()
	*v = visit{stage: looking, number: v.number + 1, data: v.data, in: v.in}
}

// busy says whether work is under way whose end must be waited for.
func (v *visit) busy() bool {
	return slices.Contains([]stage{opening, trusting, proving, comparing, signing}, v.stage)
}

// refused says whether the console's log is not the one that was seen before, so that nothing of it is signed.
func (v *visit) refused() bool { return v.in.Continuity.Refused() }

// signable says whether somebody may approve the request here.
func (v *visit) signable() bool {
	return v.stage == looking && v.in.Known && !v.refused() && len(v.in.Approvers) > 0
}

// opened takes what was read.
func (v *visit) opened(number int, data []byte, in cosign.Incoming, err error) {
	if number != v.number || v.stage != opening {
		return
	}
	if err != nil {
		v.end()
		v.notice = told(err)
		return
	}
	v.stage, v.data, v.in, v.notice = looking, data, in, notice{}
}

// begin asks who approves.
func (v *visit) begin() bool {
	if !v.signable() {
		return false
	}
	v.stage, v.notice = naming, notice{}
	return true
}

// prove notes that a key is being opened.
func (v *visit) prove(personID string) (people.Person, bool) {
	i := slices.IndexFunc(v.in.Approvers, func(p people.Person) bool { return p.ID == personID })
	if v.stage != naming || i < 0 {
		v.notice = notice{state: kit.Caution, what: kit.T("changes.naming.nobody")}
		return people.Person{}, false
	}
	v.stage, v.person, v.notice = proving, v.in.Approvers[i], notice{}
	return v.person, true
}

// proved takes the opened key, or locks it at once where nobody waits for it any more.
func (v *visit) proved(number int, signer *people.Signer, now time.Time, err error) bool {
	if number != v.number || v.stage != proving {
		signer.Lock()
		return false
	}
	if err != nil {
		v.stage, v.notice = naming, notice{err: err}
		return false
	}
	v.signer, v.until, v.stage = signer, now.Add(patience), entering
	return true
}

// asks says whether there is anything to enter.
func (v *visit) asks() bool { return v.in.Blind || v.in.AssetTag }

// compared takes what came of the comparison.
func (v *visit) compared(number int, agreed cosign.Agreed, now time.Time, err error) {
	if number != v.number || v.stage != comparing {
		return
	}
	switch {
	case err == nil:
		v.agreed, v.stage, v.until, v.notice = agreed, reading, now.Add(patience), notice{}
	case fault.Is(err, fault.Mismatch):
		v.stage = entering
		for id := range strings.SplitSeq(fault.SubjectOf(err), ", ") {
			v.differ = append(v.differ, drivers.SettingID(id))
		}
		v.notice = notice{err: err}
	default:
		v.back()
		v.notice = notice{err: err}
	}
}

// sign hands out the key and what it shall sign. From here on the key is the caller's to lock.
func (v *visit) sign() (*people.Signer, cosign.Agreed, bool) {
	if v.stage != reading {
		return nil, v.agreed, false
	}
	signer := v.signer
	v.signer, v.stage, v.notice = nil, signing, notice{}
	return signer, v.agreed, true
}

// signed takes the approval that goes back.
func (v *visit) signed(number int, answer *handover, err error) {
	if number != v.number || v.stage != signing {
		return
	}
	if err != nil {
		v.back()
		v.notice = notice{err: err}
		return
	}
	v.stage, v.answer = delivered, answer
}

// tick locks a key that nothing was signed with.
func (v *visit) tick(now time.Time) {
	if v.signer != nil && now.After(v.until) {
		v.back()
		v.notice = notice{state: kit.Caution, what: kit.T("changes.timeout"), more: kit.T("changes.timeout.more", kit.Data{"Minutes": int(patience.Minutes())})}
	}
}

// ends is when nothing can come of the request any more.
func (v *visit) ends() time.Time { return v.in.Request.Time.Wall.Add(v.in.Request.ValidFor) }

// expiry says when that is, and how far it can be believed: the two clocks need not agree.
func (v *visit) expiry() string {
	text := kit.Moment(v.ends())
	if v.in.Late {
		text += ". " + kit.T("changes.elsewhere.late")
	}
	return text
}

// request is what the page shows of it, in the shape that lines are made from.
func (v *visit) request() change.Request {
	return change.Request{Request: v.in.Request, State: change.Waiting}
}

// toEnter lists the settings whose values are typed.
func (v *visit) toEnter(m *model) []statement.SetLine {
	if !v.in.Blind {
		return nil
	}
	return m.sorted(v.request())
}

// peer says in plain words how the console stands to this laptop.
func (v *visit) peer() (state kit.State, what, more string) {
	key := string(v.in.Continuity)
	switch {
	case v.refused():
		state = kit.Failed
	case !v.in.Known:
		state, key = kit.Caution, "first"
	case v.in.Continuity == cosign.Continues && !v.in.Behind:
		state = kit.Verified
	default:
		state, key = kit.Caution, string(cosign.Unproven)
	}
	if v.in.Behind && !v.refused() {
		key = "behind"
	}
	data := kit.Data{"Origin": v.in.Origin}
	return state, kit.T("changes.peer."+key, data), kit.T("changes.peer."+key+".more", data)
}

// lines are the settings as found; what is wanted is not in them while it has to be entered.
func (v *visit) lines(m *model) []line {
	r := v.request()
	var rows []line
	for _, l := range m.sorted(r) {
		row := line{Label: m.label(r.Driver.ID, l.ID), Found: m.quantity(r.Driver.ID, l, l.AsFound), Risk: kit.State(l.Risk.String()), Hidden: v.in.Blind}
		if row.Wanted = kit.T("changes.hidden"); !row.Hidden {
			row.Wanted = m.quantity(r.Driver.ID, l, l.Wanted)
		}
		rows = append(rows, row)
	}
	return rows
}
