package statement

import (
	"strings"
	"testing"

	"countersign/internal/fault"
)

// Each entry replaces something in the request's text by another spelling or by something that must not be there.
var rejected = map[string][2]string{
	"other product":                  {"countersign/", "counterfeit/"},
	"other version":                  {"/v1", "/v2"},
	"unknown kind":                   {"change-request", "change-order"},
	"carriage return":                {"/v1\n", "/v1\r\n"},
	"blank line":                     {"/v1\n", "/v1\n\n"},
	"blank line in the middle":       {"\nreason", "\n\nreason"},
	"byte order mark":                {"countersign/", "\ufeffcountersign/"},
	"two spaces":                     {"id ", "id  "},
	"tab for a space":                {"id ", "id\t"},
	"space before a key":             {"\nid", "\n id"},
	"space at the end":               {"Z2Q8M3V7T9A0B1C2D3E4F5\n", "Z2Q8M3V7T9A0B1C2D3E4F5 \n"},
	"no value":                       {"Drug library policy 2026-14, ticket CE-8841", ""},
	"upper-case key":                 {"\nid", "\nID"},
	"unknown key":                    {"\nreason", "\nnote x\nreason"},
	"key with underscore":            {"execute-on", "execute_on"},
	"lower-case id":                  {"01K6Z2Q8M3", "01k6z2q8m3"},
	"short id":                       {"01K6Z2Q8M3", "01K6Z2Q8M"},
	"letter I in an id":              {"01K6Z2Q8M3", "0IK6Z2Q8M3"},
	"id over 128 bits":               {"01K6Z2Q8M3", "81K6Z2Q8M3"},
	"other meaning":                  {"take responsibility", "take no responsibility"},
	"person in capitals":             {"signer " + jo.ID, "signer " + strings.ToUpper(jo.ID)},
	"no role":                        {", biomedical-technician", ""},
	"role with a space":              {"biomedical-technician", "biomedical technician"},
	"role without a space before":    {", biomedical", ",biomedical"},
	"time with Z":                    {"+02:00", "Z"},
	"minus nought offset":            {"+02:00", "-00:00"},
	"time without milliseconds":      {".123", ""},
	"unknown clock state":            {"clock ok", "clock fine"},
	"device without marks":           {`"ACME"`, `ACME`},
	"device with an open mark":       {`"ACME"`, `"ACME`},
	"device with an unknown escape":  {`"ACME"`, `"AC\nME"`},
	"device with two spaces":         {`"ACME" "`, `"ACME"  "`},
	"device with more":               {`firmware ""`, `firmware "" x`},
	"driver without a digest":        {"driver acme/ip300 sha256 ", "driver acme/ip300 "},
	"other hash":                     {"state sha256", "state sha1"},
	"upper-case digest":              {"state sha256 ", "state sha256 A"},
	"short digest":                   {"state sha256 ", "state sha256\n"},
	"leading nought":                 {"high 50 ->", "high 050 ->"},
	"trailing nought":                {"45.5", "45.50"},
	"decimal comma":                  {"45.5", "45,5"},
	"plus sign":                      {"high 50 ->", "high +50 ->"},
	"minus nought":                   {"high 50 ->", "high -0 ->"},
	"no leading nought":              {"45.5", ".5"},
	"ten digits":                     {"high 50 ->", "high 5000000000 ->"},
	"Arabic digits":                  {"high 50 ->", "high ٥٠ ->"},
	"word in marks":                  {" low ->", ` "low" ->`},
	"empty word":                     {" low ->", " ->"},
	"word with a letter of another":  {" low ->", " lоw ->"}, // a Cyrillic o needs quotation marks
	"other arrow":                    {"50 -> 45", "50 → 45"},
	"two spaces at the arrow":        {"50 -> 45", "50 ->  45"},
	"no arrow":                       {"50 -> 45.5", "45.5"},
	"no unit":                        {" mm[Hg]", ""},
	"unit with a space":              {"mm[Hg]", "mm [Hg]"},
	"unit not in ASCII":              {"mm[Hg]", "µ[Hg]"},
	"setting in capitals":            {"alarm.etco2.high", "alarm.EtCO2.high"},
	"setting twice":                  {"set alarm.volume", "set alarm.etco2.high"},
	"reason in two lines":            {"policy 2026-14", "policy\n2026-14"},
	"reason too long":                {"Drug", strings.Repeat("Drug", 125)},
	"reason with two spaces":         {"Drug library", "Drug  library"},
	"reason with a space first":      {"reason Drug", "reason  Drug"},
	"no-break space":                 {"Drug library", "Drug\u00a0library"},
	"ideographic space":              {"Drug library", "Drug\u3000library"},
	"line separator":                 {"Drug library", "Drug\u2028library"},
	"next line (C1)":                 {"Drug library", "Drug\u0085library"},
	"escape":                         {"Drug", "\x1b[31mDrug"},
	"nought byte":                    {"Drug", "Drug\x00"},
	"delete":                         {"Drug", "Drug\x7f"},
	"right-to-left override":         {"Drug", "\u202eDrug"},
	"right-to-left mark":             {"Drug", "Drug\u200f"},
	"Arabic letter mark":             {"Drug", "Drug\u061c"},
	"first strong isolate":           {"Drug", "\u2068Drug\u2069"},
	"zero-width space":               {"Drug", "Dr\u200bug"},
	"zero-width joiner":              {"Drug", "Dr\u200dug"},
	"word joiner":                    {"Drug", "Dr\u2060ug"},
	"soft hyphen":                    {"Drug", "Dr\u00adug"},
	"tag character":                  {"Drug", "Dr\U000e0041ug"},
	"grapheme joiner":                {"Drug", "Dr\u034fug"},
	"Hangul filler":                  {"Drug", "Dr\u3164ug"},
	"variation selector":             {"Drug", "Dr\ufe0fug"},
	"Mongolian variation selector":   {"Drug", "Dr\u180bug"},
	"variation selector supplement":  {"Drug", "Dr\U000e0100ug"},
	"private use":                    {"Drug", "Dr\ue000ug"},
	"noncharacter":                   {"Drug", "Dr\ufdd0ug"},
	"noncharacter at the plane end":  {"Drug", "Dr\U0001ffffug"},
	"unassigned":                     {"Drug", "Dr\u0378ug"},
	"replacement character":          {"Drug", "Dr\ufffdug"},
	"decomposed letter":              {"Drug", "Dru\u0308g"},
	"compatibility singleton":        {"Drug", "Dr\u212bug"},
	"mark with nothing below":        {"reason Drug", "reason \u0338Drug"},
	"mark after a quotation mark":    {`"ACME"`, "\"\u0338ACME\""},
	"surrogate":                      {"Drug", "Dr\xed\xa0\x80ug"},
	"overlong form":                  {"Drug", "Dr\xc0\xafug"},
	"cut character":                  {"Drug", "Dr\xc3ug"},
	"nonce too short":                {"nonce 5F8Z6J2M1Q", "nonce 5F8Z6J2M1"},
	"workstation with a space":       {"ward7-laptop-03 nonce", "ward7 laptop-03 nonce"},
	"seconds with a leading nought":  {"valid-for 3600", "valid-for 03600"},
	"seconds with a plus":            {"valid-for 3600", "valid-for +3600"},
	"no unit of time":                {"valid-for 3600 s", "valid-for 3600"},
	"no time at all":                 {"valid-for 3600", "valid-for 0"},
	"too long a time":                {"valid-for 3600", "valid-for 99999999"},
	"more seconds than 32 bits hold": {"valid-for 3600", "valid-for 4294970896"},
	"negative size":                  {"size 18234", "size -18234"},
	"size with a leading nought":     {"size 18234", "size 018234"},
	"origin with a plus":             {"log clinic", "log clinic+"},
	"root without padding":           {"=\n", "\n"},
	"root with more padding":         {"=\n", "==\n"},
	"no end of line":                 {"=\n", "="},
	"a line after the last":          {"=\n", "=\nreason x\n"},
	"a blank line at the end":        {"=\n", "=\n\n"},
}

