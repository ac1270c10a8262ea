package story_test

import (
	"testing"
	"time"
)

// What the pair's change may cost, in keys and clicks: 36 to stage it and ask for it with a reason of 19 letters, 33 to
// approve it with a passphrase of 17 and to write it, and two to spare for each.
const (
	proposeBudget = 38
	approveBudget = 35
)

// perAct is what one key takes somebody who types all day: 0.28 s is what the keystroke-level model gives an average typist.
const perAct = 280 * time.Millisecond

// TestAPractisedPairChangesThreeSettings counts what two people at one seat do to change three settings, from the list of
// settings to the verified outcome. The budget is in interactions, which no machine makes slower; the time is told beside
// it, as what the program took plus what people take, and is not judged here.
func TestAPractisedPairChangesThreeSettings(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("tab", "Configuration")
	s.find("row", "EtCO2 low, 15 mmHg")
	s.click("row", "EtCO2 low")
	s.until("the row", has("row", "EtCO2 low", "selected"))

	s.acts, s.waited = 0, 0
	for i, one := range []struct{ setting, value string }{{"EtCO2 low", "20"}, {"EtCO2 high", "45"}, {"FiCO2 high", "10"}} {
		if i > 0 {
			s.key("Down")
			s.until("the row", has("row", one.setting, "selected"))
		}
		s.key("F2")
		s.focused("entry", one.setting)
		s.enter(one.setting, one.value)
		s.until("the row", has("row", one.setting, "selected"))
	}
	s.see("3 staged")
	s.key("ctrl+shift+a")
	s.focused("entry", "Reason")
	s.enter("Reason", "Ward policy 2026-14")
	s.focused("button", "Request 3 changes to SN "+idleMonitor)
	s.picture("pair-review")
	s.key("Return")
	s.see("It waits for a second person")
	s.picture("pair-requested")
	proposed, first := s.acts, s.waited

	s.acts, s.waited = 0, 0
	s.key("ctrl+shift+s")
	s.focused("entry", "Your passphrase")
	s.write(kimsPassphrase)
	s.key("Return")
	for _, one := range []struct{ setting, value string }{{"EtCO2 low", "20"}, {"EtCO2 high", "45"}, {"FiCO2 high", "10"}} {
		s.focused("entry", one.setting)
		s.enter(one.setting, one.value)
	}
	s.see("I entered these values myself and approve this change")
	s.picture("pair-statement")
	s.focused("button", "Leave without signing")
	s.key("Tab", "Return")
	s.find("button", "Write 3 changes to SN "+idleMonitor)
	s.key("ctrl+shift+w")
	s.focused("button", "Cancel")
	s.key("Tab", "Return")
	s.see("Written, read back and found as wanted")
	s.picture("pair-verified")
	approved, second := s.acts, s.waited

	s.cost("asking for three settings", proposed, proposeBudget, first)
	s.cost("approving and writing them", approved, approveBudget, second)
	s.cost("all of it", proposed+approved, proposeBudget+approveBudget, first+second)
	s.leave()
}

// cost tells what something took, and fails the test where it took more keys and clicks than it may.
func (s *stage) cost(what string, acts, budget int, machine time.Duration) {
	s.t.Helper()
	s.t.Logf("%s: %d interactions (budget %d); machine %.1f s + %.2f s an interaction = %.1f s", what, acts, budget, machine.Seconds(),
		perAct.Seconds(), (machine + time.Duration(acts)*perAct).Seconds())
	if acts > budget {
		s.t.Errorf("%s takes %d interactions, more than %d", what, acts, budget)
	}
}
