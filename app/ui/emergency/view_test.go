package emergency

import (
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"

	"fyne.io/fyne/v2"
)

func TestTheShortestWayIsTheButtonAReasonAndOneHold(t *testing.T) {
	b := newBench(t) // 1: the button, or Ctrl+Shift+E
	const hold = "Hold 1 s: Write EtCO2 low 30 -> 20 mmHg to SN B355987654"
	b.sees("Oridion Capnostream 20", "SN B355987654", "As Robin Sample, technician, signed with your key", "30 mmHg", "20 mmHg", "Clinical", "Choose a reason first.")
	if b.state(hold) != "disabled" {
		t.Error("it can be held without a reason")
	}
	b.letter("1") // 2: the reason
	if b.state("Patient at risk") != "checked" || b.state(hold) != "focused" {
		t.Errorf("the reason is %q, the button %q", b.state("Patient at risk"), b.state(hold))
	}
	b.holdSpace(9)
	if len(b.armed) != 0 {
		t.Fatal("it armed before a second was over")
	}
	b.result.Change = change.Result{Outcome: change.Verified, Steps: []change.Step{step("etco2.low", "30", "20", "20", change.Verified)}}
	b.holdSpace(12) // 3: the hold
	if len(b.armed) != 1 || b.armed[0].Category != PatientAtRisk || b.armed[0].Key != port || len(b.armed[0].Changes) != 1 || b.armed[0].Person != "" {
		t.Fatalf("armed %+v", b.armed)
	}
	b.sees("Verified: written, read back and found as wanted.", "Verified", "Write down: BG-7K3M-9QXT-2HWD, Capnostream 20 SN B355987654, 10:41. Recorded in: emergency journal, audit log")
	b.lacks("Hold 1 s", "Patient at risk", "Send again")
	if b.unstaged != 1 || b.state("To the device's page") != "focused" {
		t.Errorf("unstaged %d times", b.unstaged)
	}
	b.press(fyne.KeyReturn)
	if b.back != 1 {
		t.Error("it does not lead to the device")
	}
}

func TestWhoIsNotSignedInSaysWhoAndMayLeaveTheSecretEmpty(t *testing.T) {
	b := newBench(t, func(b *bench) { b.signer, b.persons = "", []Person{{"p1", "Robin Sample"}, {"p2", "Kim Example"}} })
	b.sees("needs a passphrase or sealed code", "Passphrase or sealed code: every setting may be written. Empty:")
	b.letter("2")
	if b.state("Hold 1 s") != "disabled" || b.window.Canvas().Focused() != fyne.Focusable(b.view.who) {
		t.Error("who acts is not asked")
	}
	b.view.who.SetSelectedIndex(1)
	b.letter("quiet words")
	b.sees("may be written", "With the passphrase or a sealed code every setting may be written")
	b.lacks("needs a passphrase")
	b.press(fyne.KeyReturn)
	b.fault = fault.New(fault.Passphrase, "Kim Example", nil)
	b.holdSpace(12)
	if len(b.armed) != 1 || b.armed[0].Person != "p2" || b.armed[0].Secret != "quiet words" || b.armed[0].Category != DeviceUnusable {
		t.Fatalf("armed %+v", b.armed)
	}
	if b.view.secret.Text != "" {
		t.Error("the secret is still there")
	}
	b.sees("The passphrase is wrong.", "Hold 1 s: Write EtCO2 low")
	if b.state("Device unusable") != "checked" {
		t.Error("a wrong passphrase costs the reason")
	}
	b.fault = nil
	if b.window.Canvas().Focused() != fyne.Focusable(b.view.secret) {
		t.Error("it is not asked for again")
	}
	b.press(fyne.KeyReturn)
	b.holdSpace(12)
	if len(b.armed) != 2 || b.armed[1].Secret != "" {
		t.Errorf("armed %+v", b.armed)
	}
}

func TestWithoutProofOnlyTheSafeSideAndWhatWasApprovedAreSaidToBeAllowed(t *testing.T) {
	b := newBench(t, func(b *bench) {
		b.signer = ""
		b.staged = []drivers.Change{low(20), {Setting: "etco2.high", Wanted: drivers.IntegerValue(50)}}
	})
	b.sees("Your name", "needs a passphrase or sealed code", "may be written: towards the safe side")
	b.letter("3")
	b.letter("  Alex   Night ")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyReturn)
	if b.state("Hold 1 s: Write 2 settings to SN B355987654") != "focused" {
		t.Error("the page refuses what it has no right to refuse")
	}
	b.holdSpace(12)
	if len(b.armed) != 1 || b.armed[0].Name != "Alex Night" || b.armed[0].Person != "" {
		t.Errorf("armed %+v", b.armed)
	}
	b = newBench(t, func(b *bench) { b.signer, b.approved = "", "20" })
	b.sees("may be written: approved before")
}

