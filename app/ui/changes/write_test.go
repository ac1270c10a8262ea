package changes

import (
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/inventory"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
)

func TestAnApprovedChangeIsWrittenFromASheet(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	b.press(writeButton + " …")
	b.says("is not treating a patient")
	b.says("50 mmHg")
	b.says("45 mmHg")
	if b.focus() != "Cancel" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	b.press(writeButton)
	b.says("Written, read back and found as wanted.")
	b.says("Verified")
	if got := b.state(r.ID); got.Outcome != change.Verified || b.monitor.values[high] != 45 {
		t.Errorf("outcome %q, the monitor holds %d", got.Outcome, b.monitor.values[high])
	}
	if b.saying(writeButton) {
		t.Error("it can be written twice")
	}
}

func TestASecondClickWritesNothing(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	executions := 0
	b.executing = func() {
		executions++
		b.screen.write()
		b.screen.page.begin(apply)
		b.screen.write()
		b.screen.Show(r.ID) // as if the person came back to the page
		b.screen.page.begin(apply)
		b.screen.write()
		b.says("Checking SN " + serial)
		if b.saying(writeButton) {
			t.Error("the button is there while it is being written")
		}
	}
	b.press(writeButton + " …")
	b.press(writeButton)
	if executions != 1 || b.monitor.wrote != 1 {
		t.Errorf("%d executions, %d writes", executions, b.monitor.wrote)
	}
}

func TestLeavingThePageDoesNotDropAWrite(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	b.executing = func() { b.show("") }
	b.press(writeButton + " …")
	b.press(writeButton)
	b.show(r.ID)
	b.says("Written, read back and found as wanted.")
}

func TestWhatHasToBeThereBeforeAWrite(t *testing.T) {
	b := newBench(t)
	b.approved(wants(high, 45))
	b.press("Sign in to write …")
	b.sits(b.kim, kimPW)
	b.says("Offline (not connected)")
	b.screen.page.begin(apply)
	if b.screen.model.flow.stage != resting {
		t.Error("there is a sheet without a device")
	}
	b.press("Open Devices to connect it")
	want := []shell.Route{{Screen: "sign in"}, {Screen: "devices"}}
	if len(b.went) != 2 || b.went[0] != want[0] || b.went[1] != want[1] {
		t.Errorf("went to %v", b.went)
	}
	b.connects()
	b.says(writeButton + " …")
}

func TestADeviceWithoutAConversationDoesNotCount(t *testing.T) {
	b := newBench(t)
	b.connects()
	r := b.approved(wants(high, 45))
	for state, counts := range map[inventory.State]bool{"discovered": false, "connecting": false, "gone": false, "silent": true, "busy": true} {
		b.devices.all[0].State = state
		if _, ok := b.screen.model.connected(r); ok != counts {
			t.Errorf("a device that is %s counts: %v", state, ok)
		}
	}
	b.devices.all[0].State = "ready"
	b.devices.all[0].Identity.Serial = "B1"
	if _, ok := b.screen.model.connected(r); ok {
		t.Error("another device counts")
	}
}

func TestAnUnknownOutcomeSaysWhatToDo(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	b.approved(wants(high, 45))
	b.monitor.mute = true
	b.press(writeButton + " …")
	b.press(writeButton)
	b.says("Nobody could read what the device holds: read it again before it is used.")
	b.says("Unknown")
	if b.saying("Verified") {
		t.Error("an unknown outcome looks verified")
	}
	b.says("Open device to read it again")
	phases := b.screen.model.phases(change.Request{State: change.Done, Outcome: change.Unknown})
	if applied := phases[2]; applied.State != kit.Unsure {
		t.Errorf("nobody knows whether it was applied, and it is shown as %q", applied.State)
	}
}

func TestARejectedSettingIsShownAsLeft(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	b.monitor.ignores = true
	b.press(writeButton + " …")
	b.press(writeButton)
	b.says("Rejected by device")
	lines := b.screen.model.lines(b.state(r.ID))
	if len(lines) != 1 || lines[0].Found != "50 mmHg" || lines[0].Wanted != "45 mmHg" || lines[0].Left != "50 mmHg" {
		t.Errorf("%+v", lines)
	}
}

func TestAnAttemptThatSentNothingIsExplained(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	b.approved(wants(high, 45))
	b.monitor.values[high] = 55 // somebody turned it at the device
	b.press(writeButton + " …")
	b.press(writeButton)
	b.says("has changed since the request.")
	b.says("Nothing was written.")
	if b.monitor.wrote != 0 {
		t.Errorf("%d writes", b.monitor.wrote)
	}
}

