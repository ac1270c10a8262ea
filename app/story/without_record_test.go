package story_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAnEmergencyIsPossibleWhileAnotherProgramHasTheRecord takes the record away from the console. What is done all the same is in
// the record when that is free again.
func TestAnEmergencyIsPossibleWhileAnotherProgramHasTheRecord(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.leave() // the copy of who there is was made
	letGo := s.takeRecord()
	s.launch("--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.see("Countersign cannot open its record")
	s.see("An emergency is possible all the same")
	s.see("EMERGENCY ONLY")
	s.picture("record-taken")
	s.emergencyWithoutRecord("taken")
	letGo()
	s.see("The audit log is open now")
	s.picture("record-free-again")
	s.click("button", "Whole console")
	s.theEmergencyIsInTheList("taken")
	s.leave()
}

// emergencyWithoutRecord writes in an emergency by a passphrase that is checked without the record.
func (s *stage) emergencyWithoutRecord(name string) {
	s.t.Helper()
	s.identify("bay1-capnostream", idleMonitor)
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 high", "55")
	s.click("button", "Emergency change")
	s.see("needs a passphrase or sealed code")
	s.click("check", "Infrastructure failure")
	s.choose("Who acts", "Kim Example")
	s.focused("entry", "Passphrase or sealed code")
	s.write(kimsPassphrase)
	s.key("Return")
	s.picture("armed-without-record-" + name)
	s.hold("Write EtCO2 high", "EMERGENCY – 1")
	s.see("written, read back and found as wanted")
	s.framed("written-without-record-"+name, true)
}

// theEmergencyIsInTheList looks at the record after the whole console came back.
func (s *stage) theEmergencyIsInTheList(name string) {
	s.t.Helper()
	s.find("button", "People")
	if has("text", "EMERGENCY –", "")(s.now()) {
		s.click("button", "Seal now")
		s.gone("EMERGENCY –")
	}
	s.click("button", "Emergencies")
	s.find("row", "Kim Example, Infrastructure failure")
	s.picture("taken-into-the-record-" + name)
}

// takeRecord holds the lock of the data folder as another program would, until the returned function is called.
func (s *stage) takeRecord() func() {
	s.t.Helper()
	holder := exec.Command("flock", filepath.Join(s.data, "countersign.lock"), "cat")
	in, err := holder.StdinPipe()
	if err == nil {
		err = holder.Start()
	}
	if err != nil {
		s.t.Skipf("flock: %v", err)
	}
	s.t.Cleanup(func() { _ = in.Close() })
	return func() {
		_ = in.Close()
		_ = holder.Wait()
	}
}

// TestADamagedRecordIsSetAside writes rubbish over the beginning of the record: an emergency is possible all the same, and a new
// record is begun beside the old one.
func TestADamagedRecordIsSetAside(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.leave()
	database := s.database()
	damaged := append(bytes.Repeat([]byte("not a database. "), 8), database.bytes[128:]...)
	if err := os.WriteFile(database.path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	s.launch("--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.find("button", "Set the damaged log aside")
	s.picture("record-damaged")
	s.emergencyWithoutRecord("damaged")
	s.click("button", "Seal now")
	s.gone("EMERGENCY –")
	s.click("button", "Audit log")
	s.clickUntil("button", "Set the damaged log aside", has("button", "Press again: set it aside", ""))
	s.click("button", "Press again: set it aside")
	s.see("This log follows a damaged one: two persons sign that")
	s.theEmergencyIsInTheList("damaged")
	s.click("button", "Audit log")
	s.find("row", "Damaged log set aside")
	s.picture("new-record")
	kept, err := filepath.Glob(filepath.Join(s.data, "damaged-*-"+filepath.Base(database.path)))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q is kept: %v", kept, err)
	}
	if is, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(is, damaged) {
		t.Errorf("the damaged record is kept, but not as it was: %v", err)
	}
	s.leave()
}

// file is what was in a file.
type file struct {
	path  string
	bytes []byte
}

// database is the record of a console that is closed.
func (s *stage) database() file {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.data, "*.db"))
	if err != nil || len(found) != 1 {
		s.t.Fatalf("databases %q: %v", found, err)
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return file{found[0], content}
}
