package bundle

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/verify"
)

// failing is a file on a medium that fails at a byte, or when it is synced or closed.
type failing struct {
	file
	left             int64
	err, sync, close error
	after            func() // once it was synced
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= int64(len(p)); f.left < 0 && f.err != nil {
		return 0, f.err
	}
	return f.file.Write(p)
}

func (f *failing) Sync() error {
	err := errors.Join(f.sync, f.file.Sync())
	if f.after != nil {
		f.after()
	}
	return err
}

func (f *failing) Close() error { return errors.Join(f.file.Close(), f.close) }

func TestAMediumThatFailsHoldsNoBundle(t *testing.T) {
	d := newDesk(t)
	d.read(200)
	for name, c := range map[string]struct {
		failing
		kind fault.Kind
	}{
		"full at once":       {failing{err: syscall.ENOSPC}, fault.NoRoom},
		"full at the end":    {failing{left: 10 << 10, err: syscall.ENOSPC}, fault.NoRoom},
		"pulled":             {failing{left: 5 << 10, err: syscall.EIO}, fault.MediumGone},
		"cannot be synced":   {failing{left: 1 << 40, sync: syscall.EIO}, fault.MediumGone},
		"full when synced":   {failing{left: 1 << 40, sync: syscall.ENOSPC}, fault.NoRoom},
		"cannot be closed":   {failing{left: 1 << 40, close: syscall.EIO}, fault.MediumGone},
		"takes and forgets":  {failing{left: 1 << 40}, fault.MediumBad},
		"taken out too soon": {failing{left: 1 << 40}, fault.MediumGone},
	} {
		t.Run(name, func(t *testing.T) {
			d := *d
			d.T = t
			r := d.request(t.TempDir())
			before := d.log.Head().Size
			r.create = func(path string) (file, error) {
				real, err := createFile(path)
				f := c.failing
				f.file = real
				switch name {
				case "takes and forgets":
					f.after = func() { d.ok(flip(path)) }
				case "taken out too soon":
					f.after = func() { d.ok(os.Remove(path)) }
				}
				return &f, err
			}
			if _, err := Write(t.Context(), r, nil); !fault.Is(err, c.kind) {
				t.Fatalf("%v, want %s", err, c.kind)
			}
			d.only(r.Folder)
			d.only(r.Temp)
			if d.log.Head().Size != before {
				t.Error("it is recorded")
			}
		})
	}
}

// flip changes one bit of a file.
func flip(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[len(b)/2] ^= 1
	return os.WriteFile(path, b, 0o600)
}

// off writes a bundle that somebody calls off, and wants nothing of it to be left.
func (d *desk) off(name string, alter func(*Request, func()), at string) {
	d.Run(name, func(t *testing.T) {
		d := *d
		d.T = t
		before := d.log.Head().Size
		r := d.request(t.TempDir())
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		alter(&r, stop)
		_, err := Write(ctx, r, func(stage string, _, _ int64) {
			if stage == at {
				stop()
			}
		})
		if !fault.Is(err, fault.Cancelled) {
			t.Fatal(err)
		}
		d.only(r.Folder)
		d.only(r.Temp)
		if d.log.Head().Size != before {
			t.Error("it is recorded")
		}
	})
}