func TestWhatWasTypedIsForgottenWhenThePageIsLeft(t *testing.T) {
	b := newBench(t, func(b *bench) { b.signer, b.persons = "", []Person{{"p1", "Robin Sample"}} })
	b.letter("4")
	if b.window.Canvas().Focused() != fyne.Focusable(b.view.secret) {
		t.Error("the only person there is has to be chosen")
	}
	b.letter("quiet words")
	b.tap("The label cannot be read")
	b.view.serials[0].SetText("B355987654")
	if b.Leave() {
		t.Error("Escape does not back out")
	}
	b.Hide()
	if b.view.secret.Text != "" || b.view.serials[0].Text != "" || b.model.category != "" || b.model.secret {
		t.Error("something is left")
	}
	b.show(port)
	if b.state("Other") == "checked" || b.state("The label cannot be read") == "checked" || len(b.armed) != 0 {
		t.Error("the page comes back filled in")
	}
}

func TestALabelThatCannotBeReadIsTypedTwice(t *testing.T) {
	b := newBench(t)
	b.letter("1")
	b.tap("The label cannot be read")
	b.sees("Type the serial number twice.")
	b.letter("B355987654")
	b.press(fyne.KeyReturn)
	b.letter("B355987655")
	b.sees("The two serial numbers differ.")
	b.view.serials[0].SetText("B355987655")
	b.sees("The device says that it is B355987654")
	b.view.serials[0].SetText("b355987654")
	b.view.serials[1].SetText(" B355987654 ")
	b.press(fyne.KeyReturn)
	b.holdSpace(12)
	if len(b.armed) != 1 || !b.armed[0].Unreadable {
		t.Errorf("armed %+v", b.armed)
	}
}

func TestNothingStagedOpensTheEmergencyAlone(t *testing.T) {
	b := newBench(t, func(b *bench) { b.staged, b.inUse = nil, true })
	b.sees("Nothing is staged: holding opens the emergency", "The device reports that it is in use.", "Hold 1 s: Open emergency on SN B355987654")
	b.letter("1")
	b.holdSpace(12)
	b.sees("The emergency is open: 15:00 left.", "Write down: BG-7K3M")
	if b.unstaged != 0 || len(b.results) != 1 {
		t.Errorf("unstaged %d, told %v", b.unstaged, b.results)
	}
	b.Hide()
	b.staged = []drivers.Change{low(25)}
	b.show(port)
	b.sees("Write EtCO2 low 30 -> 25 mmHg to SN B355987654")
	b.lacks("Hold 1 s", "Patient at risk", "As Robin Sample")
	if b.state("Back to the device") != "focused" {
		t.Error("a key that was meant for something else writes")
	}
	b.tap("Write EtCO2 low")
	if len(b.wrote) != 1 || len(b.armed) != 1 {
		t.Errorf("wrote %v", b.wrote)
	}
}

func TestAWriteThatIsUnderWaySaysHowFarItIsAndIsNotLeftByEscape(t *testing.T) {
	b := newBench(t, func(b *bench) {
		b.staged = append(b.staged, drivers.Change{Setting: "volume", Wanted: drivers.IntegerValue(50)})
	})
	b.meanwhile = func(progress change.Progress) {
		b.sees("Checking SN B355987654")
		progress(1, []change.Step{step("etco2.low", "30", "20", "20", change.Verified), step("volume", "40", "50", "", change.NotSent)})
		b.look()
		b.sees("Writing to SN B355987654 and reading back, setting 2 of 2", "A write that has begun cannot be cancelled", "Verified")
		b.lacks("Not sent", "Back to the device")
		if !b.Leave() {
			t.Error("Escape leaves in the middle of a write")
		}
		if _, _, again := b.model.arm(""); again {
			t.Error("it can be asked for twice")
		}
	}
	b.letter("1")
	b.holdSpace(12)
	if len(b.armed) != 1 {
		t.Errorf("armed %d times", len(b.armed))
	}
}

