package changes

import (
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/policy"
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
	if label, ok := m.labels[driver][id]; ok {
		return label
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
	for _, l := range m.sorted(r) {
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
	Note          string // of a setting with a rule of its own
}

// lines returns the settings of a request. Where values are hidden, no field holds one.
func (m *model) lines(r change.Request) []line {
	hidden := m.hidden(r)
	steps := map[drivers.SettingID]change.Step{}
	for _, s := range m.steps(r) {
		steps[s.ID] = s
	}
	var all []line
	for _, l := range m.sorted(r) {
		row := line{Label: m.label(r.Driver.ID, l.ID), Found: m.quantity(r.Driver.ID, l, l.AsFound), Risk: kit.State(l.Risk.String()), Hidden: hidden}
		if row.Wanted = kit.T("changes.hidden"); !hidden {
			row.Wanted = m.quantity(r.Driver.ID, l, l.Wanted)
		}
		if s, ok := steps[l.ID]; ok && !(m.writing(r.ID) && s.Outcome == change.NotSent) {
			row.Outcome, row.Left = state(s.Outcome), m.quantity(r.Driver.ID, l, s.AsLeft)
			row.Why = why(s)
		}
		if m.class(r, l) == policy.HighAlert {
			row.Note = kit.T("changes.high_alert", kit.Data{"Who": Rule(m.rules, policy.HighAlert)})
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
	if s.Restored != "" {
		text = strings.TrimSpace(text + " " + kit.T("changes.restored."+string(state(s.Restored))))
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
	if d.Serial == "" {
		return d.Model
	}
	return d.Model + " " + kit.T("identity.serial", kit.Data{"Serial": d.Serial})
}

// serialOf names the one device on buttons: its serial number, or the tag on it where it tells none.
func serialOf(d statement.Device, tag string) string {
	if d.Serial == "" {
		return kit.T("changes.asset", kit.Data{"Tag": tag})
	}
	return d.Serial
}

// story says in plain words where a request stands and what to do next.
func (m *model) story(r change.Request) (what, next string) {
	key := "changes.story." + string(r.State)
	switch {
	case r.State == change.Done && r.Accepted:
		key = "changes.story.accepted"
	case r.State == change.Done:
		key = "changes.story." + string(state(r.Outcome))
	case r.State == change.Returned && r.Why != "":
		key = "changes.story.returned.asked"
	case r.State == change.Superseded && r.Emergency() != "":
		key += ".emergency"
	case r.State == change.Approved && standing(r):
		key += ".template"
	case r.State == change.Approved && len(r.Approvals) > 1:
		key += ".many"
	case r.State == change.Waiting && (len(r.Approvals) > 0 || m.elsewhere(r)):
		key += ".more"
	case r.State == change.Waiting && r.Signer.ID == m.me.ID && r.Blind():
		key += ".own"
	case r.State == change.Waiting && r.Signer.ID == m.me.ID:
		key += ".own.open" // nothing is entered, so nothing is hidden
	}
	data := kit.Data{"Device": deviceName(r.Device), "Serial": r.Device.Serial, "Proposer": r.Signer.Name, "Why": m.reason(r),
		"Missing": m.wanted(r).sentence(len(r.Approvals) > 0), "Given": m.approvedBy(r)}
	return kit.T(key, data), kit.T(key+".next", data)
}

// sheet says what a write or a withdrawal will do, or how far a write is; what is "" where there is neither.
func (m *model) sheet(r change.Request) (state kit.State, what, more string) {
	data := kit.Data{"Device": deviceName(r.Device), "Serial": m.serial(r)}
	switch {
	case m.writing(r.ID) && m.writes[r.ID].reading:
		return kit.Applying, kit.T("changes.resolve.reading", data), kit.T("changes.resolve.reading.more")
	case m.writing(r.ID):
		what = kit.T("changes.write.checking", data)
		if done, steps := m.writes[r.ID].at(); len(steps) > 0 {
			what = kit.T("changes.write.progress", kit.Data{"Done": min(done+1, len(steps)), "Total": len(steps), "Serial": r.Device.Serial})
		}
		return kit.Applying, what, kit.T("changes.write.patience")
	case m.flow.act == apply && m.flow.stage == confirming:
		return kit.Caution, kit.T("changes.write.sheet", data), kit.T("changes.write.sheet.more")
	case m.flow.act == waive && m.flow.stage != resting:
		return kit.Caution, kit.T("changes.waive.sheet", data), kit.T("changes.waive.sheet.more")
	case m.flow.act == withdraw && m.flow.stage != resting:
		return kit.Caution, kit.T("changes.withdraw.sheet"), kit.T("changes.withdraw.sheet.more")
	}
	return "", "", ""
}

// reason returns why a request was refused or returned, in the words of who did; "" otherwise.
func (m *model) reason(r change.Request) string {
	if r.State == change.Refused || r.State == change.Returned {
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
func (m *model) meaning(text string, r statement.Request, until time.Time) []string {
	a, err := statement.ParseApproval([]byte(text))
	if err != nil {
		return nil
	}
	says := []string{kit.T("changes.meaning.who", kit.Data{"Name": a.Signer.Name}), kit.T("changes.meaning.device", kit.Data{"Device": deviceName(r.Device)})}
	for _, l := range a.Set {
		says = append(says, kit.T("changes.meaning.set", kit.Data{"Label": m.label(r.Driver.ID, l.ID),
			"Found": m.quantity(r.Driver.ID, l, l.AsFound), "Wanted": m.quantity(r.Driver.ID, l, l.Wanted)}))
	}
	if a.AssetTag != "" {
		says = append(says, kit.T("changes.meaning.asset", kit.Data{"Tag": a.AssetTag}))
	}
	says = append(says, kit.T("changes.meaning.asked", kit.Data{"Name": r.Signer.Name, "Reason": r.Reason}),
		kit.T("changes.meaning.once", kit.Data{"Time": until.Local().Format("15:04")}),
		kit.T("changes.meaning.log", kit.Data{"Size": strconv.FormatInt(a.Log.Size, 10)}))
	if a.Elsewhere.Origin != "" {
		says = append(says, kit.T("changes.meaning.elsewhere", kit.Data{"Origin": a.Elsewhere.Origin}))
	}
	return says
}

// who names a person with the role in which they signed.
func who(p statement.Person) string {
	return p.Name + " (" + kit.T("people.role."+p.Role) + ")"
}

// givenSo says who has approved so far.
func (m *model) givenSo(r change.Request) string {
	if len(r.Approvals) == 0 {
		return kit.T("changes.wants.none")
	}
	var names []string
	for _, g := range r.Approvals {
		names = append(names, who(g.Signer))
	}
	return kit.T("changes.wants.given", kit.Data{"Names": enumerate(names, "changes.and")})
}

// toEnter lists the settings whose values the next approver types: those of a blind request.
func (m *model) toEnter(r change.Request) []statement.SetLine {
	if !r.Blind() {
		return nil
	}
	return m.sorted(r)
}

// written says in a sentence what came of a write, for those who look elsewhere meanwhile.
func written(r change.Request, result change.Result, err error) (kit.State, string) {
	if err != nil {
		what, _, _ := kit.FaultText(err)
		return kit.Failed, kit.T("changes.written", kit.Data{"Serial": r.Device.Serial, "What": what})
	}
	return state(result.Outcome), kit.T("changes.written", kit.Data{"Serial": r.Device.Serial, "What": state(result.Outcome).Word()})
}
