package emergencies

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
)

func TestTheOverviewSaysWhetherTheConsoleIsReadyAndWhoWroteAlone(t *testing.T) {
	b := newBench(t, emergency(3*time.Hour, breakglass.ReviewDue), emergency(50*time.Hour, breakglass.AccountDue))
	b.wants("READY", "Emergency journal: writable.", "Sealed codes: 7 left.", "Last drill 3 days ago, took 14 s.",
		"30 days: 2 of 61 writes without a second person (3.2\u00a0%).", "Review due", "due in 21 h", "Account due", "overdue for 26 h",
		"One emergency has waited too long", "Patient at risk", "by the person")
	if b.sees("ask why") || b.sees("Make room") {
		t.Error("it warns of what is in order")
	}
	if got := b.view.Waiting(); got != 2 {
		t.Errorf("%d wait", got)
	}
	b.ratio = breakglass.Ratio{Site: share(people.Person{}, 5, 56), Persons: []breakglass.Share{share(robin, 5, 9), share(kim, 1, 99)}}
	b.view.Refresh()
	b.wants("(8.1\u00a0%).\nThat is more than 5\u00a0%: ask why.", "Robin Sample: 5 of 14 (35.7\u00a0%).")
	if b.sees("Kim Example: 1") {
		t.Error("it names somebody who seldom wrote alone")
	}
}

func TestTheReportIsShownAlsoWhereTheRecordCannotBeRead(t *testing.T) {
	b := newBench(t, emergency(3*time.Hour, breakglass.ReviewDue))
	b.err = fault.New(fault.LogBusy, "/data", nil)
	b.standing = Standing{Level: LevelEmergencyOnly, Items: []StandingItem{{Check: "record", Kind: fault.LogBusy, Detail: "locked"}, {Check: "codes", Detail: "not-printed"}}}
	b.view.Refresh()
	b.wants("EMERGENCY ONLY", "another console has it; records of an emergency wait in the emergency journal.", "The audit log is in use.", "Review due")
	b.tap("Sealed codes")
	b.tap("Start drill")
	if !slices.Equal(b.acts, []string{"codes", "drill"}) {
		t.Errorf("%v", b.acts)
	}
}

func TestRoomIsMadeWhereTheDiskIsFullAndThereIsAReserve(t *testing.T) {
	b := newBench(t)
	full := StandingItem{Check: "space", Detail: "below-1gb 812000000"}
	b.standing = Standing{Level: LevelDegraded, Items: []StandingItem{full, {Check: "ballast", Detail: "short 0"}}}
	b.view.Refresh()
	b.wants("DEGRADED", "Free space: 812 MB. Free some space.")
	if b.sees("Make room") {
		t.Error("a reserve that is gone is offered")
	}
	b.standing.Items[1] = StandingItem{Check: "ballast", OK: true}
	b.view.Refresh()
	b.fail = fault.New(fault.LogDenied, "/data", nil)
	b.tap("Make room (8 MiB reserve)")
	b.wants("The data folder cannot be written.")
	b.fail = nil
	b.tap("Make room (8 MiB reserve)")
	if b.sees("The data folder cannot be written.") || !slices.Equal(b.acts, []string{"room"}) || len(b.results) != 1 {
		t.Errorf("%v, %v", b.acts, b.results)
	}
}

func TestEnterOpensTheEmergencyThatTheFilterLeaves(t *testing.T) {
	due, drill := emergency(3*time.Hour, breakglass.ReviewDue), emergency(72*time.Hour, breakglass.NoReview)
	b := newBench(t, due, drill)
	b.wants("Drill")
	b.view.FocusFilter()
	b.view.list.filter.SetText("review due")
	b.view.list.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	b.view.list.table.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(b.opened) != 1 || b.opened[0] != (shell.Route{Screen: Screen, ID: due.ID}) {
		t.Fatalf("opened %v", b.opened)
	}
	b.wants("BG-7K3M-9QXT-2HWD", "EtCO2 high", "50 mmHg", "60 mmHg", "Verified", "Showed it with the personal key.")
}

