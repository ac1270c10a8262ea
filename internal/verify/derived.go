package verify

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/report"
)

// derive makes the files for other programs and for people from the records and the manifest's heading.
type derive func(formats.Heading, formats.Open) formats.View

// canDerive says whether the derived files are of the edition that this program makes. Others are not called forged: nothing but
// the manifest stands for them, which is a finding.
func (v *run) canDerive() bool {
	mine := report.Edition()
	if v.m.Forms != mine {
		v.find(sawOtherForms.at(-1, v.m.Forms, mine, v.m.Program))
	}
	return v.m.Forms == mine
}

// derived makes every file again that the records are the source of, and compares: step 8. Each is hashed while it is made and
// held against what the manifest says, which step 1 has held against the file. Only where one differs are its bytes compared.
func (v *run) derived() error {
	made := &remade{want: map[string]formats.File{}, got: map[string]bool{}}
	for _, f := range v.m.Files {
		if !given(f.Path) {
			made.want[f.Path] = f
		}
	}
	if err := v.remake(made.open); err != nil {
		return err
	}
	for _, f := range v.m.Files {
		right, is := made.got[f.Path]
		switch {
		case given(f.Path):
		case !is:
			return derivedExtra.in(f.Path)
		case !right:
			return v.difference(f.Path)
		}
	}
	if made.extra != "" {
		return derivedMissing.in(made.extra)
	}
	v.report.Steps[7].Checks = int64(len(made.got))
	return nil
}

// remake makes every derived file again.
func (v *run) remake(open formats.Open) error {
	view := v.o.derive(v.m.Heading(), open)
	var done int64
	err := v.eachPart(func(r io.Reader) (n int64, err error) {
		in := newLines(r, maxLeafLine)
		for {
			line, err := in.next()
			if errors.Is(err, io.EOF) {
				return n, nil
			}
			if err != nil {
				return n, err
			}
			l, err := leaf.Decode(line)
			if err != nil {
				return n, err // the same was read before
			}
			if err := view.Record(formats.Record{Leaf: l, Bytes: line, Hash: leaf.Hash(line)}); err != nil {
				return n, err
			}
			if n, done = n+1, done+1; n%256 == 0 {
				v.o.Progress(8, done, v.m.Shown)
			}
		}
	})
	err = errors.Join(err, view.Close())
	var rule *broken
	if err == nil || errors.As(err, &rule) || v.ctx.Err() != nil || v.a.medium.trouble() != nil {
		return err
	}
	return derivedMaking.at(-1, err)
}

// remade takes in the files as they are made again. Several may be open at once.
type remade struct {
	want map[string]formats.File

	mu    sync.Mutex
	got   map[string]bool // whether it is what the manifest says
	extra string          // one that the bundle does not have
}

func (m *remade) open(path string) (io.WriteCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, wanted := m.want[path]
	if _, twice := m.got[path]; twice || given(path) {
		return nil, fmt.Errorf("%s is made twice", path)
	}
	if !wanted && m.extra == "" {
		m.extra = path
	}
	m.got[path] = false
	return &remaking{made: m, path: path, sum: sha256.New()}, nil
}

type remaking struct {
	made *remade
	path string
	sum  hash.Hash
	n    int64
}

// Write implements io.Writer.
func (r *remaking) Write(p []byte) (int, error) {
	r.n += int64(len(p))
	return r.sum.Write(p)
}

// Close implements io.Closer.
func (r *remaking) Close() error {
	r.made.mu.Lock()
	defer r.made.mu.Unlock()
	want := r.made.want[r.path]
	r.made.got[r.path] = want.Size == r.n && want.SHA256 == [32]byte(r.sum.Sum(nil))
	return nil
}

// difference makes everything once more to find where this file first differs.
func (v *run) difference(path string) error {
	e, err := v.a.read(path)
	if err != nil {
		return err
	}
	defer e.Close()
	c := &comparing{there: bufio.NewReaderSize(e, 64<<10), at: -1}
	err = v.remake(func(made string) (io.WriteCloser, error) {
		if made == path {
			return c, nil
		}
		return discarded{}, nil
	})
	if err != nil {
		return err
	}
	err = derivedDiffers.in(path, max(c.at, 0))
	var rule *broken
	if errors.As(err, &rule) {
		rule.Byte = max(c.at, 0)
	}
	return err
}

// comparing holds what is made again against what is there.
type comparing struct {
	there *bufio.Reader
	n, at int64 // the first byte that differs; -1 as long as none does
	buf   [4096]byte
}

// Write implements io.Writer.
func (c *comparing) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 && c.at < 0 {
		b := c.buf[:min(len(p), len(c.buf))]
		got, err := io.ReadFull(c.there, b)
		for i := range got {
			if b[i] != p[i] {
				c.at = c.n + int64(i)
				return all, nil
			}
		}
		c.n += int64(got)
		if err != nil {
			c.at = c.n
			return all, nil
		}
		p = p[got:]
	}
	return all, nil
}

// Close implements io.Closer.
func (c *comparing) Close() error {
	if c.at < 0 {
		c.at = c.n // there is more in the bundle
	}
	return nil
}

type discarded struct{}

// Write implements io.Writer.
func (discarded) Write(p []byte) (int, error) { return len(p), nil }

// Close implements io.Closer.
func (discarded) Close() error { return nil }
