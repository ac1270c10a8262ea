package emergencies

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// word splits the detail of a check into its word and the number behind it. An error's text is no word.
func (i StandingItem) word() (word string, n int64) {
	if i.Kind != "" {
		return "", 0
	}
	word, count, _ := strings.Cut(i.Detail, " ")
	number, _, _ := strings.Cut(count, " ")
	n, _ = strconv.ParseInt(number, 10, 64)
	return word, n
}

// Check is one line of the report in plain words.
type Check struct {
	State       kit.State
	Name, Words string
	Next        string // what to do; "" where nothing is to be done
	Codes       bool   // the page of the sealed codes helps
}

// notes are the words of checks that are in order and still worth a remark.
var notes = map[string]bool{"below-2gb": true, "few": true, "unsynced": true, "not-set": true}

// Checks are the lines of the report.
func (s Standing) Checks() []Check {
	checks := make([]Check, 0, len(s.Items))
	for _, i := range s.Items {
		checks = append(checks, i.check())
	}
	return checks
}

func (i StandingItem) check() Check {
	word, n := i.word()
	c := Check{State: kit.Verified, Name: kit.T("emergencies.check." + i.Check), Codes: i.Check == "codes" && !i.OK}
	switch {
	case !i.OK && i.Check == "record":
		c.State = kit.Failed
	case !i.OK:
		c.State = kit.Caution
	case notes[word]:
		c.State = kit.Note
	}
	key := "emergencies.check." + i.Check + "." + cmp.Or(strings.ReplaceAll(word, "-", "_"), string(i.Kind), "ok")
	_, count, _ := strings.Cut(i.Detail, " ") // "7", or "7 of 10"
	count = strings.Replace(count, " of ", " "+kit.T("emergencies.of")+" ", 1)
	data := kit.Data{"N": n, "Count": count, "Room": room(n)}
	if c.Words = kit.T(key, data); c.Words == key { // nobody foresaw it: the failure says it in general
		c.Words = kit.T("emergencies.check.other.ok")
		if !i.OK {
			c.Words, _, c.Next = kit.FaultText(fault.New(cmp.Or(i.Kind, fault.Internal), "", nil))
		}
		return c
	}
	if next := kit.T(key+".next", data); next != key+".next" {
		c.Next = next
	}
	return c
}

// room writes a number of bytes as people speak of disks.
func room(bytes int64) string {
	switch {
	case bytes >= 1_000_000_000:
		return fmt.Sprintf("%d.%d GB", bytes/1_000_000_000, bytes%1_000_000_000/100_000_000)
	case bytes >= 1_000_000:
		return fmt.Sprintf("%d MB", bytes/1_000_000)
	}
	return fmt.Sprintf("%d kB", bytes/1000)
}

// Word is the one big word of the report, with the state that gives its shape, and what it means.
func (s Standing) Word() (state kit.State, word, means string) {
	state = kit.Caution
	switch s.Level {
	case LevelReady:
		state = kit.Verified
	case LevelEmergencyOnly:
		state = kit.Failed
	case "":
		return kit.Busy, kit.T("emergencies.level.reading"), ""
	}
	key := "emergencies.level." + strings.ReplaceAll(s.Level, "-", "_")
	return state, kit.T(key), kit.T(key + ".means")
}

// DrillWords say when somebody last practised.
func (m *Model) DrillWords() (state kit.State, words, next string) {
	data := kit.Data{"Time": span(m.Now.Sub(m.Drilled)), "Took": took(m.Took)}
	switch {
	case !m.Read:
		return kit.Note, kit.T("emergencies.reading"), ""
	case m.Drilled.IsZero():
		return kit.Caution, kit.T("emergencies.drill.none"), kit.T("emergencies.drill.none.next")
	case m.Took > 0:
		state, words = kit.Verified, kit.T("emergencies.drill.last.took", data)
	default:
		state, words = kit.Verified, kit.T("emergencies.drill.last", data)
	}
	if m.DrillDue() {
		return kit.Caution, words, kit.T("emergencies.drill.due")
	}
	return state, words, kit.T("emergencies.drill.next")
}

func took(d time.Duration) string {
	return kit.T("emergencies.seconds", kit.Data{"N": int(d.Round(time.Second) / time.Second)})
}

// Line is a sentence with its state.
type Line struct {
	State kit.State
	Words string
}

