package report

import (
	"fmt"
	"html"
	"strings"

	"countersign/internal/formats/cases"
)

// policy lets a browser load nothing and run nothing, whatever a text in the report may be.
const policy = "default-src 'none'; style-src 'unsafe-inline'"

const style = `
:root { color-scheme: light }
body { font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1b1f24; background: #fff; margin: 2.5rem auto; max-width: 78rem; padding: 0 1.5rem }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 } .sub { color: #57606a; margin: .25rem 0 1.5rem; font-size: 1.1rem }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-bottom: .25rem; border-bottom: 2px solid #0b5c6b; color: #0b4854; break-after: avoid }
p, li { max-width: 56rem } .stamp { display: inline-block; border: 2px solid #a8320a; color: #a8320a; font-weight: 700; letter-spacing: .06em; padding: .1rem .6rem; margin: 0 .5rem 1rem 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; margin: 1rem 0 } dt { color: #57606a } dd { margin: 0; overflow-wrap: anywhere; max-width: 56rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: .84rem; line-height: 1.35 } thead { display: table-header-group }
th { text-align: left; background: #e8eff0; border-bottom: 1px solid #0b5c6b; padding: .35rem .5rem; vertical-align: bottom } td { border-bottom: 1px solid #d5dadd; padding: .35rem .5rem; vertical-align: top; white-space: pre-line; overflow-wrap: anywhere }
.n { text-align: right; font-variant-numeric: tabular-nums } th.n { text-align: right } tr { break-inside: avoid } .none { color: #57606a }
.warn { list-style: none; position: relative } .warn::before { content: "!"; position: absolute; left: -1.5rem; width: 1.1rem; height: 1.1rem; line-height: 1.1rem; top: .2rem; text-align: center; font-weight: 700; color: #fff; background: #a8320a; border-radius: 50%; font-size: .8rem }
.mark { position: fixed; top: 42%; left: 0; right: 0; text-align: center; font-size: min(6rem, 6vw); white-space: nowrap; font-weight: 700; color: #a8320a; opacity: .07; transform: rotate(-24deg); pointer-events: none }
nav { columns: 3; margin: 1rem 0; font-size: .95rem } nav a { color: #0b4854; display: block }
@page { size: A4 landscape; margin: 14mm } @media print { body { margin: 0; padding: 0; max-width: none; font-size: 10pt } nav { display: none } }
`

// writeHTML writes a document as one file without scripts, pictures or links to elsewhere.
func writeHTML(t *text, d document) {
	t.printf("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", policy)
	t.printf("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	t.printf("<title>%s - %s</title>\n<style>%s</style>\n</head>\n<body>\n", esc(d.title), esc(d.subtitle), style)
	if len(d.stamps) > 0 {
		t.printf("<div class=\"mark\" aria-hidden=\"true\">%s</div>\n", esc(strings.Join(d.stamps, " - ")))
	}
	t.printf("<h1>%s</h1>\n<p class=\"sub\">%s</p>\n", esc(d.title), esc(d.subtitle))
	for _, stamp := range d.stamps {
		t.printf("<span class=\"stamp\">%s</span>", esc(stamp))
	}
	t.printf("\n<nav>\n")
	for i, s := range d.sections {
		t.printf("<a href=\"#s%d\">%s</a>\n", i+1, esc(s.title))
	}
	t.printf("</nav>\n")
	for i, s := range d.sections {
		t.printf("<section>\n<h2 id=\"s%d\">%s</h2>\n", i+1, esc(s.title))
		for _, p := range s.parts {
			writeHTMLPart(t, p)
		}
		t.printf("</section>\n")
	}
	t.printf("</body>\n</html>\n")
}

// esc makes a text safe and visible between tags and in quotation marks.
func esc(s string) string {
	if !strings.Contains(s, "\n") {
		return html.EscapeString(cases.Visible(s))
	}
	var lines []string // those of a cell are ours
	for line := range strings.SplitSeq(s, "\n") {
		lines = append(lines, html.EscapeString(cases.Visible(line)))
	}
	return strings.Join(lines, "\n")
}

func writeHTMLPart(t *text, p part) {
	switch p := p.(type) {
	case para:
		t.printf("<p>%s</p>\n", esc(string(p)))
	case facts:
		t.printf("<dl>\n")
		for _, f := range p {
			t.printf("<dt>%s</dt><dd>%s</dd>\n", esc(f[0]), esc(f[1]))
		}
		t.printf("</dl>\n")
	case steps:
		t.printf("<ol>\n")
		for _, s := range p {
			t.printf("<li>%s</li>\n", esc(s))
		}
		t.printf("</ol>\n")
	case points:
		t.printf("<ul>\n")
		for _, s := range p {
			if rest, found := strings.CutPrefix(s, warn); found {
				t.printf("<li class=\"warn\">%s</li>\n", esc(rest))
			} else {
				t.printf("<li>%s</li>\n", esc(s))
			}
		}
		t.printf("</ul>\n")
	case table:
		writeHTMLTable(t, p)
	}
}

func writeHTMLTable(t *text, p table) {
	if len(p.rows) == 0 {
		t.printf("<p class=\"none\">None.</p>\n")
		return
	}
	class := func(i int) string {
		if p.columns[i].right {
			return ` class="n"`
		}
		return ""
	}
	total := 0.0
	for _, c := range p.columns {
		total += c.weight
	}
	t.printf("<table>\n<thead><tr>")
	for i, c := range p.columns {
		t.printf("<th%s style=\"width:%s%%\">%s</th>", class(i), fmt.Sprintf("%.1f", 100*c.weight/total), esc(c.name))
	}
	t.printf("</tr></thead>\n<tbody>\n")
	for _, row := range p.rows {
		t.printf("<tr>")
		for i, cell := range row {
			t.printf("<td%s>%s</td>", class(i), esc(cell))
		}
		t.printf("</tr>\n")
	}
	t.printf("</tbody>\n</table>\n")
	if p.more != "" {
		t.printf("<p class=\"none\">%s</p>\n", esc(p.more))
	}
}
