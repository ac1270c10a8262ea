package report

import (
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
)

// The page, in millimetres, and the sizes of letters, in points.
const (
	margin     = 16.0
	topMargin  = 22.0
	footMargin = 18.0
	body       = 9.5
	small      = 7.6
	heading    = 14.0
	leading    = 1.38 // of a line, in its letters' size
	point      = 25.4 / 72
)

type colour [3]int

var (
	ink   = colour{27, 31, 36}
	grey  = colour{87, 96, 106}
	teal  = colour{11, 72, 84}
	red   = colour{168, 50, 10}
	rule  = colour{205, 212, 216}
	shade = colour{232, 239, 240}
	faint = colour{246, 226, 219}
)

// paper is a document on its way to pages.
type paper struct {
	*fpdf.Fpdf
	d     document
	foot  string
	faces map[string]*face
	size  float64
	style string
	wide  bool
}

// writePDF writes a document as pages. Nothing in the file depends on when or where it is made: its times are the heading's, its
// fonts are embedded, its pages are not compressed.
func writePDF(t *text, h formats.Heading, d document) {
	p := &paper{Fpdf: fpdf.New("P", "mm", "A4", ""), d: d, faces: map[string]*face{}}
	p.SetCompression(false)
	p.SetCatalogSort(true)
	p.SetCreationDate(h.Made.UTC())
	p.SetModificationDate(h.Made.UTC())
	p.SetProducer("Countersign", true)
	p.SetTitle(d.title+" - "+cases.Visible(d.subtitle), true)
	p.SetLang("en")
	p.SetMargins(margin, topMargin, margin)
	p.SetAutoPageBreak(false, 0)
	p.AliasNbPages("{nb}")
	p.foot = fmt.Sprintf("%s, %d records, made %s UTC", cases.Visible(h.Origin), h.Head.Size, h.Made.UTC().Format("2006-01-02 15:04:05"))
	for _, style := range []string{"", "B"} {
		f, err := newFace(p.Fpdf, style)
		if err != nil {
			t.err = err
			return
		}
		p.faces[style] = f
	}
	p.SetHeaderFunc(p.above)
	p.SetFooterFunc(p.below)
	p.cover()
	for _, s := range d.sections {
		p.section(s)
	}
	if err := p.Output(t.out); err != nil {
		t.err = err
	}
}

func (p *paper) font(style string, size float64, c colour) {
	p.size, p.style = size, style
	p.SetFont(family, style, size)
	p.SetTextColor(c[0], c[1], c[2])
}

func (p *paper) lineHeight() float64 { return p.size * point * leading }

// above draws what stands behind and above a page's text.
func (p *paper) above() {
	style, size := p.style, p.size
	width, height := p.GetPageSize()
	if len(p.d.stamps) > 0 {
		stamp := strings.Join(p.d.stamps, " - ")
		p.font("B", 54, faint)
		for p.width(stamp) > 0.8*width {
			p.font("B", p.size-2, faint)
		}
		p.TransformBegin()
		p.TransformRotate(32, width/2, height/2)
		p.Text((width-p.width(stamp))/2, height/2, stamp)
		p.TransformEnd()
		p.font("B", small, red)
		p.Text(width-margin-p.width(stamp), 12, stamp)
	}
	p.font("", small, grey)
	p.Text(margin, 12, p.fit(p.d.title+" - "+p.d.subtitle, width/2))
	p.line(14, rule)
	p.font(style, max(size, 1), ink)
	p.SetXY(margin, topMargin)
}

func (p *paper) below() {
	style, size := p.style, p.size
	width, height := p.GetPageSize()
	p.font("", small, grey)
	p.line(height-13, rule)
	p.Text(margin, height-9, p.fit(p.foot, width-3*margin-30))
	p.Text(width-margin-24, height-9, fmt.Sprintf("page %d of {nb}", p.PageNo()))
	p.font(style, max(size, 1), ink)
}

func (p *paper) line(y float64, c colour) {
	width, _ := p.GetPageSize()
	p.SetDrawColor(c[0], c[1], c[2])
	p.SetLineWidth(0.2)
	p.Line(margin, y, width-margin, y)
}

// inner is the width between the margins, and end where a page's text ends.
func (p *paper) inner() float64 {
	width, _ := p.GetPageSize()
	return width - 2*margin
}

func (p *paper) end() float64 {
	_, height := p.GetPageSize()
	return height - footMargin
}

func (p *paper) page() {
	if p.wide {
		p.AddPageFormat("L", p.GetPageSizeStr("A4"))
		return
	}
	p.AddPageFormat("P", p.GetPageSizeStr("A4"))
}

// room begins a page where the rest of this one is less than that.
func (p *paper) room(height float64) {
	if p.GetY()+height > p.end() {
		p.page()
	}
}

func (p *paper) cover() {
	p.page()
	p.font("B", 24, teal)
	p.Text(margin, p.GetY()+8, p.d.title)
	p.SetY(p.GetY() + 12)
	p.font("", 12, grey)
	p.prose(p.d.subtitle, margin, p.inner())
	for _, stamp := range p.d.stamps {
		p.font("B", 12, red)
		p.prose(stamp, margin, p.inner())
	}
}

func (p *paper) section(s section) {
	if s.wide != p.wide {
		p.wide = s.wide
		p.page()
	} else {
		p.room(58)
	}
	if p.GetY() > topMargin {
		p.SetY(p.GetY() + 6)
	}
	p.Bookmark(s.title, 0, -1)
	p.font("B", heading, teal)
	p.prose(s.title, margin, p.inner())
	p.line(p.GetY()+0.5, teal)
	p.SetY(p.GetY() + 3)
	for _, one := range s.parts {
		p.part(one)
	}
}

func (p *paper) part(one part) {
	p.font("", body, ink)
	switch one := one.(type) {
	case para:
		p.prose(string(one), margin, min(p.inner(), 225))
		p.SetY(p.GetY() + 2)
	case facts:
		p.facts(one)
	case steps:
		for i, s := range one {
			p.item(fmt.Sprintf("%d.", i+1), s, ink)
		}
	case points:
		for _, s := range one {
			if rest, found := strings.CutPrefix(s, warn); found {
				p.item("!", rest, red)
			} else {
				p.item("–", s, grey)
			}
		}
	case table:
		p.table(one)
	}
}

func (p *paper) item(mark, s string, c colour) {
	p.room(2 * p.lineHeight())
	p.font("B", body, c)
	p.Text(margin+1, p.GetY()+p.size*point, mark)
	p.font("", body, ink)
	p.prose(s, margin+7, min(p.inner()-7, 218))
	p.SetY(p.GetY() + 1)
}

const factWidth = 46

func (p *paper) facts(list facts) {
	for _, f := range list {
		lines := p.wrap(f[1], p.inner()-factWidth)
		p.room(p.lineHeight() * float64(min(len(lines), 3)))
		p.font("", body, grey)
		p.Text(margin, p.GetY()+p.size*point, p.fit(f[0], factWidth-2))
		p.font("", body, ink)
		p.lines(lines, margin+factWidth)
		p.SetY(p.GetY() + 0.8)
	}
	p.SetY(p.GetY() + 2)
}

// prose writes a paragraph, over pages where it must.
func (p *paper) prose(s string, x, width float64) { p.lines(p.wrap(s, width), x) }

func (p *paper) lines(lines []string, x float64) {
	for _, l := range lines {
		p.room(p.lineHeight())
		p.Text(x, p.GetY()+p.size*point, l)
		p.SetY(p.GetY() + p.lineHeight())
	}
}
