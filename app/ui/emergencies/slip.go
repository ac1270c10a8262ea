package emergencies

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"os"
	"path/filepath"
	"strings"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/qr"
)

// slipScale is how many dots of the picture a module of the code takes: it is printed about 35 mm wide.
const slipScale = 5

// SlipFacts are what the slip says besides the emergency itself.
type SlipFacts struct {
	Origin    string   // which log
	Hash      [32]byte // of the record with which the emergency began, as the audit log has it
	Simulated bool     // the console is in training; a drill is simulated whatever this says
	Setting   func(e breakglass.Emergency, id drivers.SettingID) (s drivers.Setting, ok bool)
}

// slipRow is one setting on the slip.
type slipRow struct{ Time, Label, Found, Wanted, Left, Outcome string }

// WriteSlip writes the slip of an emergency into a folder, in the language in use, and returns its path. A slip that was
// written before is replaced: the newest knows most.
func WriteSlip(folder string, e breakglass.Emergency, facts SlipFacts) (string, error) {
	page, err := SlipHTML(e, facts)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, slipName(e))
	if err := os.WriteFile(path, page, 0o600); err != nil {
		return "", fault.New(fault.LogDenied, path, err)
	}
	return path, nil
}

// slipName is the slip's file name. What no file name should hold is left out: the code comes from the record.
func slipName(e breakglass.Emergency) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, cmp.Or(e.Receipt, e.ID))
	return "slip-" + safe + ".html"
}

// SlipHTML is the slip as one page that needs nothing else: no script, no font, nothing from a network. The same emergency and
// facts give the same bytes.
func SlipHTML(e breakglass.Emergency, facts SlipFacts) ([]byte, error) {
	code, err := qr.PNG(slipCode(e, facts), slipScale)
	if err != nil {
		return nil, err
	}
	var rows []slipRow
	for _, a := range e.Actions {
		lines, err := ActionLines(e, a, facts.Setting)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			rows = append(rows, slipRow{kit.Moment(a.At), l.Label, l.Found, l.Wanted, cmp.Or(l.Left, kit.T("emergencies.unread")), l.Outcome.Word()})
		}
	}
	texts := map[string]string{}
	for _, key := range []string{"language", "title", "purpose", "receipt", "actions", "none", "simulated", "code", "kept", "time", "hash"} {
		texts[key] = kit.T("emergencies.slip." + key)
	}
	for _, key := range []string{"setting", "found", "wanted", "left", "outcome"} {
		texts[key] = kit.T("emergencies.column." + key)
	}
	var page bytes.Buffer
	picture := template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code)) // our own bytes
	err = slipPage.Execute(&page, map[string]any{"E": e, "T": texts, "Rows": rows, "Facts": slipFacts(e), "Code": picture, "Hash": hex.EncodeToString(facts.Hash[:]),
		"Simulated": facts.Simulated || e.Drill, "Cautions": Cautions(e)})
	if err != nil {
		return nil, fault.New(fault.Internal, "slip", err)
	}
	return page.Bytes(), nil
}

// slipCode is the text of the code: which log, which emergency, and the record that began it.
func slipCode(e breakglass.Emergency, facts SlipFacts) string {
	return "urn:countersign:emergency:" + facts.Origin + ":" + e.Receipt + ":" + hex.EncodeToString(facts.Hash[:])
}

// slipFact is one named fact.
type slipFact struct{ Name, Value string }

func slipFacts(e breakglass.Emergency) []slipFact {
	ended := HowWord(e)
	if e.Over() {
		ended = kit.Moment(e.Ended) + ", " + ended
	}
	facts := []slipFact{
		{kit.T("emergencies.column.device"), e.Device},
		{kit.T("emergencies.fact.who"), e.Actor.Name + ". " + IdentityWords(e)},
		{kit.T("emergencies.fact.why"), CategoryWord(e.Category)},
		{kit.T("emergencies.fact.opened"), kit.Moment(e.Opened)},
		{kit.T("emergencies.fact.ended"), ended},
		{kit.T("emergencies.fact.station"), e.Workstation},
		{kit.T("emergencies.fact.places"), PlaceWords(e.Sinks)},
		{kit.T("emergencies.column.state"), State(e.State).Word()},
	}
	if !e.Due.IsZero() && e.State != breakglass.Reviewed && e.State != breakglass.ReviewedByOne {
		facts = append(facts, slipFact{kit.T("emergencies.slip.due"), kit.Moment(e.Due)})
	}
	if e.Account != "" {
		facts = append(facts, slipFact{kit.T("emergencies.account"), e.Account})
	}
	for i, l := range ReviewLines(e) {
		name := ""
		if i == 0 {
			name = kit.T("emergencies.review")
		}
		facts = append(facts, slipFact{name, l.Words})
	}
	return facts
}

