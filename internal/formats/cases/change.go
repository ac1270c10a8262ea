package cases

import (
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Change is one request with all that is shown of it.
type Change struct {
	ID        string
	Request   Place // its own record; not there where the bundle does not show it
	Last      Place // the last record about it
	Name      string
	Device    statement.Device
	AssetTag  string
	Proposer  leaf.Actor
	Reason    string
	Ticket    string
	Template  bool // approved beforehand by a template
	Settings  []Setting
	More      int // settings that whoever was told it has left out since
	Approvals []Approval
	Differed  int    // blind entries that differed
	State     string // as in the window: "waiting", "done"; "" where the records do not say
	Why       string
	Outcome   string // "" before there is one
	Begun     Place  // before the first byte was written
	Ended     Place  // what came of it
	Resolved  bool   // an outcome that was unknown was read later
	Waived    bool   // two persons accepted that a patient may be connected
	Accepted  bool   // somebody accepted what the device took instead
	number    int
	size      int // of the records
}

// Setting is one setting of a change with what came of it. Values are tokens as in statements.
type Setting struct {
	ID, AsFound, Wanted, Unit, Risk    string
	ReadBack, Outcome, Fault, Restored string
}

// Approval is the consent of one person.
type Approval struct {
	Place
	By      leaf.Actor
	Channel string        // "co-located", "other-device", "hardware-key"
	After   time.Duration // since the request; see Timed
	Timed   bool
	Blind   bool // the approver entered the values without seeing them
	Stated  bool // the approval's statement could be read
}

// Attempted says whether writing began.
func (c *Change) Attempted() bool { return c.Begun.There || c.Ended.There }

// Unseen stands for a value that a second person has yet to enter without seeing it.
const Unseen = "(not shown before a second person has entered it)"

// Shown is the wanted value of a setting as reports may show it: as on the screens, nobody reads there what they would have to
// enter blind. The signed request in the log has it.
func (c *Change) Shown(s *Setting) string {
	if s.Risk == drivers.Clinical.String() && c.Request.There && len(c.Approvals) == 0 && !c.Template && !c.Attempted() {
		return Unseen
	}
	return s.Wanted
}

// Open says whether something of it is still to be expected, as far as the records say.
func (c *Change) Open() bool { return !c.settled() || c.State == "" }

// settled says whether nothing more can come of it.
func (c *Change) settled() bool {
	switch c.State {
	case "returned", "refused", "withdrawn", "expired", "superseded":
		return true
	case "done":
		adjusted := slices.ContainsFunc(c.Settings, func(s Setting) bool { return s.Outcome == "adjusted" && s.Restored != "verified" })
		return c.Outcome != "unknown" && c.Outcome != "" && (!adjusted || c.Accepted)
	}
	return false
}

// ends says into which state a record takes its request.
var ends = map[string]string{
	"change.returned": "returned", "change.refused": "refused", "change.withdrawn": "withdrawn", "change.expired": "expired",
	"change.superseded": "superseded", "change.intent": "applying", "change.outcome": "done", "change.resolved": "done",
}

// begins are the kinds that say enough of a request to be told without it.
var begins = map[string]bool{
	"change.requested": true, "change.approved": true, "change.returned": true, "change.refused": true, "change.withdrawn": true,
	"change.expired": true, "change.superseded": true, "change.intent": true, "change.outcome": true, "change.resolved": true,
	"change.accepted": true,
}

func (r *Reader) change(record *formats.Record) {
	id, ok := record.Body.Text("request")
	if !ok {
		return
	}
	c := r.changes[id]
	if c == nil {
		if !begins[record.Kind] {
			return
		}
		c = &Change{ID: strings.Clone(id)}
		r.remember(c)
	}
	c.Last = placeOf(record)
	c.size, r.kept.size = c.size+len(record.Bytes), r.kept.size+len(record.Bytes)
	switch record.Kind {
	case "change.requested":
		delete(r.of[c.Name], c.ID)
		c.request(record)
		r.onDevice(c)
	case "change.approved":
		r.approve(c, record)
	case "change.mismatch":
		c.Differed++
	case "change.waived":
		c.Waived = true
	case "change.accepted":
		c.Accepted = true
	case "change.stopped":
		c.Why = text(record, "why")
	case "change.intent":
		c.Begun = c.Last
		c.steps(record)
	case "change.outcome", "change.resolved":
		c.Ended, c.Outcome, c.Resolved = c.Last, text(record, "outcome"), record.Kind == "change.resolved"
		c.steps(record)
	}
	if to, ok := ends[record.Kind]; ok {
		c.State, c.Why = to, text(record, "why")
	}
	if c.settled() {
		r.tell(c)
	}
	for r.kept.size > maxKept {
		id, found := r.kept.oldest(r.isKept)
		if !found {
			return
		}
		r.tell(r.changes[id])
	}
}

func (r *Reader) isKept(id string) bool { return r.changes[id] != nil }

func (c *Change) request(record *formats.Record) {
	c.Request, c.Name, c.State, c.Proposer = c.Last, text(record, "device"), "waiting", actorOf(record.Actor)
	if template, _ := record.Body.Text("template"); template != "" {
		c.Template, c.State = true, "approved"
	}
	s, ok := Signed(record.Stmt).(statement.Request)
	if !ok {
		return
	}
	c.Proposer, c.Device, c.AssetTag = personOf(s.Signer), deviceOf(s.Device), strings.Clone(s.AssetTag)
	c.Reason, c.Ticket = strings.Clone(s.Reason), strings.Clone(s.Ticket)
	c.Settings = settingsOf(s.Set)
}

func settingsOf(lines []statement.SetLine) []Setting {
	all := make([]Setting, 0, len(lines))
	for _, l := range lines {
		all = append(all, settingOf(l))
	}
	return all
}

func settingOf(l statement.SetLine) Setting {
	return Setting{ID: strings.Clone(string(l.ID)), AsFound: strings.Clone(l.AsFound), Wanted: strings.Clone(l.Wanted), Unit: strings.Clone(l.Unit), Risk: l.Risk.String()}
}

func (r *Reader) approve(c *Change, record *formats.Record) {
	a := Approval{Place: c.Last, By: actorOf(record.Actor), Channel: text(record, "channel")}
	if a.Channel == "" {
		a.Channel = "co-located" // before there was a choice
	}
	a.After, a.Timed = Between(c.Request, a.Place)
	if s, ok := Signed(record.Stmt).(statement.Approval); ok {
		a.By, a.Stated = personOf(s.Signer), true
		a.Blind = slices.ContainsFunc(s.Set, func(l statement.SetLine) bool { return l.Risk == drivers.Clinical })
		if !c.Request.There && len(c.Settings) == 0 {
			c.Settings = settingsOf(s.Set)
		}
	}
	if enough, _ := record.Body.Text("enough"); enough != "no" && (c.State == "waiting" || c.State == "") {
		c.State = "approved"
	}
	c.Approvals = append(c.Approvals, a)
	if r.told.Approval != nil {
		r.told.Approval(c, &a)
	}
}

// steps takes in what a record says of each setting.
func (c *Change) steps(record *formats.Record) {
	if steps := stepsOf(record); len(steps) > 0 {
		c.Settings = steps
	}
}

func stepsOf(record *formats.Record) []Setting {
	steps, _ := record.Body.Text("steps")
	return parseSteps(strings.Clone(steps))
}

// parseSteps reads one line a setting: its set line, a tab, the value as left, a tab, outcome and fault, and, where it was set
// back, what came of that. A line that is none is kept as it is.
func parseSteps(text string) (all []Setting) {
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		set, err := statement.ParseSetLine(fields[0])
		s := settingOf(set)
		if err != nil {
			s = Setting{ID: fields[0]}
		}
		for i, into := range []*string{&s.ReadBack, &s.Outcome, &s.Fault, &s.Restored} {
			if i+1 < len(fields) {
				*into = fields[i+1]
			}
		}
		all = append(all, s)
	}
	return all
}