func TestThePageTellsWhatAReaderMustKnow(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	e.Identity, e.Signed, e.ClockStepped, e.Unreadable, e.Extended = breakglass.Asserted, false, true, true, 2
	e.Superseded = []string{"01REQUESTabcdef"}
	e.Actions = append(e.Actions, breakglass.Action{N: 2, At: e.Ended, Steps: step("alarm.rr.high", "30", "35", "", "unknown", "silent")},
		breakglass.Action{N: 3, At: e.Ended, Steps: "no step"})
	b := newBench(t, e)
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.wants("Nobody proved to be Robin Sample.", "The clock had been set", "The label could not be read", "No. The record is chained", "2 times",
		"alarm.rr.high", "not read", "The device does not answer. Nobody knows what the device holds", "A signature does not hold.")
	b.tap("Request …abcdef")
	if at := b.opened[len(b.opened)-1]; at != (shell.Route{Screen: "changes", ID: "01REQUESTabcdef"}) {
		t.Errorf("opened %v", at)
	}
}

func TestWhoActedTellsWhatHappenedAndSignsIt(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	b := newBench(t, e)
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.tap("Read and sign the account")
	b.wants("Write what happened.")
	b.view.one.account.text.SetText("The alarm went off.\n  The limit was raised.")
	b.view.Refresh() // another record meanwhile: what was typed stays
	b.tap("Read and sign the account")
	b.wants("account The alarm went off. The limit was raised.", "signer "+robin.ID+" Robin Sample, technician", "the console adds a number")
	b.passphrase("wrong")
	b.wants("The passphrase is wrong.")
	b.passphrase("right " + robin.ID)
	if len(b.acts) != 1 || b.acts[0] != "account "+e.ID+" The alarm went off. The limit was raised." || b.signed[0][0] != robin.ID {
		t.Errorf("%v by %v", b.acts, b.signed)
	}
	if b.view.ceremony.Open() || b.view.one.account.told != (Told{By: robin.ID}) && b.view.one.account.told != (Told{}) {
		t.Errorf("what was typed is kept: %+v", b.view.one.account.told)
	}
}

func TestTwoReviewersSignOneAfterTheOther(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.ReviewDue)
	b := newBench(t, e)
	b.me = sam.ID
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	f := b.view.one.review
	b.wants("Two persons review it")
	if slices.ContainsFunc(f.who[0].pick.Options, func(o string) bool { return strings.Contains(o, "Robin") }) {
		t.Error("the person who acted can review")
	}
	b.tap("Read and sign the review")
	b.wants("Choose whether it was justified.", "Write why you find so.")
	f.finding.SetSelectedIndex(1)
	f.reason.SetText("A colleague was in house.")
	b.tap("Read and sign the review")
	b.wants("Not justified needs the number of an incident.")
	f.incident.SetText("INC-17")
	f.who[1].pick.SetSelectedIndex(2)
	b.tap("Read and sign the review")
	b.wants("Choose another person.")
	f.who[1].pick.SetSelectedIndex(1)
	b.tap("Read and sign the review")
	b.wants("finding unjustified", "incident INC-17", "It is followed up as incident INC-17.")
	b.passphrase("right " + sam.ID)
	if len(b.acts) != 0 {
		t.Fatal("it is recorded before the second has signed")
	}
	b.passphrase("right " + kim.ID)
	if len(b.acts) != 1 || b.acts[0] != "review "+e.ID+" unjustified A colleague was in house. INC-17" || !slices.Equal(b.signed[0], []string{sam.ID, kim.ID}) {
		t.Errorf("%v by %v", b.acts, b.signed)
	}
}

func TestOneReviewerIsEnoughWhereNobodyElseMay(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.ReviewDue)
	b := newBench(t, e)
	b.eligible = []people.Person{kim}
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.wants("One reviewer is enough: nobody but Kim Example may review it.", "Kim Example, Nursing")
	if b.sees("Together with") {
		t.Error("a second one is asked for")
	}
	b.eligible = nil
	b.view.Refresh()
	b.wants("Nobody here may review it.")
	if b.sees("Read and sign the review") {
		t.Error("nobody can sign, and the form is there")
	}
}

func TestAReviewerWhoHasSignedIsNotOfferedAgain(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.ReviewDue)
	e.Reviews = []breakglass.Given{{By: []statement.Person{kim.Stated()}, Finding: breakglass.Justified, Reason: "Nobody else was there.", At: e.Ended}}
	b := newBench(t, e)
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.wants("Kim Example (Nursing)", "Nobody else was there.", "One has reviewed it. Another one is still needed.")
	if got := b.view.one.review.who[0].pick.Options; len(got) != 1 || !strings.HasPrefix(got[0], "Sam Trial") {
		t.Errorf("offered are %v", got)
	}
}