var slipPage = template.Must(template.New("slip").Parse(`<!DOCTYPE html>
<html lang="{{.T.language}}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{{.T.title}} {{.E.Receipt}}</title>
<style>
@page { size: A4; margin: 18mm }
body { font: 11pt/1.45 sans-serif; color: #000; background: #fff; max-width: 174mm; margin: 0 auto }
h1 { font-size: 18pt; margin: 0 0 1mm }
h2 { font-size: 12pt; margin: 6mm 0 2mm }
header { display: flex; justify-content: space-between; align-items: flex-start; gap: 8mm }
.receipt { font: bold 26pt/1.2 monospace; letter-spacing: 0.04em; white-space: nowrap }
.small { font-size: 9pt }
.hash { font: 8pt/1.4 monospace; overflow-wrap: anywhere }
img { flex: none; width: 35mm; height: 35mm; image-rendering: pixelated }
table { border-collapse: collapse; width: 100% }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { text-align: left; vertical-align: top; padding: 1mm 4mm 1mm 0; overflow-wrap: break-word }
th { white-space: nowrap }
.facts td:first-child { white-space: nowrap; color: #444 }
.written { font-size: 9.5pt }
.written th { border-bottom: 0.3mm solid #000; font-weight: normal; color: #444 }
.written td { border-bottom: 0.1mm solid #999 }
.caution { border: 0.4mm solid #000; padding: 1mm 3mm; margin: 2mm 0 }
.simulated { border: 0.8mm dashed #000; padding: 1mm 3mm; font-weight: bold; text-align: center; letter-spacing: 0.2em }
.watermark { position: fixed; top: 45%; left: 0; right: 0; text-align: center; font: bold 72pt sans-serif; color: #000; opacity: 0.12; transform: rotate(-28deg); pointer-events: none }
.sign { margin-top: 14mm; border-top: 0.3mm solid #000; width: 90mm; padding-top: 1mm }
</style>
</head>
<body>
{{if .Simulated}}<p class="simulated">{{.T.simulated}}</p>
<div class="watermark" aria-hidden="true">{{.T.simulated}}</div>
{{end}}<header>
<div>
<h1>{{.T.title}}</h1>
<p class="small">{{.T.purpose}}</p>
<p class="small">{{.T.receipt}}</p>
<p class="receipt">{{.E.Receipt}}</p>
</div>
<img alt="{{.T.code}}" src="{{.Code}}">
</header>
{{range .Cautions}}<p class="caution">{{.}}</p>
{{end}}<table class="facts">
{{range .Facts}}<tr><td>{{.Name}}</td><td>{{.Value}}</td></tr>
{{end}}</table>
<h2>{{.T.actions}}</h2>
{{if .Rows}}<table class="written">
<thead><tr><th>{{.T.time}}</th><th>{{.T.setting}}</th><th>{{.T.found}}</th><th>{{.T.wanted}}</th><th>{{.T.left}}</th><th>{{.T.outcome}}</th></tr></thead>
<tbody>
{{range .Rows}}<tr><td>{{.Time}}</td><td>{{.Label}}</td><td>{{.Found}}</td><td>→ {{.Wanted}}</td><td>{{.Left}}</td><td>{{.Outcome}}</td></tr>
{{end}}</tbody>
</table>
{{else}}<p>{{.T.none}}</p>
{{end}}<p class="hash">{{.T.hash}} {{.Hash}}</p>
<p class="sign">{{.T.kept}}</p>
</body>
</html>
`))
