package formats

import (
	"bufio"
	"io"
)

// Parts writes records into files of at most PartRecords each. The first is there even when it is empty.
type Parts struct {
	open Open
	path func(part int) string
	part int
	held int // records in this part
	file io.WriteCloser
	out  *bufio.Writer
}

// NewParts returns a writer of the files that path names.
func NewParts(open Open, path func(part int) string) *Parts { return &Parts{open: open, path: path} }

// partBuffer is how much is gathered before it is handed on, in bytes.
const partBuffer = 64 << 10

// Write adds one record.
func (p *Parts) Write(record []byte) error {
	if p.file == nil || p.held == PartRecords {
		if err := p.next(); err != nil {
			return err
		}
	}
	p.held++
	_, err := p.out.Write(record)
	return err
}

func (p *Parts) next() error {
	if err := p.end(); err != nil {
		return err
	}
	p.part++
	file, err := p.open(p.path(p.part))
	if err != nil {
		return err
	}
	p.file, p.held = file, 0
	if p.out == nil {
		p.out = bufio.NewWriterSize(file, partBuffer)
	} else {
		p.out.Reset(file)
	}
	return nil
}

func (p *Parts) end() error {
	if p.file == nil {
		return nil
	}
	err := p.out.Flush()
	if closed := p.file.Close(); err == nil {
		err = closed
	}
	p.file = nil
	return err
}

// Close ends the last part.
func (p *Parts) Close() error {
	if p.part == 0 {
		if err := p.next(); err != nil {
			return err
		}
	}
	return p.end()
}
