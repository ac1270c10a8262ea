package report

// The space between a table's lines and its letters, in millimetres.
const (
	padX = 1.2
	padY = 0.9
)

// maxCell is how many lines a cell has at most. What is cut stands in the tables.
const maxCell = 20

// table draws a table, its head again on each page.
func (p *paper) table(t table) {
	p.font("", small, ink)
	if len(t.rows) == 0 {
		p.font("", body, grey)
		p.prose("None.", margin, p.inner())
		return
	}
	widths := t.widths(p.inner())
	_, first := p.wrapRow(widths, t.rows[0])
	p.head(t, widths, first)
	for _, row := range t.rows {
		p.row(t, widths, row)
	}
	p.SetY(p.GetY() + 2)
	if t.more != "" {
		p.font("", body, grey)
		p.prose(t.more, margin, p.inner())
	}
}

func (t table) widths(inner float64) []float64 {
	total := 0.0
	for _, c := range t.columns {
		total += c.weight
	}
	widths := make([]float64, len(t.columns))
	for i, c := range t.columns {
		widths[i] = inner * c.weight / total
	}
	return widths
}

// head draws the names of the columns, where there is room for them and the row below.
func (p *paper) head(t table, widths []float64, below float64) {
	p.font("B", small, ink)
	cells, most := make([][]string, len(t.columns)), 1
	for i, c := range t.columns {
		cells[i] = p.wrap(c.name, widths[i]-2*padX)
		most = max(most, len(cells[i]))
	}
	height := float64(most)*p.lineHeight() + 2*padY
	p.room(height + below)
	p.font("B", small, ink)
	p.SetFillColor(shade[0], shade[1], shade[2])
	p.Rect(margin, p.GetY(), p.inner(), height, "F")
	p.cells(t, widths, cells, height)
	p.font("", small, ink)
}

func (p *paper) row(t table, widths []float64, row []string) {
	cells, height := p.wrapRow(widths, row)
	if p.GetY()+height > p.end() {
		p.page()
		p.head(t, widths, height)
	}
	p.cells(t, widths, cells, height)
}

// wrapRow breaks a row's cells into lines and returns how high it is.
func (p *paper) wrapRow(widths []float64, row []string) (cells [][]string, height float64) {
	p.font("", small, ink)
	cells, most := make([][]string, len(row)), 1
	for i, cell := range row {
		if cells[i] = p.wrap(cell, widths[i]-2*padX); len(cells[i]) > maxCell {
			cells[i] = append(cells[i][:maxCell-1:maxCell-1], "[cut]")
		}
		most = max(most, len(cells[i]))
	}
	return cells, float64(most)*p.lineHeight() + 2*padY
}

// cells draws one row of cells and the line below it.
func (p *paper) cells(t table, widths []float64, cells [][]string, height float64) {
	x, y := margin, p.GetY()
	for i, lines := range cells {
		at := y + padY + p.size*point
		for _, l := range lines {
			left := x + padX
			if t.columns[i].right {
				left = x + widths[i] - padX - p.width(l)
			}
			p.Text(left, at, l)
			at += p.lineHeight()
		}
		x += widths[i]
	}
	p.line(y+height, rule)
	p.SetXY(margin, y+height)
}
