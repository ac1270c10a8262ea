package story_test

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestOnePersonActsAloneAndOthersReviewIt plays an emergency of somebody who is signed in: three interactions from the device's page
// to the first command, then more in the same session, its end, and what is asked of people afterwards.
func TestOnePersonActsAloneAndOthersReviewIt(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("tab", "Configuration")
	s.propose("FiCO2 high", "10", "Ward policy 2026-14")
	s.request(idleMonitor)
	s.toTheDevice("bay1-capnostream")
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 low", "20")
	s.picture("staged-before-the-emergency")

	before := s.acts
	s.click("button", "Emergency change")
	s.until("the sheet", has("button", "Hold 1 s: Write EtCO2 low", ""))
	s.click("check", "Patient at risk")
	s.picture("armed")
	s.hold("Write EtCO2 low", "EMERGENCY – 1")
	if took := s.acts - before; took != 3 {
		t.Errorf("%d interactions from the device's page to the first command", took)
	}
	s.see("written, read back and found as wanted")
	s.see("EMERGENCY – 14:")
	s.framed("written-alone", true)

	s.writeMoreInTheEmergency()
	s.theRequestIsSuperseded()
	s.theEmergencyIsAccountedFor()
	s.anotherOneReviewsIt()
	s.afterTheReview()
	s.leave()
}

// writeMoreInTheEmergency looks at another page, writes a second time by a button, extends the emergency and ends it.
func (s *stage) writeMoreInTheEmergency() {
	s.t.Helper()
	s.click("button", "Audit log")
	s.find("row", "Emergency")
	s.see("Capnostream 20 SN " + idleMonitor)
	s.framed("emergency-on-another-page", true)
	s.click("button", "To the device")
	s.click("tab", "Configuration")
	s.stageValue("EtCO2 high", "45")
	s.click("button", "Emergency change")
	s.click("button", "Write EtCO2 high 50 -> 45 mmHg to SN "+idleMonitor)
	s.see("written, read back and found as wanted")
	s.picture("written-again")
	s.click("button", "15 min from now")
	s.see("EMERGENCY – 14:5") // it begins anew
	s.picture("extended")
	s.click("button", "Seal now")
	s.gone("EMERGENCY –")
	s.framed("sealed", false)
}

// theRequestIsSuperseded looks at the request that waited for the device.
func (s *stage) theRequestIsSuperseded() {
	s.t.Helper()
	s.click("button", "Changes")
	s.key("alt+2")
	s.click("row", "Superseded")
	s.key("Return")
	s.see("on this device, so the request was put aside")
	s.picture("superseded")
}

// theEmergencyIsAccountedFor has the person who acted tell what happened.
func (s *stage) theEmergencyIsAccountedFor() {
	s.t.Helper()
	s.click("button", "Emergencies")
	s.find("row", "Account due")
	s.picture("emergencies")
	s.click("row", "Account due")
	s.key("Return")
	s.find("entry", "What happened, and what was done?")
	s.picture("account-due")
	s.fill("What happened, and what was done?", "Patient deteriorated after extubation; limits were too wide for the ward round")
	s.scrollTo("button", "Read and sign the account")
	s.click("button", "Read and sign the account")
	s.focused("entry", "Passphrase")
	s.write(robinsPassphrase)
	s.picture("account-text")
	s.key("Return")
	s.see("The account of the emergency on")
	s.scrollTo("text", "Patient deteriorated after extubation")
	s.picture("accounted")
}

// anotherOneReviewsIt has the only other person review it.
func (s *stage) anotherOneReviewsIt() {
	s.t.Helper()
	s.scrollTo("text", "One reviewer is enough")
	s.scrollTo("select", "Was it justified?")
	s.choose("Was it justified?", "Justified")
	s.fill("Reason", "No second person was reachable in time")
	s.scrollTo("button", "Read and sign the review")
	s.picture("review-typed")
	s.click("button", "Read and sign the review")
	s.focused("entry", "Passphrase")
	s.write(kimsPassphrase)
	s.picture("review-text")
	s.key("Return")
	s.see("The review of the emergency on")
	s.see("Kim Example")
	s.picture("reviewed-by-one")
}

// afterTheReview checks the device, writes the slip, and looks at the share of writes without a second person.
func (s *stage) afterTheReview() {
	s.t.Helper()
	s.click("button", "Check the device now")
	s.see("holds what the emergency left")
	s.click("button", "Write the slip")
	s.see("The slip")
	s.picture("slip")
	slips, err := filepath.Glob(filepath.Join(s.data, "*slip*"))
	if err != nil || len(slips) == 0 {
		s.t.Errorf("no slip in the data folder: %v", err)
	}
	s.click("button", "Back to emergencies")
	s.see("writes without a second person")
	s.find("row", "Reviewed by one")
	s.picture("share-and-state")
}

// scrollTo turns the mouse's wheel between the two halves of a page until it shows an item.
func (s *stage) scrollTo(role, words string) {
	s.t.Helper()
	for range 20 {
		if _, ok := s.within(settled, has(role, words, "")); ok {
			return
		}
		s.xdotool("mousemove", "722", "400", "click", "--repeat", "3", "5")
	}
	s.find(role, words)
}

// toTheDevice goes to the page of a device that was identified.
func (s *stage) toTheDevice(label string) {
	s.t.Helper()
	s.click("button", "Devices")
	s.click("row", label)
	s.key("Return")
	s.find("tab", "Configuration")
}

// stageValue stages a value of a setting on the device's page.
func (s *stage) stageValue(setting, value string) {
	s.t.Helper()
	s.until("the settings", has("row", "", ""))
	s.key("ctrl+f")
	s.focused("entry", "Find a setting")
	s.key("ctrl+a")
	s.enter("Find a setting", setting)
	s.until("the row", has("row", setting, "selected"))
	s.key("F2")
	s.focused("entry", setting)
	s.key("ctrl+a")
	s.enter(setting, value)
	s.see("1 staged")
}

// hold presses the mouse on the button that is held, and lets it go when the window shows what follows.
func (s *stage) hold(words, follows string) {
	s.t.Helper()
	x, y := s.find("button", "Hold 1 s: "+words).Center()
	s.acts++
	s.xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "mousedown", "1")
	s.see(follows)
	s.xdotool("mouseup", "1")
}

// framed takes a picture and demands that the window has, or has not, the frame of an emergency at its other edges; the menu is above it.
func (s *stage) framed(name string, want bool) {
	s.t.Helper()
	s.picture(name)
	files, err := filepath.Glob(filepath.Join(s.pictures, "*-"+name+".png"))
	if err != nil || len(files) == 0 {
		s.t.Fatalf("no picture %s: %v", name, err)
	}
	f, err := os.Open(files[len(files)-1])
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	shot, err := png.Decode(f)
	if err != nil {
		s.t.Fatal(err)
	}
	b := shot.Bounds()
	for _, at := range []image.Point{{b.Dx() / 2, b.Dy() - 2}, {1, b.Dy() / 2}, {b.Dx() - 2, b.Dy() / 2}} {
		if r, g, bl, _ := shot.At(at.X, at.Y).RGBA(); (r>>8 > g>>8+40 && bl>>8 > g>>8+40) != want {
			s.t.Errorf("%s: the edge at %v is %x %x %x", name, at, r>>8, g>>8, bl>>8)
		}
	}
}