func TestWhatMayNotHaveArrivedIsSentAgainOnlyByAnActOfItsOwn(t *testing.T) {
	b := newBench(t, func(b *bench) {
		b.staged = append(b.staged, drivers.Change{Setting: "volume", Wanted: drivers.IntegerValue(50)})
	})
	b.result.Change = change.Result{Outcome: change.Unknown, Steps: []change.Step{step("etco2.low", "30", "20", "20", change.Verified), step("volume", "40", "50", "", change.Unknown)}}
	b.letter("1")
	b.holdSpace(12)
	b.sees("Unknown: nobody could read what the device holds now.", "Look at the screen of SN B355987654 before it is used.", "Send again: Write Alarm volume 40 -> 50 % to SN B355987654",
		"Nobody could read what the device holds")
	if b.state("To the device's page") != "focused" {
		t.Error("what is sent again has the keyboard")
	}
	b.devices[0].Read = nil // it is forgotten once something was written
	b.look()
	b.tap("Send again")
	if len(b.wrote) != 1 || len(b.wrote[0]) != 1 || b.wrote[0][0].Setting != "volume" {
		t.Fatalf("sent again: %v", b.wrote)
	}
	b.open = false
	b.look()
	b.lacks("Send again")
	if more := b.model.outcome().more; !strings.Contains(more, "The emergency is over") {
		t.Errorf("it says %q", more)
	}
}

func TestAReceiptThatOnlyTheScreenHasIsLargeAndStays(t *testing.T) {
	b := newBench(t)
	b.result.Lost, b.result.Took = true, nil
	b.letter("1")
	b.holdSpace(12)
	b.sees("Nothing could be recorded. Write this down now:", "BG-7K3M-9QXT-2HWD", "Capnostream 20 SN B355987654, 10:41.")
	code, _ := b.item("BG-7K3M-9QXT-2HWD")
	if told, _ := b.item("The emergency is open: 15:00 left."); code.H < 30 || code.Y > told.Y {
		t.Errorf("the code is %d high at %d, below what else is said at %d", code.H, code.Y, told.Y)
	}
	b.Hide()
	b.show(port)
	b.sees("BG-7K3M-9QXT-2HWD")
	b.tap("I have written it down")
	b.show(port)
	b.lacks("BG-7K3M-9QXT-2HWD")
}

func TestAnEmergencyOnAnotherDeviceIsNamed(t *testing.T) {
	b := newBench(t, func(b *bench) {
		b.open, b.session = true, Session{Key: otherPort, Device: "Capnostream 20 SN B111", Code: "BG-1", Tier: TierKey, Left: 7*time.Minute + 5*time.Second}
	})
	b.sees("An emergency is open on Capnostream 20 SN B111, 7:05 left.", "Opening one here seals that one.", "Hold 1 s")
}

func TestADeviceIsChosenFromTheListOrByItsSerialNumber(t *testing.T) {
	b := newBench(t, func(b *bench) {
		stranger := unit("serial:///dev/ttyUSB2", "")
		stranger.Driver, stranger.Identity = nil, drivers.Identity{}
		b.devices = append(b.devices, stranger)
	})
	b.show("")
	b.sees("On which device?", "Scan or type a serial number")
	if got := len(b.model.identified()); got != 2 {
		t.Errorf("%d devices can be chosen", got)
	}
	b.letter("B999")
	b.press(fyne.KeyReturn)
	b.sees("No identified device has the serial number B999.")
	b.pick.serial.SetText("")
	b.letter(" b111 ") // a scanner ends in Enter, too
	b.press(fyne.KeyReturn)
	if len(b.routes) != 1 || b.routes[0].ID != otherPort {
		t.Errorf("opened %v", b.routes)
	}
	b.devices[0].Identity.Serial = "B111"
	b.look()
	if _, problem := b.model.find("B111"); problem == "" {
		t.Error("one of two is taken at random")
	}
}

func TestADeviceThatIsNotThereOrTellsNoSerialNumberIsTold(t *testing.T) {
	b := newBench(t, func(b *bench) { b.devices[1].Identity.Serial = "" })
	b.show("serial:///dev/nowhere")
	b.lacks("Hold 1 s", "Patient at risk")
	if b.state("Back to the device") != "focused" {
		t.Error("there is no way back")
	}
	b.show(otherPort)
	b.letter("1")
	b.letter("A-77")
	b.press(fyne.KeyReturn)
	if b.state("Hold 1 s: Write EtCO2 low 30 -> 20 mmHg to tag A-77") != "focused" {
		t.Error("the tag does not name it")
	}
	b.holdSpace(12)
	if len(b.armed) != 1 || b.armed[0].Tag != "A-77" {
		t.Errorf("armed %+v", b.armed)
	}
}

func TestAnotherDeviceOnTheSameLineEndsTheHold(t *testing.T) {
	b := newBench(t)
	b.letter("1")
	h := b.view.hold
	h.KeyDown(&fyne.KeyEvent{Name: fyne.KeySpace})
	h.Beat(100 * time.Millisecond)
	b.devices = []inventory.Device{unit(port, "B222")}
	b.look()
	if h.Held() {
		t.Error("what is held is another device now")
	}
	b.sees("Hold 1 s: Write EtCO2 low 30 -> 20 mmHg to SN B222")
}
