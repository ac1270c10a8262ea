package story_test

import (
	"testing"
)

// TestTheWholeWayIsWalkedByKeyboard finds, identifies, reads, proposes, approves and writes without the mouse.
func TestTheWholeWayIsWalkedByKeyboard(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.find("row", "bay1-capnostream")

	s.key("ctrl+f")
	s.focused("entry", "Filter devices")
	s.enter("Filter devices", "bay1")
	s.until("the row", has("row", "bay1-capnostream", "selected"))
	s.key("ctrl+i")
	s.see("Nothing has been sent yet")
	s.tabTo("button", "Identify on bay1-capnostream")
	s.key("space")
	s.see("SN " + idleMonitor)

	s.find("tab", "Configuration")
	s.key("ctrl+Tab", "ctrl+Tab")
	s.find("row", "EtCO2 high, 50 mmHg")
	s.key("ctrl+f")
	s.focused("entry", "Find a setting")
	s.enter("Find a setting", "EtCO2 high")
	s.until("the row", has("row", "EtCO2 high", "selected"))
	s.key("F2")
	s.focused("entry", "EtCO2 high")
	s.key("ctrl+a")
	s.enter("EtCO2 high", "45")
	s.see("1 staged")
	s.key("ctrl+shift+a")
	s.focused("entry", "Reason")
	s.write("Ward policy 2026-14")

	s.tabTo("button", "Sign in …")
	s.key("space")
	s.signsIn("Person", "Robin Sample", "Passphrase", robinsPassphrase)
	s.see("Robin Sample · Technician")
	s.tabTo("button", "Request 1 change")
	s.key("space")
	s.see("It waits for a second person")

	s.key("ctrl+shift+s")
	s.signsIn("Second person", "Kim Example", "Your passphrase", kimsPassphrase)
	s.focused("entry", "EtCO2 high")
	s.enter("EtCO2 high", "45")
	s.see("I entered these values myself and approve this change")
	s.tabTo("button", "Sign approval")
	s.key("space")
	s.find("button", "Write 1 change to SN "+idleMonitor)
	s.key("ctrl+shift+w")
	s.focused("button", "Cancel")
	s.tabTo("button", "Write 1 change to SN "+idleMonitor)
	s.key("space")
	s.see("Written, read back and found as wanted")
	s.picture("by-keyboard")
	s.leave()
}

// tabTo presses Tab until an item has the keyboard.
func (s *stage) tabTo(role, words string) {
	s.t.Helper()
	s.find(role, words)
	for range 40 {
		if _, ok := s.within(settled, has(role, words, "focused")); ok {
			return
		}
		s.key("Tab")
	}
	s.focused(role, words)
}

// signsIn chooses a person and types the passphrase.
func (s *stage) signsIn(list, person, entry, passphrase string) {
	s.t.Helper()
	s.tabTo("select", list)
	for down := 1; down <= 3; down++ { // the list opens, and the arrow keys go through it
		s.key("Down")
		s.until("the list of persons", has("menu", person, ""))
		for range down {
			s.key("Down")
		}
		s.key("Return")
		if _, ok := s.within(settled, has("select", person, "")); ok {
			break
		}
	}
	s.until(person+" chosen", has("select", person, ""))
	s.tabTo("entry", entry)
	s.write(passphrase)
	s.key("Return")
}
