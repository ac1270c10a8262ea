package changes

import (
	"strings"
	"testing"

	"countersign/internal/change"
	"countersign/internal/inventory"
)

func TestARequestIsReturnedToBeEditedAndProposedAgain(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.proposed(wants(high, secret))
	b.press("Return for edit …")
	if b.focus() != "What should be edited" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	b.types("The order says otherwise")
	b.types(kimPW)
	b.reload()
	if got := b.state(r.ID); got.State != change.Returned || !b.locked() {
		t.Fatalf("the request is %s, locked %v", got.State, b.locked())
	}
	b.says("The request was returned to Robin Sample to be edited: The order says otherwise")
	if b.saying("73519") {
		t.Error("the value is shown after the request was returned")
	}
	b.press("Edit and propose again …")
	if last := b.went[len(b.went)-1]; last.Screen != "again "+r.ID || last.ID != b.devices.all[0].Key() {
		t.Errorf("went to %v", b.went)
	}
	b.sits(b.kim, kimPW)
	if b.saying("Edit and propose again") {
		t.Error("somebody else may edit it")
	}
}

func TestCommentsAreListedAndTellNoHiddenValue(t *testing.T) {
	b := newBench(t)
	b.proposed(wants(high, secret))
	b.press("Sign in to comment …")
	if len(b.went) != 1 || b.went[0].Screen != "sign in" {
		t.Errorf("went to %v", b.went)
	}
	b.sits(b.robin, robinPW)
	say := func(text string) {
		b.screen.page.talk.entry.SetText(text)
		b.press("Add comment")
		b.reload()
	}
	say("Ask ward 4 first")
	b.says("Ask ward 4 first")
	if b.screen.page.talk.entry.Text != "" {
		t.Error("the comment is still in its line")
	}
	say("it is 73519 then")
	b.says("tells a value that somebody has yet to enter")
	b.screen.page.talk.entry.SetText("")
	if b.saying("73519") {
		t.Errorf("the value is on the page:\n%s", b.all())
	}
}

func TestASecondPersonAcceptsWhatTheDeviceTook(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	b.monitor.adjusts = true
	b.press(writeButton + " …")
	b.press(writeButton)
	b.says("The device holds another value than was wanted.")
	b.press("Accept what the device took …")
	if got := b.screen.page.names.name.Options; len(got) != 1 || got[0] != "Kim Example" {
		t.Errorf("offered: %v", got)
	}
	b.types("It only takes even values")
	b.types(kimPW)
	b.reload()
	if got := b.state(r.ID); !got.Accepted || !b.locked() {
		t.Errorf("accepted %v, locked %v", got.Accepted, b.locked())
	}
	b.says("a second person accepted it")
	if b.saying("Accept what the device took …") {
		t.Error("it can be accepted twice")
	}
}

func TestBothSignThatAPatientMayBeConnected(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	if b.saying("A patient may be connected …") {
		t.Error("a waiver is offered before the device said anything")
	}
	b.monitor.inUse = true
	b.press(writeButton + " …")
	b.press(writeButton)
	b.says("is in use")
	b.press("A patient may be connected …")
	b.says("Robin Sample, who asked for it, and the person who approved it both sign")
	if b.focus() != "Why it cannot wait until the patient is disconnected" {
		t.Errorf("the keyboard is at %q", b.focus())
	}
	b.types("The limit hides an alarm")
	b.types(robinPW)
	b.screen.page.names.focus()
	b.types("not Kim's")
	b.says("The passphrase is wrong.")
	b.types(robinPW)
	b.screen.page.names.focus()
	b.types(kimPW)
	b.reload()
	if got := b.state(r.ID); !got.Waived || !b.locked() || b.monitor.wrote != 0 {
		t.Fatalf("waived %v, locked %v, %d writes", got.Waived, b.locked(), b.monitor.wrote)
	}
	b.press(writeButton + " …")
	b.press(writeButton)
	if got := b.state(r.ID); got.Outcome != change.Verified {
		t.Errorf("outcome %q:\n%s", got.Outcome, b.all())
	}
}

// unknown makes a change whose outcome nobody knows.
func (b *bench) unknown() change.Request {
	b.Helper()
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	b.monitor.mute = true
	b.press(writeButton + " …")
	b.press(writeButton)
	b.reload()
	if got := b.state(r.ID); got.Outcome != change.Unknown {
		b.Fatalf("outcome %q", got.Outcome)
	}
	return r
}

func TestAnUnknownOutcomeIsSettledWhenTheDeviceComesBack(t *testing.T) {
	b := newBench(t)
	r := b.unknown()
	b.screen.tick()
	b.devices.all[0].State = inventory.Gone
	b.screen.tick()
	b.monitor.mute = false
	b.connects()
	b.screen.tick()
	if got := b.state(r.ID); got.Outcome != change.Verified || b.monitor.wrote != 1 {
		t.Errorf("outcome %q after %d writes", got.Outcome, b.monitor.wrote)
	}
	b.says("Written, read back and found as wanted.")
}

func TestAnUnknownOutcomeIsSettledByAButton(t *testing.T) {
	b := newBench(t)
	r := b.unknown()
	b.press("Read what the device holds")
	b.says("Unknown")
	b.monitor.mute, b.monitor.values[high] = false, 50
	b.press("Read what the device holds")
	if got := b.state(r.ID); got.Outcome != change.Rejected || b.monitor.wrote != 1 {
		t.Errorf("outcome %q after %d writes", got.Outcome, b.monitor.wrote)
	}
}

func TestAVerifiedChangeCanBecomeATemplate(t *testing.T) {
	b := newBench(t)
	b.connects()
	b.sits(b.robin, robinPW)
	r := b.approved(wants(high, 45))
	b.press(writeButton + " …")
	b.press(writeButton)
	b.press("Make a template …")
	if last := b.went[len(b.went)-1]; last.Screen != "keep "+r.ID {
		t.Errorf("went to %v", b.went)
	}
}

func TestTheReviewNamesWhoApprovedAndWhere(t *testing.T) {
	b := newBench(t)
	b.connects()
	r := b.approved(wants(high, 45))
	b.says("Kim Example (Nursing)")
	b.says("on this console")
	if code := b.state(r.ID).Code; strings.Count(code, "-") != 1 || len(code) != 9 {
		t.Errorf("the code is %q", code)
	}
	waiting := b.proposed(wants(low, 20))
	b.says(waiting.Code)
	b.says("Both laptops show the same code")
}
