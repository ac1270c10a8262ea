package story_test

import (
	"strconv"
	"testing"
)

// holdTime is how long the story holds a button that wants one second, in seconds.
const holdTime = "1.4"

// TestOnePersonActsAloneAndOthersReviewIt plays an emergency of somebody who is signed in: three interactions from the device's
// page to the first command, then more in the same session, its end, and what is asked of people afterwards.
func TestOnePersonActsAloneAndOthersReviewIt(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 low", "20")
	s.picture("staged-before-the-emergency")

	before := s.acts
	s.click("button", "Emergency change")
	s.until("the sheet", has("button", "Hold 1 s: Write EtCO2 low", ""))
	s.click("check", "Patient at risk")
	s.picture("armed")
	s.hold("button", "Hold 1 s: Write EtCO2 low")
	if took := s.acts - before; took != 3 {
		t.Errorf("%d interactions from the device's page to the first command", took)
	}
	s.see("written, read back and found as wanted")
	s.see("EMERGENCY")
	s.picture("written-alone")
	s.leave()
}

// stageValue stages a value of a setting on the device's page.
func (s *stage) stageValue(setting, value string) {
	s.t.Helper()
	s.key("ctrl+f")
	s.focused("entry", "Find a setting")
	s.enter("Find a setting", setting)
	s.until("the row", has("row", setting, "selected"))
	s.key("F2")
	s.focused("entry", setting)
	s.key("ctrl+a")
	s.enter(setting, value)
	s.see("staged")
}

// hold presses the mouse on a button and lets it go after more than a second.
func (s *stage) hold(role, words string) {
	s.t.Helper()
	x, y := s.find(role, words).Center()
	s.acts++
	s.xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "mousedown", "1", "sleep", holdTime, "mouseup", "1")
}
