package report

import (
	"errors"

	"countersign/internal/formats"
)

// How many changes the reports show at most; the table has all.
const (
	htmlChanges = maxChanges
	pdfChanges  = 500
)

// papers writes what people read: it counts while records come, and writes everything at the end.
type papers struct {
	summary *Summary
	open    formats.Open
}

func newPapers(h formats.Heading, open formats.Open) formats.View {
	return &papers{NewSummary(h), open}
}

func (p *papers) Record(r formats.Record) error { return p.summary.Record(r) }

func (p *papers) Close() error {
	s := p.summary
	err := s.Close()
	for _, one := range []struct {
		path  string
		write func(*text)
	}{
		{formats.VerifyPath, func(t *text) { writeVerify(t, s) }},
		{formats.HTMLPath, func(t *text) { writeHTML(t, compose(s, htmlChanges)) }},
		{formats.PDFPath, func(t *text) { writePDF(t, s.Heading, compose(s, pdfChanges)) }},
		{formats.SummaryPath, func(t *text) { writeSummary(t, compose(s, 0)) }},
	} {
		t := openText(p.open, one.path)
		if t.err == nil {
			one.write(t)
		}
		err = errors.Join(err, t.close())
	}
	return err
}
