package changes

import (
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// setting returns what is known of a setting of a request's driver.
func (m *model) setting(driver string, id drivers.SettingID) (drivers.Setting, bool) {
	s, ok := m.settings[driver][id]
	return s, ok
}

// label is what a setting is called on the device, or its ID where nobody has said.
func (m *model) label(driver string, id drivers.SettingID) string {
	if s, ok := m.setting(driver, id); ok {
		return s.Label
	}
	return string(id)
}

// names lists settings of the page's request by label.
func (m *model) names(ids []drivers.SettingID) string {
	r, _ := m.request()
	var names []string
	for _, id := range ids {
		names = append(names, m.label(r.Driver.ID, id))
	}
	return strings.Join(names, ", ")
}

// settingNames lists the settings of a request by label, never their values.
func (m *model) settingNames(r change.Request) string {
	var names []string
	for _, l := range r.Set {
		names = append(names, m.label(r.Driver.ID, l.ID))
	}
	return strings.Join(names, ", ")
}

// quantity writes a statement's token as people write it.
func (m *model) quantity(driver string, l statement.SetLine, token string) string {
	if token == "" {
		return ""
	}
	kinds := []drivers.Kind{drivers.Decimals, drivers.Text}
	if s, ok := m.setting(driver, l.ID); ok {
		kinds = append([]drivers.Kind{s.Kind}, kinds...)
	}
	for _, kind := range kinds {
		if v, err := statement.ParseToken(kind, token); err == nil {
			return kit.Quantity(v, l.Unit)
		}
	}
	return token
}

// line is one setting of a request as the page shows it.
type line struct {
	Label         string
	Found, Wanted string
	Hidden        bool // Wanted says that the value is not shown
	Left          string
	Outcome       kit.State // "" before there is one
	Why           string    // a sentence, where there is a reason
	Risk          kit.State
}

// lines returns the settings of a request. Where values are hidden, no field holds one.
func (m *model) lines(r change.Request) []line {
	hidden := m.hidden(r)
	steps := map[drivers.SettingID]change.Step{}
	for _, s := range m.steps(r) {
		steps[s.ID] = s
	}
	var all []line
	for _, l := range r.Set {
		row := line{Label: m.label(r.Driver.ID, l.ID), Found: m.quantity(r.Driver.ID, l, l.AsFound), Risk: kit.State(l.Risk.String()), Hidden: hidden}
		if row.Wanted = kit.T("changes.hidden"); !hidden {
			row.Wanted = m.quantity(r.Driver.ID, l, l.Wanted)
		}
		if s, ok := steps[l.ID]; ok && !(m.writing(r.ID) && s.Outcome == change.NotSent) {
			row.Outcome, row.Left = state(s.Outcome), m.quantity(r.Driver.ID, l, s.AsLeft)
			row.Why = why(s)
		}
		all = append(all, row)
	}
	return all
}

// why explains a setting's outcome in a sentence.
func why(s change.Step) string {
	text := ""
	if s.Fault != "" {
		text, _, _ = kit.FaultText(fault.New(s.Fault, "", nil))
	}
	if s.Outcome == change.Unknown {
		text = strings.TrimSpace(text + " " + kit.T("changes.unknown"))
	}
	return text
}

// state is the word for an outcome.
func state(o change.Outcome) kit.State { return kit.State(strings.ReplaceAll(string(o), " ", "_")) }

// standing is the one word for where a request stands: its outcome once there is one.
func (m *model) standing(r change.Request) kit.State {
	if r.State == change.Done && r.Outcome != "" {
		return state(r.Outcome)
	}
	return kit.State(r.State)
}

// left says how long something can still come of a request: "in 52 min"; "" for one that is over.
func left(r change.Request, now time.Time) string {
	if r.State != change.Waiting && r.State != change.Approved {
		return ""
	}
	rest := expires(r).Sub(now)
	switch {
	case rest <= 0:
		return kit.T("changes.left.over")
	case rest < time.Minute:
		return kit.N("changes.left.seconds", int(rest.Seconds()))
	}
	return kit.N("changes.left.minutes", int(rest.Minutes()))
}

func deviceName(d statement.Device) string {
	return d.Model + " " + kit.T("identity.serial", kit.Data{"Serial": d.Serial})
}

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
	case len(r.Approvals) > 0:
		last := r.Approvals[len(r.Approvals)-1]
		second.State, second.Detail = kit.Verified, last.Signer.Name+", "+last.Time.Wall.Local().Format("15:04")
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
	case len(r.Approvals) > 0: // approved and then expired, withdrawn or superseded
		applied.State, applied.Detail = word, word.Word()
	}
	if !r.State.Open() && r.State != change.Done {
		outcome.Detail = kit.T("changes.phase.nothing")
	}
	requested := phase{kit.T("changes.phase.requested"), r.Signer.Name + ", " + r.Issued.Wall.Local().Format("15:04"), kit.Verified}
	return []phase{requested, second, applied, outcome}
}