// TestWhoeverCallsItOffLeavesNothing ends the context at each step that progress tells of, and between them.
func TestWhoeverCallsItOffLeavesNothing(t *testing.T) {
	d := newDesk(t)
	d.read(600)
	var stages []string
	if _, err := Write(t.Context(), d.request(t.TempDir()), func(stage string, _, _ int64) {
		if !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{StagePlan, StageMake, StageFinish, StageWrite, StageCheck}; !slices.Equal(stages, want) {
		t.Fatalf("%q, not %q", stages, want)
	}
	for _, at := range stages {
		d.off(at, func(*Request, func()) {}, at)
	}
	d.off("before", func(_ *Request, stop func()) { stop() }, "")
	d.off("signing", func(r *Request, stop func()) {
		sign := d.by(d.signers[0])
		r.Sign = func(ctx context.Context, s Said) (string, error) { stop(); return sign(ctx, s) }
	}, "")
	d.off("frames", func(r *Request, stop func()) {
		r.Frames = func(context.Context) ([][]byte, error) { stop(); return nil, nil }
	}, "")
	d.off("creating", func(r *Request, stop func()) {
		r.create = func(path string) (file, error) { stop(); return createFile(path) }
	}, "")
	d.off("synced", func(r *Request, stop func()) {
		r.create = func(path string) (file, error) {
			f, err := createFile(path)
			return &failing{file: f, left: 1 << 40, after: stop}, err
		}
	}, "")
}

// refusing is a log whose record of an export is not taken.
type refusing struct {
	*audit.Log
	err error
}

func (r refusing) Append(context.Context, ...audit.Draft) ([]audit.Record, error) { return nil, r.err }

func TestWhatCannotBeRecordedIsNotHandedOut(t *testing.T) {
	d := newDesk(t)
	r := d.request(t.TempDir())
	r.Source = refusing{d.log, fault.New(fault.LogFull, "", nil)}
	if _, err := Write(t.Context(), r, nil); !fault.Is(err, fault.LogFull) {
		t.Fatal(err)
	}
	d.only(r.Folder)
}

// TestANameThatCannotBeGivenIsRecorded takes the bundle's name away between its record and its name.
func TestANameThatCannotBeGivenIsRecorded(t *testing.T) {
	d := newDesk(t)
	r := d.request(t.TempDir())
	taken := ""
	r.create = func(path string) (file, error) {
		taken = strings.TrimSuffix(path, unfinished)
		return createFile(path)
	}
	r.Source = then{d.log, func() { d.ok(os.WriteFile(taken, []byte("somebody's"), 0o600)) }}
	m, err := Write(t.Context(), r, nil)
	if !fault.Is(err, fault.MediumGone) || !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	d.only(r.Folder, filepath.Base(taken))
	if b, err := os.ReadFile(taken); err != nil || string(b) != "somebody's" {
		t.Errorf("%q, %v", b, err)
	}
	all, err := d.exports.List(t.Context())
	d.ok(err)
	if len(all) != 1 || !all[0].Failed || all[0].Manifest != m.Digest {
		t.Errorf("%+v", all)
	}
	if _, there, err := d.exports.Last(t.Context()); there || err != nil {
		t.Error("what failed counts as the last one", err)
	}
}

// then is a log that does something after it has recorded an export.
type then struct {
	*audit.Log
	do func()
}

func (l then) Append(ctx context.Context, drafts ...audit.Draft) ([]audit.Record, error) {
	records, err := l.Log.Append(ctx, drafts...)
	if drafts[0].Kind == KindMade {
		l.do()
	}
	return records, err
}

func TestANewBundleOverwritesNone(t *testing.T) {
	d := newDesk(t)
	folder := t.TempDir()
	to := d.log.Head().Size
	var names []string
	for range 3 {
		r := d.request(folder)
		r.Selection.To = to
		r.Selection.From = 1
		names = append(names, filepath.Base(d.write(r).Path))
	}
	if !strings.HasSuffix(names[1], "-2.zip") || !strings.HasSuffix(names[2], "-3.zip") {
		t.Errorf("%q", names)
	}
	d.ok(os.WriteFile(filepath.Join(folder, strings.TrimSuffix(names[0], ".zip")+"-4.zip.partial"), []byte("cut short"), 0o600))
	r := d.request(folder)
	r.Selection.To, r.Selection.From = to, 1
	if name := filepath.Base(d.write(r).Path); !strings.HasSuffix(name, "-5.zip") {
		t.Error(name)
	}
}

// TestTheKeyMayChangeMeanwhile begins anew where the machine's key changes while a bundle is written.
func TestTheKeyMayChangeMeanwhile(t *testing.T) {
	d := newDesk(t)
	d.read(30)
	r := d.request(t.TempDir())
	n := 0
	r.Frames = func(context.Context) ([][]byte, error) {
		if n++; n == 1 {
			d.ok(d.log.Close(context.Background()))
			var err error
			d.log, err = audit.Open(context.Background(), d.db, d.clock, audit.WithMachine(d.folder))
			d.ok(err)
		}
		return nil, nil
	}
	r.Source = &current{d}
	m := d.write(r)
	if n != 2 || m.Report.Verdict != verify.Verified {
		t.Errorf("%d times: %s", n, m.Report.Verdict)
	}
}

// current is the desk's log as it is now.
type current struct{ *desk }

func (c *current) Head() audit.Head   { return c.log.Head() }
func (c *current) Now() clock.Reading { return c.log.Now() }
func (c *current) Stored(ctx context.Context, from int64, visit func(int64, []byte, []byte) error) error {
	return c.log.Stored(ctx, from, visit)
}
func (c *current) Checkpoints(ctx context.Context, after int64, visit func(audit.Checkpoint) error) error {
	return c.log.Checkpoints(ctx, after, visit)
}
func (c *current) Checkpoint(ctx context.Context) (audit.Head, error) { return c.log.Checkpoint(ctx) }
func (c *current) Vouch(hash [32]byte) (int64, []byte)                { return c.log.Vouch(hash) }
func (c *current) Append(ctx context.Context, drafts ...audit.Draft) ([]audit.Record, error) {
	return c.log.Append(ctx, drafts...)
}

// TestANameThatMayNotLastIsTakenAway fails where names are made durable.
func TestANameThatMayNotLastIsTakenAway(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		err  error
		left string
	}{{syscall.EIO, "x.zip.partial"}, {syscall.EINVAL, "x.zip"}, {nil, "x.zip"}} {
		m, err := createMedium(folder, "x", nil, createFile)
		if err != nil {
			t.Fatal(err)
		}
		m.settle = func(string) error { return c.err }
		if err := errors.Join(m.finish(), m.name()); (err != nil) != (c.err == syscall.EIO) {
			t.Error(err)
		}
		(&desk{T: t}).only(folder, c.left)
		m.discard()
		_ = os.Remove(m.path)
		(&desk{T: t}).only(folder)
	}
}
