package csvfile

import (
	"bufio"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/cases"
)

// column is a column of a table. It is of numbers or of texts whatever a cell holds: what looks like a number in a column of texts
// is a text, and is escaped like one.
type column[T any] struct {
	name   string
	number bool
	write  func(b []byte, of *T) []byte
}

func text[T any](name string, of func(*T) string) column[T] {
	return column[T]{name, false, func(b []byte, row *T) []byte { return append(b, of(row)...) }}
}

// number is a column of numbers; a cell of none is empty.
func number[T any](name string, of func(*T) (int64, bool)) column[T] {
	return column[T]{name, true, func(b []byte, row *T) []byte {
		if n, ok := of(row); ok {
			b = strconv.AppendInt(b, n, 10)
		}
		return b
	}}
}

// seconds is a column of times in seconds, to the millisecond.
func seconds[T any](name string, of func(*T) (time.Duration, bool)) column[T] {
	return column[T]{name, true, func(b []byte, row *T) []byte {
		if d, ok := of(row); ok {
			b = strconv.AppendFloat(b, float64(d.Milliseconds())/1000, 'f', 3, 64)
		}
		return b
	}}
}

// place are the two columns with which each row says which record it comes from.
func place[T any](of func(*T) cases.Place) []column[T] {
	return []column[T]{
		number("seq", func(row *T) (int64, bool) { return of(row).Seq, of(row).There }),
		text("leaf_sha256", func(row *T) string {
			hash := of(row).Hash
			if !of(row).There {
				return ""
			}
			return hex.EncodeToString(hash[:])
		}),
	}
}

// at is a column of the times of records.
func at[T any](name string, of func(*T) cases.Place) column[T] {
	return text(name, func(row *T) string {
		if !of(row).There {
			return ""
		}
		return clock.FormatWall(of(row).At.Wall)
	})
}

// table writes rows into a file. After a failure it only keeps the failure.
type table[T any] struct {
	columns []column[T]
	file    io.WriteCloser
	out     *bufio.Writer
	cell    []byte
	line    []byte
	err     error
}

func newTable[T any](open formats.Open, path string, columns ...[]column[T]) *table[T] {
	t := &table[T]{}
	for _, some := range columns {
		t.columns = append(t.columns, some...)
	}
	if t.file, t.err = open(path); t.err != nil {
		return t
	}
	t.out = bufio.NewWriterSize(t.file, 64<<10)
	for i, c := range t.columns {
		if i > 0 {
			t.out.WriteByte(',')
		}
		t.out.WriteString(c.name)
	}
	_, t.err = t.out.WriteString("\r\n")
	return t
}

func (t *table[T]) row(row *T) {
	if t.err != nil {
		return
	}
	t.line = t.line[:0]
	for i, c := range t.columns {
		if i > 0 {
			t.line = append(t.line, ',')
		}
		t.cell = c.write(t.cell[:0], row)
		if c.number {
			t.line = append(t.line, t.cell...)
			continue
		}
		t.line = appendQuoted(t.line, t.cell)
	}
	_, t.err = t.out.Write(append(t.line, '\r', '\n'))
}

// appendQuoted appends a text in quotation marks, an empty one included: a reader then knows texts from numbers.
func appendQuoted(b, cell []byte) []byte {
	b = append(b, '"')
	if harmless(cell) {
		return append(append(b, cell...), '"')
	}
	return append(append(b, strings.ReplaceAll(Escape(string(cell)), `"`, `""`)...), '"')
}

// harmless says quickly of most cells that Escape would change nothing in them.
func harmless(cell []byte) bool {
	for i, c := range cell {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || c < ' ' || c > '~' || c == '"') {
			return false
		}
	}
	return true
}

// close ends the file, whatever became of it.
func (t *table[T]) close() error {
	if t.file == nil {
		return t.err
	}
	if t.err == nil {
		t.err = t.out.Flush()
	}
	if err := t.file.Close(); t.err == nil {
		t.err = err
	}
	return t.err
}
