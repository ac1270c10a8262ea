package story_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTwoLaptopsApproveOneChange plays two consoles with a data folder each: the request leaves one as a file, is approved
// on the other one by somebody who sees no value, and the approval comes back and is written.
func TestTwoLaptopsApproveOneChange(t *testing.T) {
	home := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	home.identify("bay1-capnostream", idleMonitor)
	home.signIn("Robin Sample", robinsPassphrase)
	home.click("tab", "Configuration")
	home.propose("EtCO2 high", "45", "Ward policy 2026-14")
	home.request(idleMonitor)
	code := home.code()
	stick := t.TempDir()
	home.clickUntil("button", "Hand to another laptop", has("button", "Save file", ""))
	request := home.saveAs(stick, ".csreq")
	home.picture("handed-over")

	away := raise(t)
	away.shots, away.pictures = 50, home.pictures
	away.founds()
	away.click("button", "Changes")
	away.key("ctrl+o")
	away.focused("entry", "File, picture or scanned code")
	away.picture("another-laptop")
	away.enter("File, picture or scanned code", request)
	away.see("does not know the console training/")
	away.see(code)
	away.hidden("45 mmHg")
	away.picture("twelve-words")
	away.choose("Who compared them", "Alex Berg")
	away.fill("Passphrase of who compared them", "correct horse battery")
	away.key("Return")
	away.see("is known")
	away.picture("console-known")
	away.key("ctrl+shift+g")
	away.choose("Second person", "Kim Example")
	away.bring(home.keys(stick))
	away.fill("Your passphrase", kimsPassphrase)
	away.picture("key-brought")
	away.key("Return")
	away.focused("entry", "EtCO2 high")
	away.hidden("45 mm")
	away.picture("blind-entry-elsewhere")
	away.enter("EtCO2 high", "45")
	away.see("I entered these values myself and approve this change")
	away.picture("statement-elsewhere")
	away.click("button", "Sign approval for SN "+idleMonitor+" as Kim Example")
	away.see("Carry this approval back")
	away.see(code)
	approval := away.saveAs(stick, ".csapr")
	away.picture("approval-saved")
	away.leave()

	home.click("button", "Back to the request")
	home.clickUntil("button", "Take an approval", has("entry", "File, picture or scanned code", "focused"))
	home.enter("File, picture or scanned code", approval)
	home.see("The approval was taken in: Kim Example")
	home.see("on another laptop")
	home.picture("approval-taken")
	home.writeIt(idleMonitor)
	home.see("Written, read back and found as wanted")
	home.picture("written-after-two-laptops")
	home.leave()
}

// founds sets a console up with two people of its own.
func (s *stage) founds() {
	s.t.Helper()
	for _, who := range []struct{ whose, name, role, badge, passphrase string }{
		{"First person", "Alex Berg", "Technician", "1001", "correct horse battery"},
		{"Second person", "Bo Lund", "Nursing", "1002", "other words entirely"},
	} {
		s.fill(who.whose+": Name", who.name)
		s.choose(who.whose+": Role", who.role)
		s.fill(who.whose+": Badge number", who.badge)
		s.fill(who.whose+": Passphrase", who.passphrase)
		s.fill(who.whose+": Passphrase again", who.passphrase)
	}
	s.picture("set-up-typed")
	s.click("button", "Enrol both")
	s.see("Both persons are enrolled")
	s.picture("fingerprint")
	for _, name := range []string{"Alex Berg", "Bo Lund"} {
		s.clickUntil("check", name+" has the paper", has("check", name+" has the paper", "checked"))
	}
	s.click("button", "Done")
	s.find("row", "Bo Lund")
}

// code reads the comparison code off the window.
func (s *stage) code() string {
	s.t.Helper()
	var code string
	s.until("a comparison code", func(now seen) bool {
		for _, i := range now.Items {
			if i.Role == "text" && len(i.Label) == 9 && i.Label[4] == '-' && strings.ToUpper(i.Label) == i.Label {
				code = i.Label
			}
		}
		return code != ""
	})
	return code
}

// saveAs saves what the page hands over into a folder, and returns the file's name.
func (s *stage) saveAs(folder, ending string) string {
	s.t.Helper()
	name := filepath.Join(folder, "package"+ending)
	s.clickUntil("entry", "Save as", has("entry", "Save as", "focused"))
	s.key("ctrl+a")
	s.enter("Save as", name)
	s.see("package" + ending + " was saved")
	return name
}

// keys copies this console's key files onto the stick, as their owners would.
func (s *stage) keys(stick string) (copies []string) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.data, "keys", "*.key"))
	if err != nil || len(files) != 2 {
		s.t.Fatalf("%d key files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		name := filepath.Join(stick, filepath.Base(file))
		if err := os.WriteFile(name, data, 0o600); err != nil {
			s.t.Fatal(err)
		}
		copies = append(copies, name)
	}
	return copies
}

// bring copies key files to this console until it has the one that it asks for.
func (s *stage) bring(files []string) {
	s.t.Helper()
	asks := has("entry", "Key file", "")
	for _, file := range files {
		s.clickUntil("entry", "Key file", has("entry", "Key file", "focused"))
		s.enter("Key file", file)
		s.see("The key is on this laptop now")
		// Where it was the key that was asked for, the line goes away a moment later; otherwise it stays for the next file.
		if _, gone := s.within(2*time.Second, func(now seen) bool { return !asks(now) }); gone {
			return
		}
	}
}
