package story_test

import "testing"

// TestAnEmergencyThatACrashInterruptedIsContinued kills the console in the middle of an emergency and starts it again.
func TestAnEmergencyThatACrashInterruptedIsContinued(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 low", "20")
	s.click("button", "Emergency change")
	s.click("check", "Device unusable")
	s.hold("Write EtCO2 low", "EMERGENCY – 1")
	s.see("written, read back and found as wanted")
	if err := s.console.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.console.Wait()

	s.launch("--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.see("was interrupted")
	s.picture("interrupted")
	s.click("button", "Continue")
	s.see("EMERGENCY – 1")
	s.see("Robin Sample acts alone")
	s.identify("bay1-capnostream", idleMonitor)
	s.framed("continued", true)
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 low", "21") // the simulated ward began anew as well
	s.click("button", "Emergency change")
	s.click("button", "Write EtCO2 low 15 -> 21 mmHg to SN "+idleMonitor)
	s.see("written, read back and found as wanted")
	s.picture("written-after-the-crash")
	s.leave()
}

// TestAnEmergencyIsPractised walks through the drill: a simulated monitor, a reason, and one second of holding.
func TestAnEmergencyIsPractised(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("button", "Emergencies")
	s.see("No drill yet")
	s.click("button", "Start drill")
	s.until("the sheet", has("button", "Hold 1 s: Write EtCO2 low", ""))
	s.see("SN DRILL-0001")
	s.picture("drill")
	s.click("check", "Other")
	s.hold("Write EtCO2 low", "Drill done in")
	s.picture("drill-done")
	s.gone("EMERGENCY –")
	s.click("button", "Emergencies")
	s.see("Last drill")
	s.find("row", "Drill")
	s.picture("drill-in-the-list")
	if has("row", "due", "")(s.now()) {
		t.Error("a drill waits for somebody")
	}
	s.leave()
}
