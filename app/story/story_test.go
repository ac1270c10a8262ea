package story_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/app/ui/kit"
)

// The people and the device of the story.
const (
	robinsPassphrase = "robin practises"
	kimsPassphrase   = "kim practises too"
	idleMonitor      = "B355987654"
	busyMonitor      = "B355987655"
)

// TestTheStory is the whole product end to end: find a device, identify it, read it, change one setting with two persons,
// and see it in the audit log. `make demo` plays it and keeps the pictures.
func TestTheStory(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))

	s.discover()
	s.identify("bay1-capnostream", idleMonitor)
	s.readEverything()
	s.propose("EtCO2 high", "45", "Ward policy 2026-14")
	s.signIn("Robin Sample", robinsPassphrase)
	s.request(idleMonitor)
	s.secondPersonEnters("45", idleMonitor)
	s.writeIt(idleMonitor)
	s.see("Written, read back and found as wanted")
	s.picture("verified")
	s.lookAtTheLog()

	s.aDeviceOnAPatientIsLeftAlone()
	s.leave()
}

// discover waits until the serial ports and the announcements of the ward are in the list.
func (s *stage) discover() {
	s.t.Helper()
	for _, found := range []string{"bay1-capnostream", "bay2-capnostream", "Isolation room 3", "Medical gas, ward 4"} {
		s.find("row", found)
	}
	s.picture("devices")
	s.key("ctrl+f")
	s.write("bay1")
	s.gone("bay2-capnostream")
	s.picture("filtered")
	s.key("ctrl+a", "BackSpace")
	s.find("row", "bay2-capnostream")
}

// identify asks for consent and then the device, and ends on the device's page.
func (s *stage) identify(label, serial string) {
	s.t.Helper()
	s.click("button", "Devices")
	s.click("row", label)
	s.key("ctrl+i")
	s.see("Nothing has been sent yet")
	s.picture("consent")
	s.click("button", "Identify on "+label)
	s.see("SN " + serial)
	s.see("Ready")
}

func (s *stage) readEverything() {
	s.t.Helper()
	s.see("What the device reports now")
	s.picture("overview")
	s.click("tab", "Interfaces")
	s.find("row", "Capnostream host protocol")
	s.picture("interfaces")
	s.click("tab", "Configuration")
	s.find("row", "EtCO2 high, 50 mmHg")
	s.picture("configuration")
}

// propose stages a value with the keyboard and opens the review sheet.
func (s *stage) propose(setting, value, reason string) {
	s.t.Helper()
	s.click("row", setting)
	s.key("F2")
	s.focused("entry", setting)
	s.key("ctrl+a")
	s.enter(setting, value)
	s.see("1 staged")
	s.picture("staged")
	s.key("ctrl+shift+a")
	s.fill("Reason", reason)
	s.picture("review")
}

// request signs the request on the review sheet.
func (s *stage) request(serial string) {
	s.t.Helper()
	s.click("button", "Request 1 change to SN "+serial)
	s.see("It waits for a second person")
	s.picture("requested")
}

func (s *stage) signIn(name, passphrase string) {
	s.t.Helper()
	s.click("button", "Sign in")
	s.choose("Person", name)
	s.fill("Passphrase", passphrase)
	s.picture("sign-in")
	s.key("Return")
	s.gone("Who is there?")
	s.see(name)
}

// secondPersonEnters is the second person's part: their own passphrase, the value typed without seeing it, the statement
// read and signed.
func (s *stage) secondPersonEnters(value, serial string) {
	s.t.Helper()
	s.hidden(value + " mmHg")
	s.clickUntil("button", "Approve as second person", has("select", "Second person", ""))
	s.choose("Second person", "Kim Example")
	s.fill("Your passphrase", kimsPassphrase)
	s.picture("second-person")
	s.key("Return")
	s.find("entry", "EtCO2 high")
	s.hidden(value + " mmHg")
	s.focused("entry", "EtCO2 high")
	s.picture("blind-entry")
	s.enter("EtCO2 high", value)
	s.see("I entered these values myself and approve this change")
	s.picture("statement")
	s.click("button", "Sign approval for SN "+serial+" as Kim Example")
	s.see("Approved")
	s.picture("approved")
}

// hidden demands that nothing in the window shows these words.
func (s *stage) hidden(words string) {
	s.t.Helper()
	for _, i := range s.now().Items {
		if strings.Contains(i.Label+" "+i.Text, words) {
			s.t.Errorf("%s %q shows what the second person must not see", i.Role, i.Label)
		}
	}
}

// writeIt opens the sheet, on which the keyboard rests on the safe choice, and writes.
func (s *stage) writeIt(serial string) {
	s.t.Helper()
	s.click("button", "Write 1 change to SN "+serial)
	s.focused("button", "Cancel")
	s.picture("before-writing")
	s.click("button", "Write 1 change to SN "+serial)
}

func (s *stage) lookAtTheLog() {
	s.t.Helper()
	s.click("button", "Audit log")
	s.find("row", idleMonitor)
	s.picture("audit")
	s.click("button", "Verify")
	s.see("signed statements")
	s.picture("audit-verified")
}

// aDeviceOnAPatientIsLeftAlone has the same change agreed for the second monitor, which reports a (simulated) patient.
func (s *stage) aDeviceOnAPatientIsLeftAlone() {
	s.t.Helper()
	s.identify("bay2-capnostream", busyMonitor)
	s.until("a live value", func(now seen) bool {
		return slices.ContainsFunc(now.Items, func(i kit.Item) bool { return i.Role == "text" && strings.HasSuffix(i.Label, " mmHg") })
	})
	s.picture("patient")
	s.click("tab", "Configuration")
	s.propose("EtCO2 high", "45", "Ward policy 2026-14")
	s.request(busyMonitor)
	s.secondPersonEnters("45", busyMonitor)
	s.writeIt(busyMonitor)
	s.see("in use")
	s.picture("not-written-to-a-patient")
}