func TestEveryOtherSpellingIsRejected(t *testing.T) {
	good := string(mustText(t, samples()["change-request"]))
	for what, swap := range rejected {
		if !strings.Contains(good, swap[0]) {
			t.Errorf("%s: the test replaces nothing", what)
			continue
		}
		bad := strings.Replace(good, swap[0], swap[1], 1)
		if _, err := Parse([]byte(bad)); !fault.Is(err, fault.Signature) {
			t.Errorf("%s was accepted: %v", what, err)
		}
	}
	for _, bad := range []string{"", "\n", "countersign/change-request/v1", "countersign/change-request/v1\n", good[:len(good)-1]} {
		if _, err := Parse([]byte(bad)); !fault.Is(err, fault.Signature) {
			t.Errorf("%q was accepted: %v", bad, err)
		}
	}
}

func TestAFaultNamesTheLine(t *testing.T) {
	good := string(mustText(t, samples()["change-request"]))
	for _, what := range []struct{ class, subject string }{
		{"size with a leading nought", "change-request log"},
		{"seconds with a plus", "change-request valid-for"},
		{"upper-case digest", "change-request state"},
		{"right-to-left override", "countersign/change-request/v1"},
		{"setting twice", "change-request"},
		{"unknown key", "change-request reason"},
	} {
		swap := rejected[what.class]
		_, err := Parse([]byte(strings.Replace(good, swap[0], swap[1], 1)))
		if got := fault.SubjectOf(err); got != what.subject {
			t.Errorf("%s: subject %q, want %q (%v)", what.class, got, what.subject, err)
		}
	}
}

func TestTheSpareBitsOfARootAreNought(t *testing.T) {
	good := string(mustText(t, samples()["change-request"]))
	at := len(good) - len("x=\n")
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for _, c := range digits {
		bad := good[:at] + string(c) + good[at+1:]
		if _, err := Parse([]byte(bad)); (err == nil) != (strings.IndexRune(digits, c)%4 == 0) {
			t.Errorf("a root that ends in %c: %v", c, err)
		}
	}
}

func TestAFreeTextMaySayWhatPeopleWrite(t *testing.T) {
	for _, s := range []string{
		"x", "Grenzwert für Ward 7 – laut Dr. Müller", "设置报警上限", "إنذار", "กำหนด", "Ångström ≤ 5 µg/mL ²", `He said "no" \ yes`, "🫁",
	} {
		if err := CheckText(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}