func TestTheQueueListsWhatWaitsFirst(t *testing.T) {
	b := newBench(t)
	b.connects()
	first := b.proposed(wants(high, 46))
	b.must(b.desk.Withdraw(t.Context(), b.robin, first.ID))
	b.approved(wants(high, 47))
	waiting := b.proposed(wants(low, 20))
	b.reload()
	b.show("")
	if got := b.screen.Waiting(); got != 2 {
		t.Errorf("%d can be acted on", got)
	}
	if top, _ := b.screen.queue.table.First(); top.request.ID != waiting.ID || top.expiry != "in 60 min" || top.settings != "EtCO2 low" {
		t.Errorf("first is %+v", top)
	}
	b.says("Waiting for a person (2)")
	b.screen.queue.look(all)
	b.screen.queue.table.SetFilter("withdrawn")
	if shown, all := b.screen.queue.table.Len(); shown != 1 || all != 3 {
		t.Errorf("%d of %d", shown, all)
	}
	b.screen.queue.table.SetFilter("")
	b.screen.queue.table.Focus()
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(b.went) != 1 || b.went[0] != (shell.Route{Screen: "changes", ID: waiting.ID}) {
		t.Errorf("went to %v", b.went)
	}
	b.clock.Advance(90 * time.Minute)
	b.screen.tick()
	if got := b.screen.Waiting(); got != 0 {
		t.Errorf("after their time %d can be acted on", got)
	}
}

func TestEveryStateHasItsStory(t *testing.T) {
	m := newModel(nil)
	states := []change.State{change.Waiting, change.Approved, change.Applying, change.Returned, change.Refused, change.Withdrawn, change.Expired, change.Superseded}
	outcomes := []change.Outcome{change.NotSent, change.Verified, change.Adjusted, change.Rejected, change.Unknown, change.Partial}
	var all []change.Request
	for _, s := range states {
		all = append(all, change.Request{State: s})
	}
	for _, o := range outcomes {
		all = append(all, change.Request{State: change.Done, Outcome: o})
	}
	for _, r := range all {
		what, next := m.story(r)
		if !strings.HasSuffix(what, ".") || !strings.HasSuffix(next, ".") || strings.Contains(what, "changes.") {
			t.Errorf("%s %s: %q %q", r.State, r.Outcome, what, next)
		}
		if word := m.standing(r).Word(); strings.HasPrefix(word, "state.") {
			t.Errorf("%s %s has no word", r.State, r.Outcome)
		}
		if phases := m.phases(r); len(phases) != 4 {
			t.Errorf("%s has %d stations", r.State, len(phases))
		}
	}
}

func TestHowLongIsLeft(t *testing.T) {
	issued := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	r := change.Request{State: change.Waiting, Issued: clock.Reading{Wall: issued}, Request: statement.Request{ValidFor: time.Hour}}
	for after, want := range map[time.Duration]string{0: "in 60 min", 8 * time.Minute: "in 52 min", 3570 * time.Second: "in 30 s", 2 * time.Hour: "time is over"} {
		if got := left(r, issued.Add(after)); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	r.State = change.Done
	if got := left(r, issued); got != "" {
		t.Errorf("a request that is over expires %q", got)
	}
}

func TestATokenIsWrittenWithItsUnit(t *testing.T) {
	m := newModel(nil)
	for _, c := range []struct{ token, unit, want string }{{"45", "mm[Hg]", "45 mmHg"}, {"4.5", "kPa", "4.5 kPa"}, {"-3", "Pa", "-3 Pa"},
		{`"two words"`, "1", "two words"}, {"on", "1", "on"}, {"", "mm[Hg]", ""}} {
		if got := m.quantity("any", statement.SetLine{ID: high, Unit: c.unit}, c.token); got != c.want {
			t.Errorf("%s in %s is %q, want %q", c.token, c.unit, got, c.want)
		}
	}
}

func TestACommandIsThereWhenItsButtonIs(t *testing.T) {
	b := newBench(t)
	b.connects()
	enabled := func() string {
		var ids []string
		for _, c := range b.screen.Commands() {
			if c.Enabled() {
				ids = append(ids, c.ID)
			}
		}
		return strings.Join(ids, " ")
	}
	if got := enabled(); got != "changes.elsewhere changes.view.for_me changes.view.mine changes.view.expiring changes.view.all" {
		t.Errorf("on the queue: %s", got)
	}
	b.sits(b.robin, robinPW)
	b.proposed(wants(high, 45))
	if got := enabled(); got != "changes.queue changes.approve changes.hand changes.take changes.elsewhere changes.refuse changes.return changes.withdraw" {
		t.Errorf("waiting: %s", got)
	}
	b.press(approveButton)
	if got := enabled(); got != "changes.queue changes.elsewhere" {
		t.Errorf("while approving: %s", got)
	}
	b.approved(wants(low, 20))
	if got := enabled(); got != "changes.queue changes.write changes.elsewhere changes.withdraw" {
		t.Errorf("approved: %s", got)
	}
	if kit.T(b.screen.Commands()[1].Label) == b.screen.Commands()[1].Label {
		t.Error("a command has no text")
	}
}
