package emergencies

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/qr"
	"countersign/internal/statement"

	"fyne.io/fyne/v2/test"
)

func slipOf(t *testing.T, e breakglass.Emergency, simulated bool) string {
	t.Helper()
	test.NewTempApp(t)
	page, err := SlipHTML(e, SlipFacts{Origin: "ward/7", Hash: [32]byte{0xab, 0xcd}, Simulated: simulated, Setting: (&bench{}).deps().Setting})
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestTheSlipSaysWhatWasDoneAndUntilWhenItIsReviewed(t *testing.T) {
	e := emergency(3*time.Hour, breakglass.ReviewDue)
	page := slipOf(t, e, false)
	for _, want := range []string{`<p class="receipt">BG-7K3M-9QXT-2HWD</p>`, "Capnostream 20 SN B355987654", "Robin Sample", "Patient at risk", "EtCO2 high", "50 mmHg", "→ 60 mmHg",
		"Verified", kit.Moment(e.Opened), kit.Moment(e.Due), "Review due by", "abcd0000", "audit log, emergency journal"} {
		if !strings.Contains(strings.ReplaceAll(page, "&#43;", "+"), want) {
			t.Errorf("it lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "SIMULATED") || strings.Contains(page, "<script") || strings.Contains(page, "http") && !strings.Contains(page, "http-equiv") {
		t.Error("it says too much")
	}
}

func TestTheSlipsCodeLeadsToTheRecord(t *testing.T) {
	page := slipOf(t, emergency(3*time.Hour, breakglass.ReviewDue), false)
	data := regexp.MustCompile(`base64,([^"]+)"`).FindStringSubmatch(page)
	if data == nil {
		t.Fatal("no code")
	}
	picture, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(data[1], "&#43;", "+"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := qr.Read(picture)
	if want := "urn:countersign:emergency:ward/7:BG-7K3M-9QXT-2HWD:abcd" + strings.Repeat("0", 60); err != nil || text != want {
		t.Errorf("%q, %v", text, err)
	}
}

func TestADrillsSlipCannotBeTakenForAnEmergencys(t *testing.T) {
	drill := emergency(time.Hour, breakglass.NoReview)
	for _, page := range []string{slipOf(t, drill, false), slipOf(t, emergency(time.Hour, breakglass.ReviewDue), true)} {
		if strings.Count(page, "SIMULATED") < 2 || !strings.Contains(page, `class="watermark"`) {
			t.Error("it is not marked")
		}
	}
}

func TestHostileTextsAreWrittenAsTexts(t *testing.T) {
	const hostile = `"><script>alert('x')</script><img src=x onerror=y>{{.}}`
	e := emergency(3*time.Hour, breakglass.Reviewed)
	e.Receipt, e.Device, e.Actor.Name, e.Workstation, e.Account, e.Sinks = hostile, hostile, hostile, hostile, hostile, hostile
	e.Category, e.How = hostile, hostile
	e.Reviews = []breakglass.Given{{By: []statement.Person{{ID: hostile, Name: hostile, Role: hostile}}, Finding: breakglass.Unjustified, Reason: hostile, Incident: hostile, At: e.Ended}}
	e.Actions[0].Steps = step("alarm.odd", `"<b>bold</b>"`, `"</td><script>"`, "", "unknown", "<i>")
	page := slipOf(t, e, false)
	for _, bad := range []string{"<script", "<img src=x", "<b>", "<i>", "'x'"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q got through", bad)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Error("it is not there as a text either")
	}
}

func TestTheSlipIsWrittenIntoTheFolderUnderItsCode(t *testing.T) {
	test.NewTempApp(t)
	folder := t.TempDir()
	e := emergency(3*time.Hour, breakglass.ReviewDue)
	path, err := WriteSlip(folder, e, SlipFacts{Origin: "ward/7"})
	if err != nil || path != filepath.Join(folder, "slip-BG-7K3M-9QXT-2HWD.html") {
		t.Fatalf("%q, %v", path, err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WriteSlip(folder, e, SlipFacts{Origin: "ward/7"}); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(path); !bytes.Equal(first, again) || len(first) == 0 {
		t.Error("the same emergency gives another page")
	}
	e.Receipt = "../../etc/passwd"
	if path, err := WriteSlip(folder, e, SlipFacts{}); err != nil || filepath.Dir(path) != folder {
		t.Errorf("%q, %v", path, err)
	}
	if _, err := WriteSlip(filepath.Join(folder, "none"), e, SlipFacts{}); !fault.Is(err, fault.LogDenied) {
		t.Errorf("got %v", err)
	}
	e.Actions[0].Steps = "no step"
	if _, err := WriteSlip(folder, e, SlipFacts{}); !fault.Is(err, fault.Signature) {
		t.Errorf("a record that cannot be read: %v", err)
	}
}

func TestTheSlipSpeaksTheLanguageInUse(t *testing.T) {
	t.Cleanup(func() {
		if err := kit.Use("en"); err != nil {
			t.Error(err)
		}
	})
	if err := kit.Use("de"); err != nil {
		t.Fatal(err)
	}
	if page := slipOf(t, emergency(3*time.Hour, breakglass.ReviewDue), true); !strings.Contains(page, `lang="de"`) || !strings.Contains(page, "SIMULIERT") || !strings.Contains(page, "Notfalländerung") {
		t.Error("it is not German")
	}
}
