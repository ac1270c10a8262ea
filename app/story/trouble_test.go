package story_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWhatGoesWrongIsSaidInTheWindow plays the bad day: a wrong passphrase, a blind entry that differs, and another device
// on the port after two persons agreed. Each is a sentence on the page, and nothing is written.
func TestWhatGoesWrongIsSaidInTheWindow(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.click("tab", "Configuration")
	s.find("row", "EtCO2 high, 50 mmHg")
	s.propose("EtCO2 high", "45", "Ward policy 2026-14")

	s.click("button", "Sign in")
	s.choose("Person", "Robin Sample")
	s.fill("Passphrase", "not his passphrase")
	s.key("Return")
	s.see("The passphrase is wrong")
	s.picture("wrong-passphrase")
	s.write(robinsPassphrase) // what was typed is selected, and the choice of the person is kept
	s.key("Return")
	s.gone("Who is there?")
	s.request(idleMonitor)

	s.clickUntil("button", "Approve as second person", has("select", "Second person", ""))
	s.choose("Second person", "Kim Example")
	s.fill("Your passphrase", kimsPassphrase)
	s.key("Return")
	s.focused("entry", "EtCO2 high")
	s.enter("EtCO2 high", "54")
	s.see("differs from the request")
	s.hidden("45 mmHg")
	s.picture("mismatch")
	s.click("entry", "EtCO2 high")
	s.key("ctrl+a")
	s.enter("EtCO2 high", "45")
	s.click("button", "Sign approval for SN "+idleMonitor+" as Kim Example")

	s.ward("fault", idleMonitor, "swap")
	s.writeIt(idleMonitor)
	s.see("is not the one that was expected")
	s.picture("another-device")
	s.leave()
}

// TestAConsoleThatNobodySetUpReadsUntilTwoPersonsEnrol plays the first start in real mode.
func TestAConsoleThatNobodySetUpReadsUntilTwoPersonsEnrol(t *testing.T) {
	s := raise(t)
	s.see("Until then this console is read-only")
	s.picture("set-up")
	s.founds()
	s.signIn("Alex Berg", "correct horse battery")
	s.click("button", "Audit log")
	s.find("row", "Two persons enrolled")
	s.picture("first-records")
	s.leave()
}

// TestASecondConsoleSaysThatTheRecordIsTakenAndGoesOnWhenItIsFree starts two consoles on one data folder. The second one is of use
// in an emergency, and becomes the whole console by itself.
func TestASecondConsoleSaysThatTheRecordIsTakenAndGoesOnWhenItIsFree(t *testing.T) {
	first := raise(t)
	first.see("Until then this console is read-only")
	second := *first
	second.outline = filepath.Join(t.TempDir(), "outline.json")
	second.launch()
	second.see("Another Countersign has it open")
	second.see("Countersign is open already")
	second.see("An emergency is possible all the same")
	second.picture("the-first-console-came-to-the-front")
	if err := first.console.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := first.console.Wait(); err != nil {
		t.Errorf("the first console ended with %v", err)
	}
	second.see("Until then this console is read-only")
	second.leave()
}
