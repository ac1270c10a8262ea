package report

// document is what a report says, whatever it is written as: HTML, PDF or text.
type document struct {
	title    string
	subtitle string
	stamps   []string // what must be seen on each page: "SIMULATED", "PARTIAL"
	sections []section
}

// section is a chapter.
type section struct {
	title string
	wide  bool // its table wants the long side of the paper
	parts []part
}

// part is one thing in a chapter.
type part interface{ part() }

// para is a paragraph.
type para string

// facts are names and values.
type facts [][2]string

// steps are numbered.
type steps []string

// points are not numbered; those that begin with warn are marked.
type points []string

// table has a head that is repeated on each page. A cell may have several lines.
type table struct {
	columns []col
	rows    [][]string
	more    string // what is said where rows were left out
}

// col is a column of a table, as wide as its weight among those of the others.
type col struct {
	name   string
	weight float64
	right  bool // for numbers
}

func (para) part()   {}
func (facts) part()  {}
func (steps) part()  {}
func (points) part() {}
func (table) part()  {}

// warn begins a point that somebody should look at.
const warn = "! "
