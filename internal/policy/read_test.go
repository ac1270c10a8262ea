package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/policy"
)

// site is the rules of a site that uses all that there is.
const site = `cosmetic propose any approve any seat any entry read
operational propose technician,clinical-lead approve any seat any entry blind
clinical propose technician approve nursing+pharmacy,clinical-lead seat any entry blind
high-alert propose any approve nursing+pharmacy seat other entry blind
high-alert-setting oridion/capnostream20 alarm.etco2.high
high-alert-setting generic/modbus setpoint
probation 14 d`

func TestRulesComeBackFromTheirLines(t *testing.T) {
	for _, lines := range [][]string{policy.Minimum().Lines(), strings.Split(site, "\n")} {
		p, err := policy.Parse(lines)
		if err != nil || !slices.Equal(p.Lines(), lines) {
			t.Errorf("%v\n%s", err, strings.Join(p.Lines(), "\n"))
		}
	}
	p, err := policy.Parse(strings.Split(site, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Probation != 14*24*time.Hour || len(p.HighAlert()) != 2 || p.Class("oridion/capnostream20", "alarm.etco2.high", drivers.Cosmetic) != policy.HighAlert ||
		p.Class("generic/modbus", "alarm.etco2.high", drivers.Cosmetic) != policy.Cosmetic || p.Class("", "", drivers.Risk(99)) != policy.Clinical {
		t.Errorf("%+v", p)
	}
}

func TestRulesThatAreNotInTheirOneSpellingOrTooLooseAreRefused(t *testing.T) {
	for what, change := range map[string][2]string{
		"a clinical value is read":           {"clinical-lead seat any entry blind\nhigh", "clinical-lead seat any entry read\nhigh"},
		"a high-alert value is read":         {"seat other entry blind", "seat other entry read"},
		"an auditor approves":                {"approve nursing+pharmacy,", "approve auditor,"},
		"an auditor proposes":                {"propose technician approve", "propose auditor approve"},
		"a role that is none":                {"propose technician approve", "propose emperor approve"},
		"one role twice in a group":          {"nursing+pharmacy,", "nursing+nursing,"},
		"nobody approves":                    {"approve nursing+pharmacy,clinical-lead", "approve "},
		"two spaces":                         {"seat other", "seat  other"},
		"a class is missing":                 {"operational propose technician,clinical-lead approve any seat any entry blind\n", ""},
		"classes in another order":           {"cosmetic propose any approve any seat any entry read\n", ""},
		"another word for a key":             {"cosmetic propose", "cosmetic suggests"},
		"a seat that is none":                {"seat other", "seat moon"},
		"an entry that is none":              {"entry read", "entry aloud"},
		"a setting twice":                    {"generic/modbus setpoint", "oridion/capnostream20 alarm.etco2.high"},
		"a setting without a driver":         {"generic/modbus setpoint", "setpoint"},
		"a line of something else":           {"high-alert-setting generic/modbus setpoint", "low-alert-setting generic/modbus setpoint"},
		"no probation":                       {"\nprobation 14 d", ""},
		"a probation with a sign":            {"probation 14 d", "probation +14 d"},
		"a probation with a nought in front": {"probation 14 d", "probation 014 d"},
		"a probation before now":             {"probation 14 d", "probation -1 d"},
		"a probation of years":               {"probation 14 d", "probation 367 d"},
		"more behind the end":                {"probation 14 d", "probation 14 d\nprobation 14 d"},
	} {
		text := strings.Replace(site, change[0], change[1], 1)
		if text == site {
			t.Fatalf("%s: %q is not there", what, change[0])
		}
		if _, err := policy.Parse(strings.Split(text, "\n")); err == nil {
			t.Errorf("accepted: %s", what)
		}
	}
	if _, err := policy.Parse(nil); err == nil {
		t.Error("no rules are rules")
	}
}

// Whatever Parse takes, it writes again byte for byte, and no clinical value is approved unseen by the entry of its value.
func FuzzParse(f *testing.F) {
	f.Add(site)
	f.Add(strings.Join(policy.Minimum().Lines(), "\n"))
	f.Add("")
	f.Add(strings.Replace(site, "blind", "read", 1))
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		p, err := policy.Parse(lines)
		if err != nil {
			return
		}
		if !slices.Equal(p.Lines(), lines) {
			t.Errorf("%q became %q", lines, p.Lines())
		}
		for _, c := range []policy.Class{policy.Clinical, policy.HighAlert} {
			if !p.Rule(c).Blind || len(p.Rule(c).Approve) == 0 || !p.Blind(c) {
				t.Errorf("%s: %+v", c, p.Rule(c))
			}
		}
		one := policy.Person{ID: "one", Role: policy.Technician, Active: true}
		for _, c := range policy.Classes() {
			if p.Enough(one, nil, []policy.Class{c}) == nil || p.Enough(one, []policy.Approver{{Person: one, Seat: policy.HardwareKey}}, []policy.Class{c}) == nil {
				t.Errorf("one person is enough for %s: %q", c, lines)
			}
		}
	})
}
