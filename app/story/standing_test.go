package story_test

import "testing"

// TestARequestIsReturnedEditedAndBecomesATemplate returns a request to its proposer, has it edited and proposed again,
// makes a template of the verified change, and has that approve the next device at once.
func TestARequestIsReturnedEditedAndBecomesATemplate(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("tab", "Configuration")
	s.propose("EtCO2 high", "46", "Ward policy 2026-14")
	s.request(idleMonitor)
	s.clickUntil("button", "Return for edit", has("entry", "What should be edited", "focused"))
	s.write("The order says 45")
	s.key("Return")
	s.focused("entry", "Your passphrase")
	s.write(kimsPassphrase)
	s.picture("return")
	s.key("Return")
	s.see("to be edited: The order says 45")
	s.picture("returned")
	s.hidden("46 mmHg")
	s.click("button", "Edit and propose again")
	s.see("1 staged")
	s.find("row", "EtCO2 high, 50 mmHg, 46 mmHg")
	s.propose("EtCO2 high", "45", "Ward policy 2026-14")
	s.request(idleMonitor)
	s.click("button", "Changes")
	s.find("tab", "Mine (2)")
	s.picture("queue")
	s.key("alt+2")
	s.click("row", "Waiting for second person")
	s.key("Return")
	s.secondPersonEnters("45", idleMonitor)
	s.writeIt(idleMonitor)
	s.see("Written, read back and found as wanted")
	s.makeTemplate("Adult step-down")
	s.templateApproves("Adult step-down")
	s.leave()
}

// makeTemplate has both sign a template of the verified change on the page.
func (s *stage) makeTemplate(name string) {
	s.t.Helper()
	s.click("button", "Make a template")
	s.fill("Name of the template", name)
	s.key("Return")
	s.focused("entry", "Reason")
	s.write("Ward policy 2026-14")
	s.choose("First person", "Robin Sample")
	s.choose("Second person", "Kim Example")
	s.picture("template-form")
	s.click("button", "Show what both sign")
	s.see("We approve these values on every device of this model")
	s.focused("entry", "Passphrase of the first person")
	s.write(robinsPassphrase)
	s.key("Return")
	s.focused("entry", "Passphrase of the second person")
	s.write(kimsPassphrase)
	s.picture("template-text")
	s.key("Return")
	s.see("The template is in force")
	s.picture("template-in-force")
}

// templateApproves uses a template on the other monitor: nobody has to approve.
func (s *stage) templateApproves(name string) {
	s.t.Helper()
	s.identify("bay2-capnostream", busyMonitor)
	s.click("tab", "Configuration")
	s.choose("Template", name)
	s.see("1 staged")
	s.key("ctrl+shift+a")
	s.see("approves these values at once")
	s.fill("Reason", "Ward policy 2026-14")
	s.picture("template-review")
	s.click("button", "Request 1 change to SN "+busyMonitor)
	s.see("A template that two persons signed approves it")
	s.see("45 mmHg")
	s.picture("template-approved")
}
