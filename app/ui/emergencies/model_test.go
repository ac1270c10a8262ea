package emergencies

import (
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/people"
)

// outcomes are what the pre-flight can say of each check.
var outcomes = map[string][]StandingItem{
	"journal": {{Kind: fault.LogFull}, {Kind: fault.LogDenied}, {Kind: fault.LogBusy}}, "record": {{Detail: "opening"}, {Kind: fault.LogBusy}, {Kind: fault.LogFull}, {Kind: fault.LogBroken}, {Kind: fault.LogDenied}},
	"clock": {{OK: true, Detail: "unsynced"}, {Detail: "stepped"}}, "keys": {{Kind: fault.KeyFile}, {Detail: "exposed 2"}}, "codes": {{OK: true, Detail: "left 3"}, {Detail: "not-printed"}, {Detail: "none-left"}},
	"ballast": {{Detail: "short 77"}}, "space": {{OK: true, Detail: "below-2gb 1900000000"}, {Detail: "below-1gb 812000000"}},
	"mirror": {{OK: true, Detail: "not-set"}, {Kind: fault.LogDenied}, {Kind: fault.LogFull}}, "people": {{OK: true, Detail: "few 3"}, {Detail: "too-few 1"}},
}

func TestEveryOutcomeOfEveryCheckIsSaidInPlainWordsWithWhatToDo(t *testing.T) {
	for check, items := range outcomes {
		for _, item := range append(items, StandingItem{OK: true}, StandingItem{Kind: fault.Internal, Detail: "EIO"}) {
			item.Check = check
			c := item.check()
			all := c.Name + c.Words + c.Next
			if strings.Contains(all, "emergencies.") || strings.Contains(all, "{{") || strings.Contains(all, "EIO") || c.Words == "" {
				t.Errorf("%+v reads %q", item, all)
			}
			if !item.OK && (c.Next == "" || c.State == kit.Verified) || item.OK && c.State != kit.Verified && c.State != kit.Note {
				t.Errorf("%+v is %s, %q", item, c.State, c.Next)
			}
		}
	}
	if got := (StandingItem{Check: "codes", OK: true, Detail: "left 7 of 10"}).check().Words; got != "7 of 10 left." {
		t.Errorf("the codes are %q", got)
	}
	if got := (StandingItem{Check: "space", OK: true, Detail: "below-2gb 1900000000"}).check().Words; got != "1.9 GB." {
		t.Errorf("the room is %q", got)
	}
}

func TestEachLevelHasABigWordAndAShapeOfItsOwn(t *testing.T) {
	seen := map[kit.State]bool{}
	for level, want := range map[string]string{LevelReady: "READY", LevelDegraded: "DEGRADED", LevelEmergencyOnly: "EMERGENCY ONLY"} {
		state, word, means := Standing{Level: level}.Word()
		if word != want || means == "" || seen[state] {
			t.Errorf("%s: %s, %q, %q", level, state, word, means)
		}
		seen[state] = true
	}
	if _, word, _ := (Standing{}).Word(); word != "Checking …" {
		t.Errorf("before there is a report it says %q", word)
	}
}

func TestADrillIsDueAfterAWeek(t *testing.T) {
	for ago, want := range map[time.Duration]kit.State{time.Hour: kit.Verified, 7*24*time.Hour - time.Minute: kit.Verified, 7 * 24 * time.Hour: kit.Caution} {
		m := &Model{Now: now, Read: true, Known: Known{Drilled: now.Add(-ago)}}
		if state, words, next := m.DrillWords(); state != want || words == "" || next == "" {
			t.Errorf("%s ago: %s, %q, %q", ago, state, words, next)
		}
	}
	if state, words, _ := (&Model{Now: now, Read: true}).DrillWords(); state != kit.Caution || !strings.Contains(words, "20 seconds") {
		t.Errorf("before the first: %s, %q", state, words)
	}
}

func TestWhatWaitsLongestIsNamedFirst(t *testing.T) {
	m := &Model{Now: now}
	m.All = []breakglass.Emergency{emergency(30*time.Hour, breakglass.ReviewDue), emergency(80*time.Hour, breakglass.AccountDue), emergency(time.Hour, breakglass.ReviewDue),
		emergency(90*time.Hour, breakglass.Reviewed), emergency(90*time.Hour, breakglass.NoReview)}
	late := m.Late()
	if len(late) != 2 || late[0].State != breakglass.AccountDue || late[1].State != breakglass.ReviewDue {
		t.Errorf("%+v", late)
	}
	if due, overdue := m.Due(); due != 3 || overdue != 2 {
		t.Errorf("%d are due, %d overdue", due, overdue)
	}
}