// story says in plain words where a request stands and what to do next.
func (m *model) story(r change.Request) (what, next string) {
	key := "changes.story." + string(r.State)
	switch {
	case r.State == change.Done:
		key = "changes.story." + string(state(r.Outcome))
	case r.State == change.Waiting && r.Signer.ID == m.me.ID && r.Blind():
		key += ".own"
	case r.State == change.Waiting && r.Signer.ID == m.me.ID:
		key += ".own.open" // nothing is entered, so nothing is hidden
	}
	data := kit.Data{"Device": deviceName(r.Device), "Serial": r.Device.Serial, "Proposer": r.Signer.Name, "Why": m.reason(r)}
	return kit.T(key, data), kit.T(key+".next", data)
}

// sheet says what a write or a withdrawal will do, or how far a write is; what is "" where there is neither.
func (m *model) sheet(r change.Request) (state kit.State, what, more string) {
	data := kit.Data{"Device": deviceName(r.Device), "Serial": r.Device.Serial}
	switch {
	case m.writing(r.ID):
		what = kit.T("changes.write.checking", data)
		if done, steps := m.writes[r.ID].at(); len(steps) > 0 {
			what = kit.T("changes.write.progress", kit.Data{"Done": min(done+1, len(steps)), "Total": len(steps), "Serial": r.Device.Serial})
		}
		return kit.Applying, what, kit.T("changes.write.patience")
	case m.flow.act == apply && m.flow.stage == confirming:
		return kit.Caution, kit.T("changes.write.sheet", data), kit.T("changes.write.sheet.more")
	case m.flow.act == withdraw && m.flow.stage != resting:
		return kit.Caution, kit.T("changes.withdraw.sheet"), kit.T("changes.withdraw.sheet.more")
	}
	return "", "", ""
}

// reason returns why a request was refused, in the words of who refused it; "" otherwise.
func (m *model) reason(r change.Request) string {
	if r.State == change.Refused {
		return r.Why
	}
	return ""
}

// attempt explains an execution that ended before anything was sent.
func (m *model) attempt(r change.Request) error {
	w := m.writes[r.ID]
	switch {
	case w != nil && !w.running && w.err != nil:
		return w.err
	case w == nil && r.State == change.Approved && r.Why != "":
		return fault.New(fault.Kind(r.Why), r.Device.Serial, nil)
	}
	return nil
}

// meaning says in plain words what a statement says. It is made from the text that will be signed, not from what the
// screen knows besides.
func (m *model) meaning(text string, r change.Request) []string {
	a, err := statement.ParseApproval([]byte(text))
	if err != nil {
		return nil
	}
	all := []string{kit.T("changes.meaning.who", kit.Data{"Name": a.Signer.Name}), kit.T("changes.meaning.device", kit.Data{"Device": deviceName(r.Device)})}
	for _, l := range a.Set {
		all = append(all, kit.T("changes.meaning.set", kit.Data{"Label": m.label(r.Driver.ID, l.ID),
			"Found": m.quantity(r.Driver.ID, l, l.AsFound), "Wanted": m.quantity(r.Driver.ID, l, l.Wanted)}))
	}
	return append(all, kit.T("changes.meaning.asked", kit.Data{"Name": r.Signer.Name, "Reason": r.Reason}),
		kit.T("changes.meaning.once", kit.Data{"Time": expires(r).Local().Format("15:04")}),
		kit.T("changes.meaning.log", kit.Data{"Size": strconv.FormatInt(a.Log.Size, 10)}))
}

// written says in a sentence what came of a write, for those who look elsewhere meanwhile.
func written(r change.Request, result change.Result, err error) (kit.State, string) {
	if err != nil {
		what, _, _ := kit.FaultText(err)
		return kit.Failed, kit.T("changes.written", kit.Data{"Serial": r.Device.Serial, "What": what})
	}
	return state(result.Outcome), kit.T("changes.written", kit.Data{"Serial": r.Device.Serial, "What": state(result.Outcome).Word()})
}
