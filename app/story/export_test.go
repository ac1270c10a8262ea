package story_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheStoryIsExported hands out the log of a change that two persons made, has it checked by the auditor's tool, which knows
// nothing but the file and the founding words, and takes the auditor's receipt in. `make demo` plays it and keeps pictures and
// file.
func TestTheStoryIsExported(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.inFolder("export")
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("tab", "Configuration")
	s.propose("EtCO2 high", "45", "Ward policy 2026-14")
	s.request(idleMonitor)
	s.secondPersonEnters("45", idleMonitor)
	s.writeIt(idleMonitor)
	s.see("Written, read back and found as wanted")

	file, fingerprint := s.exports("State inspection 2026")
	words := s.foundingWords()
	s.theAuditorVerifies(file, fingerprint, words)
	s.theReceiptIsTakenIn(s.theAuditorSigns(file, words))
	s.leave()

	s.launch("--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"), "--language", "de")
	s.inGerman()
	s.leave()
}

// exports walks from the audit log to the file, and returns it and the fingerprint that the window shows.
func (s *stage) exports(whom string) (file, fingerprint string) {
	s.t.Helper()
	stick := filepath.Join(s.pictures, "stick")
	if err := os.MkdirAll(stick, 0o755); err != nil {
		s.t.Fatal(err)
	}
	s.click("button", "Audit log")
	s.click("button", "Export")
	s.see("1 change written")
	s.fill("For whom", whom)
	s.clickUntil("entry", "Folder", has("entry", "Folder", "focused"))
	s.key("ctrl+a") // where a medium is plugged in, its folder is proposed
	s.write(stick)
	s.see(" free")
	s.fill("Your passphrase", robinsPassphrase)
	s.picture("form")
	s.click("button", "Export ")
	s.see("read back")
	s.find("button", "New export")
	s.picture("result")
	found, err := filepath.Glob(filepath.Join(stick, "*"))
	if err != nil || len(found) != 1 || filepath.Ext(found[0]) != ".zip" {
		s.t.Fatalf("on the stick are %q: %v", found, err)
	}
	print := regexp.MustCompile(`^[0-9a-f]{4}( [0-9a-f]{4}){3}$`)
	for _, i := range s.now().Items {
		if print.MatchString(i.Label) {
			fingerprint = i.Label
		}
	}
	if fingerprint == "" {
		s.t.Fatal("the window shows no fingerprint")
	}
	return found[0], fingerprint
}

// foundingWords prints the founders' sheet once more and reads the words off it, as an auditor does.
func (s *stage) foundingWords() string {
	s.t.Helper()
	s.click("button", "People")
	s.click("button", "Print the sheet again")
	sheet := filepath.Join(s.data, "founding-sheet.html")
	s.within(patience, func(seen) bool {
		_, err := os.Stat(sheet)
		return err == nil
	})
	page, err := os.ReadFile(sheet)
	if err != nil {
		s.t.Fatal(err)
	}
	var words []string
	for _, m := range regexp.MustCompile(`<li>([a-z]+)</li>`).FindAllSubmatch(page, -1) {
		words = append(words, string(m[1]))
	}
	if len(words) != 12 {
		s.t.Fatalf("the sheet has %d words", len(words))
	}
	return strings.Join(words, " ")
}

