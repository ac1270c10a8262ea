package story_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestAnEmergencyIsOpenedByKeyboardAlone stages a value, opens the emergency, gives the reason and holds the space bar.
func TestAnEmergencyIsOpenedByKeyboardAlone(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.key("ctrl+Tab", "ctrl+Tab")
	s.stageValue("EtCO2 low", "20")

	before := s.acts
	s.key("ctrl+shift+e")
	s.until("the reasons with the keyboard", has("check", "Patient at risk", "focused"))
	s.key("1")
	s.focused("button", "Hold 1 s: Write EtCO2 low")
	s.picture("reason-by-keyboard")
	s.holdSpace("EMERGENCY – 1")
	if took := s.acts - before; took != 3 {
		t.Errorf("%d keys from the device's page to the first command", took)
	}
	s.see("written, read back and found as wanted")
	s.picture("held-by-keyboard")
	s.leave()
}

// TestSomebodyWhoCannotSignInOpensAnEmergencyWithASealedCode has two people print codes and lock the console. One code opens one
// emergency; without a code only what is safer can be written.
func TestSomebodyWhoCannotSignInOpensAnEmergencyWithASealedCode(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	code := s.printsCodes()
	s.key("ctrl+l")
	s.see("Not signed in")
	s.toTheDevice("bay1-capnostream")
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 high", "55")

	before := s.acts
	s.click("button", "Emergency change")
	s.see("needs a passphrase or sealed code")
	s.picture("nobody-signed-in")
	s.click("check", "Patient at risk")
	s.choose("Who acts", "Kim Example")
	s.focused("entry", "Passphrase or sealed code")
	s.write(code)
	s.see("may be written")
	s.picture("code-typed")
	s.hold("Write EtCO2 high", "EMERGENCY – 1")
	const list = 1 // what choosing from one takes besides
	if took := s.acts - before - len(code) + 1 - list; took > 5 {
		t.Errorf("%d interactions: the button, the reason, the person, the code, the hold", took)
	}
	s.see("written, read back and found as wanted")
	s.picture("written-by-code")
	s.click("button", "To the device's page")
	s.click("button", "Emergency change")
	s.see("Opened with a sealed code")
	s.picture("within-by-code")
	s.click("button", "Seal now")
	s.gone("EMERGENCY –")

	s.theSameCodeIsRefused(code)
	s.withoutASecretOnlySaferValues()
	s.click("button", "Emergencies")
	s.find("row", "Account due")
	s.picture("emergencies-without-signing-in")
	s.leave()
}

// theSameCodeIsRefused types a code that was used: a sentence, and nothing is opened.
func (s *stage) theSameCodeIsRefused(code string) {
	s.t.Helper()
	s.toTheDevice("bay1-capnostream")
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 high", "60")
	s.click("button", "Emergency change")
	s.click("check", "Patient at risk")
	s.choose("Who acts", "Kim Example")
	s.focused("entry", "Passphrase or sealed code")
	s.write(code)
	s.key("Return")
	s.hold("Write EtCO2 high", "does not count")
	s.picture("code-used-before")
}

// withoutASecretOnlySaferValues tries a value on the unsafe side and one on the safe side, with a name alone.
func (s *stage) withoutASecretOnlySaferValues() {
	s.t.Helper()
	s.hold("Write EtCO2 high", "may only move a setting in its safe direction")
	s.picture("unsafe-without-secret")
	s.click("button", "Back to the device")
	s.click("tab", "Configuration")
	s.click("button", "Undo")
	s.gone("1 staged")
	s.stageValue("EtCO2 low", "20")
	s.click("button", "Emergency change")
	s.see("towards the safe side")
	s.click("check", "Patient at risk")
	s.choose("Who acts", "Kim Example")
	s.picture("safe-without-secret")
	s.hold("Write EtCO2 low", "EMERGENCY – 1")
	s.see("written, read back and found as wanted")
	s.picture("written-without-secret")
	s.click("button", "Seal now")
	s.gone("EMERGENCY –")
}

// printsCodes has both people print sealed codes and sign that they are put away, and returns the first of them.
func (s *stage) printsCodes() string {
	s.t.Helper()
	s.click("button", "People")
	s.click("button", "Print sealed codes")
	s.click("button", "Make the sheet")
	s.find("button", "Sealed and put away")
	s.picture("codes-sheet")
	page, err := os.ReadFile(filepath.Join(s.data, "sealed-codes.html"))
	if err != nil {
		s.t.Fatal(err)
	}
	found := regexp.MustCompile(`<p class="code">([^<]+)</p>`).FindSubmatch(page)
	if found == nil {
		s.t.Fatal("the sheet has no codes")
	}
	s.click("button", "Sealed and put away")
	s.focused("entry", "Passphrase")
	s.write(robinsPassphrase)
	s.key("Return")
	s.see("Passphrase of Kim Example")
	s.focused("entry", "Passphrase")
	s.write(kimsPassphrase)
	s.picture("codes-text")
	s.key("Return")
	s.see("The sealed codes count from now on")
	s.click("button", "The sheet was printed; delete the file")
	s.see("The file with the sealed codes is deleted")
	s.picture("codes-count")
	return string(found[1])
}

// holdSpace presses the space bar and lets it go when the window shows what follows.
func (s *stage) holdSpace(follows string) {
	s.t.Helper()
	s.acts++
	s.xdotool("keydown", "space")
	s.see(follows)
	s.xdotool("keyup", "space")
}