func TestOnlyWhoActedOrBearsTheNameTells(t *testing.T) {
	double, gone := kim, robin
	double.Name, gone.ID, gone.Active = robin.Name, ident(9), false
	e := emergency(time.Hour, breakglass.AccountDue)
	all := []people.Person{robin, double, sam, gone}
	if got := tellers(e, all); len(got) != 1 || got[0].ID != robin.ID {
		t.Errorf("by key: %+v", got)
	}
	e.Identity, e.Actor.ID = breakglass.Asserted, ""
	if got := tellers(e, all); len(got) != 2 {
		t.Errorf("by name: %+v", got)
	}
}

func TestEveryWordOfARecordHasAText(t *testing.T) {
	for _, c := range breakglass.Categories() {
		if CategoryWord(c) == string(c) {
			t.Errorf("%s has no word", c)
		}
	}
	for _, how := range []breakglass.How{breakglass.Sealed, breakglass.Expired, breakglass.Locked, breakglass.Disconnected, breakglass.Quit, breakglass.Replaced, breakglass.Interrupted} {
		if HowWord(breakglass.Emergency{How: how}) == string(how) {
			t.Errorf("%s has no word", how)
		}
	}
	for _, id := range []breakglass.Identity{breakglass.ByKey, breakglass.ByCode, breakglass.Asserted, breakglass.AsBefore} {
		if words := IdentityWords(breakglass.Emergency{Identity: id, Code: 3}); strings.HasPrefix(words, "emergencies.") {
			t.Errorf("%s has no words", id)
		}
	}
	for _, s := range []breakglass.ReviewState{breakglass.Running, breakglass.Interruptedly, breakglass.AccountDue, breakglass.ReviewDue, breakglass.ReviewedByOne,
		breakglass.Reviewed, breakglass.NoReview} {
		if word := State(s).Word(); strings.HasPrefix(word, "state.") {
			t.Errorf("%s has no word", s)
		}
	}
	if got := PlaceWords("journal, log, mirror, oslog"); got != "emergency journal, audit log, second place, event log of the computer" {
		t.Errorf("the places are %q", got)
	}
	if got := PlaceWords("audit log, emergency journal, somewhere"); got != "audit log, emergency journal, somewhere" {
		t.Errorf("the places are %q", got)
	}
	if got := HowWord(breakglass.Emergency{How: "odd"}); got != "odd" {
		t.Errorf("a word that nobody foresaw reads %q", got)
	}
}

func TestAnAccountOfSeveralLinesBecomesOne(t *testing.T) {
	if got := OneLine("  The alarm\n\twent off. \r\n Twice.\u00a0"); got != "The alarm went off. Twice." {
		t.Errorf("%q", got)
	}
	if p := (Told{Text: strings.Repeat("x ", 300), By: "r"}).Problems(); p[InAccount] == "" {
		t.Error("a text that no statement takes is accepted")
	}
}

func TestAReviewWithAllThatItNeedsHasNoProblem(t *testing.T) {
	good := Verdict{Finding: breakglass.Unjustified, Reason: "A colleague was there.", Incident: "INC-17", By: [2]string{"k", ""}}
	if p := good.Problems(); p != (Problems{}) {
		t.Errorf("%v", p)
	}
	bad := good
	bad.Incident, bad.By = "", [2]string{}
	if p := bad.Problems(); p[InIncident] == "" || p[InFirst] == "" || p[InSecond] != "" {
		t.Errorf("%v", p)
	}
	bad.Finding = breakglass.Justified
	if p := bad.Problems(); p[InIncident] != "" {
		t.Errorf("a justified one needs an incident: %v", p)
	}
}

func TestAWriteWithoutAnOutcomeIsUnknownUnlessItIsBeingWritten(t *testing.T) {
	a := breakglass.Action{N: 1, Steps: step("alarm.etco2.high", "50", "60", "", "not sent", "")}
	for state, want := range map[breakglass.ReviewState]kit.State{breakglass.Running: kit.Applying, breakglass.Interruptedly: kit.Unsure, breakglass.AccountDue: kit.Unsure} {
		lines, err := ActionLines(breakglass.Emergency{State: state}, a, nil)
		if err != nil || len(lines) != 1 || lines[0].Outcome != want || lines[0].Label != "alarm.etco2.high" || (lines[0].Why != "") != (want == kit.Unsure) {
			t.Errorf("%s: %+v, %v", state, lines, err)
		}
	}
}

func TestAnEmergencyThatNobodyClosedSaysHowItIsClosed(t *testing.T) {
	s := Subject{Found: true, Is: breakglass.Emergency{State: breakglass.Interruptedly}}
	if words := toldWords(s); !strings.Contains(words, "Start Countersign") || s.CanAccount() || s.CanReview() {
		t.Errorf("%q", words)
	}
	s.Is.State = breakglass.Running
	if words := toldWords(s); words != "The emergency has not ended." {
		t.Errorf("%q", words)
	}
}