// supersede ends requests that something else than a record of their own ended.
func (r *Reader) supersede(record *formats.Record, why string, among map[string]*Change) {
	for _, c := range inOrder(among) {
		if c.State != "waiting" && c.State != "approved" {
			continue
		}
		c.State, c.Why, c.Last = "superseded", why, placeOf(record)
		r.tell(c)
	}
}

// inOrder are changes by their first records.
func inOrder(changes map[string]*Change) []*Change {
	return slices.SortedFunc(maps.Values(changes), func(a, b *Change) int { return a.number - b.number })
}

// remember keeps a change until it is told.
func (r *Reader) remember(c *Change) {
	r.number++
	c.number = r.number
	r.changes[c.ID] = c
	r.kept.add(c.ID, len(r.changes), r.isKept)
}

// onDevice files a change under its device.
func (r *Reader) onDevice(c *Change) {
	if r.of[c.Name] == nil {
		r.of[c.Name] = map[string]*Change{}
	}
	r.of[c.Name][c.ID] = c
}

// tell passes a change on and forgets it.
func (r *Reader) tell(c *Change) {
	delete(r.changes, c.ID)
	r.kept.size -= c.size
	if of := r.of[c.Name]; of != nil {
		if delete(of, c.ID); len(of) == 0 {
			delete(r.of, c.Name)
		}
	}
	if r.told.Change != nil {
		r.told.Change(c)
	}
}
