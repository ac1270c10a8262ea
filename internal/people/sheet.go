package people

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html/template"

	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/qr"
)

// Sheet is what the founders print and keep in two places, so that nobody can put another founding in the place of theirs.
// It is no secret and opens nothing.
type Sheet struct {
	Origin      string
	Words       []string // twelve: the first 128 bits of the fingerprint
	Fingerprint string   // SHA-256 of the founding statement, in groups of four hexadecimal digits
	QR          string   // the text of the code: which log, and the whole fingerprint
	Founders    []Person
}

// Sheet returns the console's sheet. Before the founding it is fault.WrongState.
func (r *Roster) Sheet(ctx context.Context) (sheet Sheet, err error) {
	err = r.look(ctx, func(m *Members) error {
		if m.founding == nil {
			return fault.New(fault.WrongState, "", nil)
		}
		sheet, err = m.sheet()
		return err
	})
	return sheet, err
}

func (m *Members) sheet() (Sheet, error) {
	twelve, err := m.Words()
	if err != nil {
		return Sheet{}, err
	}
	sum := sha256.Sum256(m.founding)
	s := Sheet{
		Origin: m.origin, Words: twelve, Fingerprint: m.Fingerprint(),
		QR: "urn:countersign:founding:" + m.origin + ":" + hex.EncodeToString(sum[:]),
	}
	for _, p := range m.persons {
		if p.Founder {
			s.Founders = append(s.Founders, m.at(p, p.Since.Wall))
		}
	}
	return s, nil
}

// SheetTexts are the words around what the sheet says, in the language of those who keep it.
type SheetTexts struct {
	Language string // as HTML names it: "en", "de"
	Title    string
	Purpose  string // what the sheet is for and where to keep it
	Log      string // label of the origin
	Words    string // label of the twelve words
	Whole    string // label of the fingerprint
	Founders string
	Badge    string
	Kept     string // label of the line on which those who keep it sign
	Code     string // what a reader who cannot see the code is told
	Roles    map[policy.Role]string
}

// codeScale is how many dots of the picture a module of the code takes: it is printed about 45 mm wide.
const codeScale = 6

// HTML returns the sheet as one page of A4 that needs nothing else: no script, no font, nothing from a network. The same
// sheet and texts give the same bytes.
func (s Sheet) HTML(texts SheetTexts) ([]byte, error) {
	code, err := qr.PNG(s.QR, codeScale)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	picture := template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code)) // our own bytes
	err = sheetPage.Execute(&page, map[string]any{"S": s, "T": texts, "Code": picture})
	if err != nil {
		return nil, fault.New(fault.Internal, "sheet", err)
	}
	return page.Bytes(), nil
}

var sheetPage = template.Must(template.New("sheet").Parse(`<!DOCTYPE html>
<html lang="{{.T.Language}}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{{.T.Title}}</title>
<style>
@page { size: A4; margin: 20mm }
body { font: 12pt/1.5 sans-serif; color: #000; background: #fff; max-width: 170mm; margin: 0 auto }
h1 { font-size: 20pt }
h2 { font-size: 12pt; margin: 8mm 0 2mm }
ol { columns: 3; margin: 0; font: 16pt/1.7 monospace }
.whole { font: 12pt/1.6 monospace }
td { padding: 1mm 6mm 1mm 0; vertical-align: top }
img { width: 45mm; height: 45mm; image-rendering: pixelated; margin-top: 6mm }
.sign { margin-top: 14mm; border-top: 0.3mm solid #000; width: 80mm; padding-top: 1mm }
</style>
</head>
<body>
<h1>{{.T.Title}}</h1>
<p>{{.T.Purpose}}</p>
<h2>{{.T.Log}}</h2>
<p class="whole">{{.S.Origin}}</p>
<h2>{{.T.Words}}</h2>
<ol>
{{range .S.Words}}<li>{{.}}</li>
{{end}}</ol>
<h2>{{.T.Whole}}</h2>
<p class="whole">{{.S.Fingerprint}}</p>
<h2>{{.T.Founders}}</h2>
<table>
{{range .S.Founders}}<tr><td>{{.Name}}</td><td>{{or (index $.T.Roles .Role) .Role}}</td><td>{{if .Badge}}{{$.T.Badge}} {{.Badge}}{{end}}</td><td class="whole">{{.ID}}</td></tr>
{{end}}</table>
<img alt="{{.T.Code}}" src="{{.Code}}">
<p class="sign">{{.T.Kept}}</p>
</body>
</html>
`))
