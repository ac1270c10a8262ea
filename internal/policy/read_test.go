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
not-in-emergency oridion/capnostream20 patient.type
not-in-emergency oridion/capnostream20 alarm.etco2.high
probation 14 d`

// older is the rules of a site from before settings could be kept out of emergencies.
var older = strings.Replace(strings.Replace(site, "not-in-emergency oridion/capnostream20 patient.type\n", "", 1),
	"not-in-emergency oridion/capnostream20 alarm.etco2.high\n", "", 1)

func TestRulesComeBackFromTheirLines(t *testing.T) {
	for _, lines := range [][]string{policy.Minimum().Lines(), strings.Split(site, "\n"), strings.Split(older, "\n")} {
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
		"an exclusion twice":                 {"20 patient.type", "20 alarm.etco2.high"},
		"an exclusion without a setting":     {"20 patient.type", "20"},
		"an exclusion of two settings":       {"20 patient.type", "20 patient.type patient.age"},
		"an exclusion among the high alerts": {"high-alert-setting oridion/capnostream20 alarm.etco2.high", "not-in-emergency generic/modbus rate"},
		"an exclusion with two spaces":       {"20 patient.type", "20  patient.type"},
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
	f.Add(older)
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

func TestASettingIsKeptOutOfEmergenciesByItsOwnLineAlone(t *testing.T) {
	p, err := policy.Parse(strings.Split(site, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[policy.Setting]bool{
		{Driver: "oridion/capnostream20", Setting: "patient.type"}:     true,
		{Driver: "oridion/capnostream20", Setting: "alarm.etco2.high"}: true, // and it is high-alert, too
		{Driver: "generic/modbus", Setting: "patient.type"}:            false,
		{Driver: "generic/modbus", Setting: "setpoint"}:                false, // high-alert, and an emergency may
		{}: false,
	} {
		if p.Excluded(s.Driver, s.Setting) != want {
			t.Errorf("%+v: excluded is not %t", s, want)
		}
	}
	if all := p.Exclusions(); len(all) != 2 || all[0].Setting != "patient.type" || len(p.HighAlert()) != 2 {
		t.Errorf("%+v", all)
	}
	p.Exclusions()[0] = policy.Setting{}
	if !p.Excluded("oridion/capnostream20", "patient.type") || policy.Minimum().Excluded("oridion/capnostream20", "patient.type") {
		t.Error("a caller changed the rules, or the minimum excludes something")
	}
}