// verifier runs the auditor's tool and returns how it ended and what it said.
func (s *stage) verifier(arguments ...string) (code int, said string) {
	s.t.Helper()
	out, err := exec.Command(binary(s.t, "COUNTERSIGN_VERIFY_BIN", "countersign-verify"), arguments...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return code, string(out)
}

// How the auditor's tool ends.
const (
	verified     = 0
	withFindings = 1
	unanchored   = 3
	failed       = 4
)

func (s *stage) theAuditorVerifies(file, fingerprint, words string) {
	s.t.Helper()
	code, said := s.verifier("--genesis", words, file)
	if code != verified && code != withFindings || !strings.Contains(said, "VERIFIED") || !strings.Contains(said, fingerprint) {
		s.t.Fatalf("with the words it ends with %d:\n%s", code, said)
	}
	s.keep("verified.txt", said)
	if code, said := s.verifier(file); code != unanchored || !strings.Contains(said, "UNANCHORED") {
		s.t.Errorf("without the words it ends with %d:\n%s", code, said)
	}
	other := strings.Join(strings.Fields(words)[1:], " ") + " " + strings.Fields(words)[0]
	if code, said := s.verifier("--genesis", other, file); code != failed && code != 2 {
		s.t.Errorf("with other words it ends with %d:\n%s", code, said)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 1
	copy := filepath.Join(s.t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(copy, changed, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if code, said := s.verifier("--genesis", words, copy); code != failed || !strings.Contains(said, "FAILED") {
		s.t.Errorf("with a byte changed it ends with %d:\n%s", code, said)
	}
}

// keep leaves a text among the pictures.
func (s *stage) keep(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.pictures, name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// theAuditorSigns has the tool make a key and a receipt with it.
func (s *stage) theAuditorSigns(file, words string) (receipt, key string) {
	s.t.Helper()
	folder := filepath.Dir(file)
	secret := filepath.Join(s.t.TempDir(), "c-lee.key")
	receipt, key = filepath.Join(folder, "receipt.txt"), secret+".pub"
	if code, said := s.verifier("keygen", secret); code != 0 {
		s.t.Fatalf("no key: %d\n%s", code, said)
	}
	if code, said := s.verifier("--genesis", words, "--receipt-out", receipt, "--as", "C. Lee, Compliance", "--key", secret, file); code > withFindings {
		s.t.Fatalf("no receipt: %d\n%s", code, said)
	}
	return receipt, key
}

// theReceiptIsTakenIn brings the receipt to the console, which finds that its log still holds what the auditor saw.
func (s *stage) theReceiptIsTakenIn(receipt, key string) {
	s.t.Helper()
	s.key("ctrl+e")
	s.click("button", "Earlier exports and receipts")
	s.find("row", "State inspection 2026")
	s.fill("File of the receipt", receipt)
	s.fill("Auditor's public key", key)
	s.key("Return")
	s.see("The log still holds what")
	s.find("row", "Witness")
	s.picture("receipt")
}

// inGerman looks at the same pages in the other language.
func (s *stage) inGerman() {
	s.t.Helper()
	s.find("button", "Personen")
	s.key("ctrl+e")
	s.see("Was die Datei enthalten wird")
	s.see("seit dem Export vom")
	s.picture("german")
	s.click("button", "Frühere Exporte und Quittungen")
	s.find("row", "State inspection 2026")
	s.picture("german-list")
}

// TestAStickWithoutRoomTakesNoExport walks to the page by keyboard alone and finds that the stick is too small: it is said before
// anything is written, and a larger folder takes it.
func TestAStickWithoutRoomTakesNoExport(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	stick := s.smallStick()
	s.inFolder("export-small")
	s.key("ctrl+e")
	s.see("What the file will hold")
	s.see("Nobody is signed in: the machine signs alone")
	s.tabTo("entry", "For whom")
	s.write("State inspection 2026")
	s.tabTo("entry", "Folder")
	s.key("ctrl+a")
	s.write(stick)
	s.see("Not enough room")
	s.key("ctrl+Return")
	s.focused("entry", "Folder")
	s.picture("too-small")
	left, err := os.ReadDir(stick)
	if err != nil || len(left) > 0 {
		t.Errorf("on the stick is %v, %v", left, err)
	}
	s.key("ctrl+a")
	s.write(t.TempDir())
	s.gone("Not enough room")
	s.see(" free")
	s.key("ctrl+Return")
	s.see("this machine alone")
	s.picture("by-the-machine-alone")
	s.leave()
}

// smallStick is a file system on which a bundle has no room.
func (s *stage) smallStick() string {
	s.t.Helper()
	if os.Geteuid() != 0 {
		s.t.Skip("only root can mount a small file system")
	}
	stick := s.t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", stick).CombinedOutput(); err != nil {
		s.t.Skipf("a small file system cannot be mounted here: %v %s", err, out)
	}
	s.t.Cleanup(func() {
		if out, err := exec.Command("umount", stick).CombinedOutput(); err != nil {
			s.t.Errorf("umount: %v %s", err, out)
		}
	})
	return stick
}

// inFolder keeps the pictures apart from those of another story.
func (s *stage) inFolder(name string) {
	s.t.Helper()
	s.pictures = filepath.Join(s.pictures, name)
	if err := os.MkdirAll(s.pictures, 0o755); err != nil {
		s.t.Fatal(err)
	}
}
