package people

import (
	"bytes"
	"html/template"

	"countersign/internal/fault"
)

// CodeSheet is what is printed of a set of codes: each of them on two strips, to be cut out, sealed in envelopes and kept in two
// places. It is as secret as a key.
type CodeSheet struct {
	Origin string
	Set    string
	Codes  []string // as they are printed
}

// Sheet returns what is printed of the set, for the log of this name.
func (f Fresh) Sheet(origin string) CodeSheet { return CodeSheet{origin, f.Set, f.Codes} }

// CodeSheetTexts are the words around the codes, in the language of those who find the envelopes.
type CodeSheetTexts struct {
	Language string // as HTML names it: "en", "de"
	Title    string
	Purpose  string    // what to do with the page: cut, seal, two places, delete the file
	For      string    // on each strip, before the origin
	Set      string    // label of the set's number
	Place    [2]string // on each strip: where the one copy and the other one is kept
	Use      string    // on each strip: how the code is used
	After    string    // on each strip: what to do after use
}

// HTML returns the sheet as pages of A4 that need nothing else: no script, no font, nothing from a network. The same sheet and
// texts give the same bytes.
func (s CodeSheet) HTML(texts CodeSheetTexts) ([]byte, error) {
	var page bytes.Buffer
	if err := codesPage.Execute(&page, map[string]any{"S": s, "T": texts}); err != nil {
		return nil, fault.New(fault.Internal, "sheet", err)
	}
	return page.Bytes(), nil
}

var codesPage = template.Must(template.New("codes").Parse(`<!DOCTYPE html>
<html lang="{{.T.Language}}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.T.Title}}</title>
<style>
@page { size: A4; margin: 15mm }
body { font: 11pt/1.4 sans-serif; color: #000; background: #fff; max-width: 180mm; margin: 0 auto }
h1 { font-size: 18pt }
section { break-before: page }
.strip { break-inside: avoid; border: 0.3mm dashed #000; padding: 3mm 5mm; margin: -0.3mm 0 0 }
.code { font: bold 20pt/1.5 monospace; margin: 1mm 0; white-space: pre }
.small { font-size: 9pt; margin: 0 }
.whole { font-family: monospace }
</style>
</head>
<body>
<h1>{{.T.Title}}</h1>
<p>{{.T.Purpose}}</p>
<p>{{.T.Set}} <span class="whole">{{.S.Set}}</span></p>
{{range $place := .T.Place}}<section>
{{range $.S.Codes}}<div class="strip">
<p class="small">{{$.T.For}} <span class="whole">{{$.S.Origin}}</span> – {{$place}}</p>
<p class="code">{{.}}</p>
<p class="small">{{$.T.Use}}</p>
<p class="small">{{$.T.After}}</p>
</div>
{{end}}</section>
{{end}}</body>
</html>
`))
