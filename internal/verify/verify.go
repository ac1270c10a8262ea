// Package verify reads an export bundle and says what it proves. It believes nothing: not the console that wrote the bundle, not
// the medium, not the manifest, not a number that is declared. What can be computed is computed again, and what people decided
// is held against their signatures. The rules of the roster and of the log are written here a second time on purpose; a mistake
// in those packages must not be repeated by the one who looks for it.
//
// It needs no network and no database, extracts no file, and never reads a whole bundle into memory. It does not decide whether
// a founding is the right one: whoever asks for the verdict hands in the twelve words from the founders' paper.
package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/report"
)

// Options are what the auditor knows besides the bundle.
type Options struct {
	Genesis  string                         // of the founding: twelve words, or the SHA-256 in hexadecimal; "" where nobody has the paper
	Known    []Witness                      // heads of the log that were seen elsewhere
	Progress func(step int, done, of int64) // may be nil

	derive derive // what makes the files for others; nil for report.All
}

// Witness is a head of the log that somebody kept outside the console: of an export before, on a receipt, or on paper.
type Witness struct {
	Name   string // where it comes from, for people
	Origin string
	Size   int64
	Root   [32]byte
}

// run is one verification.
type run struct {
	ctx      context.Context
	o        Options
	a        *archive
	m        formats.Manifest
	digest   [32]byte // of the manifest
	heads    heads
	judge    *judge
	walk     *walk
	report   *Report
	anchored bool
	gap      Answer
}

// Bundle reads the bundle of this size from r. The error is only for a ctx that ended and for a medium that cannot be read;
// everything about the bundle is in the Report.
func Bundle(ctx context.Context, r io.ReaderAt, size int64, o Options) (Report, error) {
	if o.Progress == nil {
		o.Progress = func(int, int64, int64) {}
	}
	if o.derive == nil {
		o.derive = report.All
	}
	found := Report{Findings: []Finding{}}
	v := &run{ctx: ctx, o: o, report: &found, gap: Unknown}
	v.describe(formats.Full)
	m := &medium{ctx: ctx, r: r}
	err := v.all(m, size)
	if err := ctx.Err(); err != nil {
		return found, fault.New(fault.Cancelled, "", err)
	}
	if trouble := m.trouble(); trouble != nil {
		return found, fault.New(fault.Incoming, "bundle", trouble)
	}
	var rule *broken
	if err != nil && !errors.As(err, &rule) {
		return found, fault.New(fault.Internal, "bundle", err)
	}
	v.conclude(rule)
	return found, nil
}

// all goes through the steps until one fails.
func (v *run) all(m *medium, size int64) (err error) {
	if v.a, err = open(m, size); err != nil {
		return err
	}
	if err := v.manifest(); err != nil {
		return err
	}
	v.describe(v.m.Scope)
	if err := v.files(); err != nil {
		return err
	}
	v.pass(1)
	if err := v.records(); err != nil {
		return err
	}
	for _, step := range []int{2, 3, 4, 5, 6} {
		v.pass(step)
	}
	if err := v.known(); err != nil {
		return err
	}
	v.pass(7)
	if !v.canDerive() {
		return nil
	}
	if err := v.derived(); err != nil {
		return err
	}
	v.pass(8)
	return nil
}

// manifest reads what the bundle says of itself.
func (v *run) manifest() error {
	for _, path := range needed {
		if v.a.files[path] == nil {
			return fileMissing.in(path)
		}
	}
	text, err := v.a.small(formats.ManifestPath, formats.MaxManifest)
	if err != nil {
		return err
	}
	if v.m, err = formats.ParseManifest(text); err != nil {
		return manifestForm.in(formats.ManifestPath, err)
	}
	v.digest = sha256.Sum256(text)
	v.report.Manifest, v.report.ManifestDigest = v.m, v.digest
	last := -1
	for _, f := range v.m.Files {
		at, known := place(f.Path)
		switch {
		case !known:
			return fileUnknown.in(f.Path)
		case at <= last:
			return manifestSorted.in(f.Path)
		case v.a.files[f.Path] == nil:
			return fileMissing.in(f.Path)
		}
		last = at
	}
	listed := len(v.m.Files)
	for _, name := range v.a.names {
		switch name {
		case formats.ManifestPath, formats.MachinePath, formats.ExportPath:
			listed++
		}
	}
	if listed < len(v.a.names) {
		return v.unlisted()
	}
	return nil
}

func (v *run) unlisted() error {
	listed := map[string]bool{formats.ManifestPath: true, formats.MachinePath: true, formats.ExportPath: true}
	for _, f := range v.m.Files {
		listed[f.Path] = true
	}
	for _, name := range v.a.names {
		if !listed[name] {
			return fileUnlisted.in(name)
		}
	}
	return nil
}

// files holds every file against the manifest. On the way it notes which heads of the log are spoken of.
func (v *run) files() error {
	var total, packed int64
	for _, f := range v.m.Files {
		packed += f.Size
	}
	for _, f := range v.m.Files {
		n, err := v.file(f, func(n int64) { v.o.Progress(1, total+n, packed) })
		if err != nil {
			return err
		}
		if total += n; total > formats.MaxTotal {
			return zipTotal.in(f.Path)
		}
	}
	for _, w := range v.o.Known {
		v.heads.want(w.Size)
	}
	v.heads.want(v.m.Previous.Size)
	v.heads.begin()
	return nil
}

// file hashes one file.
func (v *run) file(f formats.File, tick func(int64)) (int64, error) {
	e, err := v.a.read(f.Path)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	sum := sha256.New()
	in := &counted{r: io.LimitReader(e, f.Size+1), ctx: v.ctx, tick: tick}
	if isLeaves(f.Path) {
		err = v.look(io.TeeReader(in, sum))
	}
	if err == nil {
		_, err = io.Copy(sum, in)
	}
	switch {
	case err != nil:
		return 0, err
	case in.n != f.Size:
		return 0, fileSize.in(f.Path)
	case [32]byte(sum.Sum(nil)) != f.SHA256:
		return 0, fileHash.in(f.Path)
	}
	return in.n, nil
}

// look notes the heads that statements speak of. A line that cannot be one is left for the reading of the records to complain of.
func (v *run) look(r io.Reader) error {
	in := newLines(r, maxLeafLine)
	for {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLine):
			_, err := io.Copy(io.Discard, in.r)
			return err
		case err != nil:
			return err
		}
		v.heads.look(line)
	}
}

// counted counts what is read, and ends when ctx does.
type counted struct {
	r    io.Reader
	ctx  context.Context
	n    int64
	tick func(int64)
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.tick(c.n)
	return n, err
}