func TestAnActThatFailsIsExplainedOnThePage(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.Reviewed)
	b := newBench(t, e)
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	b.fail = fault.New(fault.Silent, e.Device, nil)
	b.tap("Check the device now")
	b.wants("Capnostream 20 SN B355987654 does not answer.")
	b.fail = nil
	b.differ = []string{"EtCO2 high", "EtCO2 low"}
	b.tap("Check the device now")
	b.tap("Write the slip")
	if want := "Capnostream 20 SN B355987654 holds something else: EtCO2 high, EtCO2 low."; len(b.results) != 2 || b.results[0] != want || b.results[1] != "The slip is in /data/slip.html." {
		t.Errorf("%q", b.results)
	}
	if b.sees("does not answer") {
		t.Error("a failure stays after a success")
	}
}

func TestAPaperIsEnteredByTwoForATimeThatNothingElseAttests(t *testing.T) {
	b := newBench(t)
	b.tap("Enter from paper")
	b.wants("Nothing but two persons attests this.")
	p := b.view.paper
	b.tap("Read and sign")
	b.wants("Write at least one line, and at most 200.", "Write date and time like")
	if len(b.acts) != 0 || b.view.ceremony.Open() {
		t.Fatal("an empty sheet is taken")
	}
	p.about.SetText("BG-7K3M-9QXT-2HWD, Capnostream 20")
	p.lines.SetText("03:12 EtCO2 high 50, set to 60\n\n03:20 left as it was \n")
	p.times[0].SetText(now.Add(-6 * time.Hour).Local().Format("2006-01-02 15:04"))
	p.times[1].SetText(now.Add(-7 * time.Hour).Local().Format("2006-01-02 15:04"))
	p.who[0].pick.SetSelectedIndex(0)
	p.who[1].pick.SetSelectedIndex(1)
	b.tap("Read and sign")
	b.wants("This is before the beginning.")
	p.times[1].SetText(now.Add(-5 * time.Hour).Local().Format("2006-01-02 15:04"))
	b.tap("Read and sign")
	b.wants("line 03:20 left as it was", "nothing else attests what was done")
	b.passphrase("right " + robin.ID)
	b.passphrase("right " + kim.ID)
	want := "paper BG-7K3M-9QXT-2HWD, Capnostream 20 03:12 EtCO2 high 50, set to 60|03:20 left as it was 2026-11-25T03:30:00Z 2026-11-25T04:30:00Z"
	if len(b.acts) != 1 || b.acts[0] != want {
		t.Errorf("%v", b.acts)
	}
	if at := b.opened[len(b.opened)-1]; at != (shell.Route{Screen: Screen}) {
		t.Errorf("then %v is shown", at)
	}
}

func TestLeavingForgetsWhatWasTypedAndWipesTheKeys(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.ReviewDue)
	b := newBench(t, e)
	b.open(shell.Route{Screen: Screen, ID: e.ID})
	f := b.view.one.review
	f.finding.SetSelectedIndex(0)
	f.reason.SetText("Nobody else was there.")
	f.who[0].pick.SetSelectedIndex(0)
	f.who[1].pick.SetSelectedIndex(2)
	b.tap("Read and sign the review")
	b.passphrase("right " + kim.ID)
	if !b.view.Leave() || b.view.ceremony.Open() || f.reason.Text == "" {
		t.Error("Escape does not go back to the form")
	}
	b.open(shell.Route{Screen: Screen})
	if f.reason.Text != "" || f.verdict != (Verdict{}) || len(b.acts) != 0 {
		t.Errorf("kept %+v, did %v", f.verdict, b.acts)
	}
	if b.view.Leave() {
		t.Error("Escape has something to close on the overview")
	}
}

func TestAnEmergencyThatIsNotThereIsAFaultInThePage(t *testing.T) {
	b := newBench(t)
	b.open(shell.Route{Screen: Screen, ID: "nobody"})
	b.wants("was not found.")
	if b.sees("Read and sign") {
		t.Error("there is something to sign")
	}
	b.err = errors.New("odd")
	b.view.Refresh()
}

func TestEveryPageCanBeWorkedByKeyboardAndNamesItsParts(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.AccountDue)
	b := newBench(t, e)
	for _, id := range []string{"", e.ID, paperRoute} {
		b.open(shell.Route{Screen: Screen, ID: id})
		for _, pane := range b.view.Panes() {
			b.window.Canvas().Focus(pane)
			if b.window.Canvas().Focused() != pane {
				t.Errorf("%q: %T does not take the keyboard", id, pane)
			}
		}
		if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
			t.Errorf("%q: %+v have no name", id, unnamed)
		}
	}
	if got := b.view.Title(e.ID); got != "Emergencies" {
		t.Errorf("the title of a page that is not open is %q", got)
	}
}