// RatioLines say how often somebody wrote alone: the site first, then persons with more than a site should let pass.
func (m *Model) RatioLines() []Line {
	site := m.Ratio.Site
	data := func(s breakglass.Share) kit.Data {
		return kit.Data{"Days": breakglass.RatioDays, "Alone": s.Alone, "All": s.Alone + s.Normal, "Percent": percent(s), "Name": s.Person.Name,
			"Limit": fmt.Sprintf("%d\u00a0%%", breakglass.AlarmShare/10)}
	}
	if !m.Read {
		return []Line{{kit.Note, kit.T("emergencies.reading")}}
	}
	if site.Alone+site.Normal == 0 {
		return []Line{{kit.Note, kit.T("emergencies.ratio.none", data(site))}}
	}
	lines := []Line{{kit.Verified, kit.T("emergencies.ratio.site", data(site))}}
	if site.Alarm() {
		lines[0] = Line{kit.Caution, kit.T("emergencies.ratio.site", data(site)) + "\n" + kit.T("emergencies.ratio.alarm", data(site))}
	}
	for _, s := range m.Ratio.Persons {
		if s.Alarm() {
			lines = append(lines, Line{kit.Caution, kit.T("emergencies.ratio.person", data(s))})
		}
	}
	return lines
}

func percent(s breakglass.Share) string {
	return fmt.Sprintf("%d.%d\u00a0%%", s.Tenths()/10, s.Tenths()%10)
}

// State is the kit's state for where an emergency stands.
func State(s breakglass.ReviewState) kit.State {
	return kit.State(strings.ReplaceAll(string(s), "-", "_"))
}

// CategoryWord says why the glass was broken.
func CategoryWord(c breakglass.Category) string { return worded("emergencies.category.", string(c)) }

// HowWord says in which way an emergency ended; a running one's is that it runs.
func HowWord(e breakglass.Emergency) string {
	if !e.Over() && e.How == "" {
		return kit.T("emergencies.how.open")
	}
	return worded("emergencies.how.", string(e.How))
}

// roleWord names a role for people. One that we have no word for is shown as it is.
func roleWord(role string) string {
	key := "people.role." + role
	if word := kit.T(key); word != key {
		return word
	}
	return role
}

// worded is the text of a word of the record. One that we have no text for is shown as it is.
func worded(prefix, word string) string {
	key := prefix + strings.NewReplacer("-", "_", " ", "_").Replace(word)
	if text := kit.T(key); text != key {
		return text
	}
	return word
}

// DueWords say until when a review is due, or since when.
func DueWords(e breakglass.Emergency, now time.Time) string {
	switch e.State {
	case breakglass.AccountDue, breakglass.ReviewDue, breakglass.Interruptedly:
	default:
		return ""
	}
	if e.Overdue {
		return kit.T("emergencies.overdue", kit.Data{"Time": span(now.Sub(e.Due))})
	}
	return kit.T("emergencies.due", kit.Data{"Time": span(e.Due.Sub(now))})
}

// span is a length of time in the one unit that people would use.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return kit.N("emergencies.days", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return kit.T("emergencies.hours", kit.Data{"N": int(d / time.Hour)})
	case d < time.Minute:
		return kit.T("emergencies.moment")
	}
	return kit.T("emergencies.minutes", kit.Data{"N": int(d / time.Minute)})
}

// IdentityWords say how it is known who acted.
func IdentityWords(e breakglass.Emergency) string {
	return kit.T("emergencies.identity."+string(e.Identity), kit.Data{"N": e.Code})
}

// Facts are the head of an emergency's page, in two columns: who and why, and when and where.
func Facts(e breakglass.Emergency, now time.Time) (who, when []kit.Pair) {
	signed := kit.T("emergencies.signed.no")
	if e.Signed {
		signed = kit.T("emergencies.signed.yes")
	}
	ended := HowWord(e)
	if e.Over() {
		ended = kit.T("emergencies.ended.at", kit.Data{"Moment": kit.Moment(e.Ended), "How": HowWord(e)})
	}
	who = []kit.Pair{
		{Key: "emergencies.fact.receipt", Value: e.Receipt},
		{Key: "emergencies.fact.who", Value: e.Actor.Name + ". " + IdentityWords(e)},
		{Key: "emergencies.fact.signed", Value: signed},
		{Key: "emergencies.fact.why", Value: CategoryWord(e.Category)},
	}
	when = []kit.Pair{
		{Key: "emergencies.fact.opened", Value: kit.Moment(e.Opened)},
		{Key: "emergencies.fact.ended", Value: ended},
		{Key: "emergencies.fact.places", Value: PlaceWords(e.Sinks)},
		{Key: "emergencies.fact.station", Value: e.Workstation},
	}
	if e.Extended > 0 {
		when = append(when, kit.Pair{Key: "emergencies.fact.extended", Value: kit.N("emergencies.times", e.Extended)})
	}
	if e.Drift != "" {
		who = append(who, kit.Pair{Key: "emergencies.fact.drift", Value: worded("emergencies.drift.", e.Drift)})
	}
	return who, when
}

// PlaceWords name the places that have the records.
func PlaceWords(sinks string) string {
	var names []string
	for s := range strings.SplitSeq(sinks, ", ") {
		if s != "" {
			names = append(names, worded("emergencies.place.", s))
		}
	}
	return strings.Join(names, ", ")
}

// Cautions are what a reader must know about an emergency besides.
func Cautions(e breakglass.Emergency) []string {
	var all []string
	for _, c := range []struct {
		is  bool
		key string
	}{{e.Drill, "drill"}, {e.ClockStepped, "clock"}, {e.Unreadable, "label"}, {e.Identity == breakglass.Asserted, "asserted"}, {e.Finding == breakglass.Unjustified, "unjustified"},
		{e.LongOverdue, "long"}} {
		if c.is {
			all = append(all, kit.T("emergencies.caution."+c.key, kit.Data{"Name": e.Actor.Name}))
		}
	}
	return all
}

// SettingLine is one setting that was written, as the page and the slip show it.
type SettingLine struct {
	Label, Found, Wanted, Left string
	Outcome                    kit.State // Applying while it is written, Unsure where the console ended before it was known
	Why                        string
	Risk                       kit.State
}

// ActionLines are the settings of one write. A record that cannot be read is a fault.
func ActionLines(e breakglass.Emergency, a breakglass.Action, setting func(breakglass.Emergency, drivers.SettingID) (drivers.Setting, bool)) ([]SettingLine, error) {
	steps, err := change.ParseSteps(a.Steps)
	if err != nil {
		return nil, fault.New(fault.Signature, "", err)
	}
	lines := make([]SettingLine, 0, len(steps))
	for _, s := range steps {
		known, ok := drivers.Setting{}, false
		if setting != nil {
			known, ok = setting(e, s.ID)
		}
		l := SettingLine{Label: string(s.ID), Outcome: kit.State(strings.ReplaceAll(string(s.Outcome), " ", "_")), Risk: kit.State(s.Risk.String())}
		kinds := []drivers.Kind{drivers.Decimals, drivers.Text}
		if ok {
			l.Label, kinds = known.Label, append([]drivers.Kind{known.Kind}, kinds...)
		}
		l.Found, l.Wanted, l.Left = quantity(kinds, s.Unit, s.AsFound), quantity(kinds, s.Unit, s.Wanted), quantity(kinds, s.Unit, s.AsLeft)
		switch {
		case a.Outcome == "" && e.State == breakglass.Running:
			l.Outcome = kit.Applying
		case a.Outcome == "":
			l.Outcome = kit.Unsure
		}
		if s.Fault != "" {
			l.Why, _, _ = kit.FaultText(fault.New(s.Fault, "", nil))
		}
		if l.Outcome == kit.Unsure {
			l.Why = strings.TrimSpace(l.Why + " " + kit.T("emergencies.unknown"))
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// quantity writes a record's token as people write it.
func quantity(kinds []drivers.Kind, unit, token string) string {
	if token == "" {
		return ""
	}
	for _, kind := range kinds {
		if v, err := statement.ParseToken(kind, token); err == nil {
			return kit.Quantity(v, unit)
		}
	}
	return token
}

// ReviewLines say what reviewers found.
func ReviewLines(e breakglass.Emergency) []Line {
	var lines []Line
	for _, r := range e.Reviews {
		var names []string
		for _, p := range r.By {
			names = append(names, p.Name+" ("+roleWord(p.Role)+")")
		}
		line := Line{kit.Verified, kit.T("emergencies.reviewed."+r.Finding, kit.Data{"Names": strings.Join(names, kit.T("emergencies.and")),
			"Moment": kit.Moment(r.At), "Reason": r.Reason, "Incident": r.Incident})}
		if r.Finding == breakglass.Unjustified {
			line.State = kit.Failed
		}
		lines = append(lines, line)
	}
	return lines
}
