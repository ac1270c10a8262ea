package export

import (
	"context"
	"slices"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/task"
)

// read asks for all that the form offers. What only helps to choose is left out where it cannot be read.
func read(ctx context.Context, d Deps, me string) (k Known, err error) {
	k.Size = d.Log.Head().Size
	k.Earlier, err = d.Exports.List(ctx)
	if devices, failed := d.Devices(ctx); failed == nil {
		k.Devices = devices
	}
	if all, failed := d.People(ctx); failed == nil {
		k.People = all
	}
	if places, failed := d.Places(); failed == nil {
		k.Places = places
	}
	if exposure, failed := d.Log.Exposure(ctx, me); failed == nil {
		k.Exposure, k.Exposed = exposure, true
	}
	return k, err
}

// look asks how much room the chosen folder has, and which media there are.
func (v *View) look() {
	if v.where == EarlierID {
		return
	}
	type seen struct {
		places []Place
		free   int64
	}
	folder := v.model.folder()
	kit.Load(v.room, func(context.Context) (s seen, err error) {
		s.places, _ = v.deps.Places() // none to choose from, then
		if folder != "" {
			s.free, err = v.deps.Free(folder)
		}
		return s, err
	}, func(s seen, err error) {
		m := v.model
		before := m.FolderLine()
		same := slices.Equal(m.Places, s.places)
		m.Free, m.FreeOf, m.FreeErr, m.Places = s.free, folder, err, s.places
		if !same || before != m.FolderLine() { // this is asked every other second
			v.form.offer()
			v.render()
		}
	})
}

// changed takes in what was typed or chosen.
func (v *View) changed() {
	folder := v.model.folder()
	again := v.model.Choose(v.form.read(v.model.Form))
	if again {
		v.count()
	}
	if v.model.folder() != folder {
		v.look()
	}
	v.render()
}

// count counts what the bundle would hold. A count for an older choice ends.
func (v *View) count() {
	m := v.model
	if !v.shown || v.where == EarlierID || !m.Choosable() {
		v.counting.Stop()
		m.Previewing = false
		v.render()
		return
	}
	m.Previewing = true
	selection, form := m.Selection(), m.Form
	v.far.Store(nil)
	kit.Load(v.counting, func(ctx context.Context) (p Preview, err error) {
		if form.Period == Days {
			from, to, _ := form.days()
			if selection.From, selection.To, err = v.deps.Exports.Span(ctx, from, to); err != nil {
				return p, err
			}
			if selection.To <= selection.From {
				return Preview{From: selection.From, To: selection.From}, nil
			}
		}
		return v.deps.Exports.Preview(ctx, selection, func(done, of int64) { v.far.Store(&far{done: done, of: of}) })
	}, func(p Preview, err error) {
		m.Took(p, err)
		v.render()
	})
	v.render()
}

// begin makes the bundle that the form asks for.
func (v *View) begin() {
	m := v.model
	if m.Phase != Filling || v.where == EarlierID || !m.Previewed || m.Preview.Shown == 0 {
		return
	}
	passphrase := v.form.passphrase.Text
	if problems := m.Problems(passphrase); len(problems) > 0 {
		v.form.say(problems)
		return
	}
	v.form.say(nil)
	v.form.passphrase.SetText("")
	ctx, stop := context.WithCancel(v.ctx)
	v.stop = stop
	m.Begin()
	v.far.Store(&far{})
	v.render()
	v.form.scroll.ScrollToTop()
	kit.Focus(v.form.cancel)
	order, signer := m.Order(nil), ""
	if m.SignedIn {
		signer = m.Me.ID
	}
	kit.Load(v.writing, func(context.Context) (Made, error) { return v.write(ctx, order, signer, passphrase) }, v.ended)
}

// write opens the key of whoever signs, if anybody does, and makes the bundle. It runs in the background.
func (v *View) write(ctx context.Context, order Order, signer, passphrase string) (made Made, err error) {
	err = v.deps.Board.Run(ctx, kit.T("export.task"), func(ctx context.Context, p *task.Progress) (err error) {
		if signer != "" {
			if order.Signer, err = v.deps.Prove(ctx, signer, passphrase); err != nil {
				return err
			}
			defer order.Signer.Lock()
		}
		made, err = v.deps.Exports.Write(ctx, order, func(name string, done, of int64) {
			v.far.Store(&far{name, done, of})
			p.Step(stage(name))
			p.Set(done, of)
		})
		return err
	})
	if err != nil && ctx.Err() != nil {
		err = fault.New(fault.Cancelled, "", err)
	}
	return made, err
}

// ended takes in what became of the bundle.
func (v *View) ended(made Made, err error) {
	v.stop()
	v.stop = nil
	m := v.model
	m.End(made, err)
	switch {
	case err == nil:
		line := m.ResultLine()
		v.deps.Result(line.State, line.Words)
		m.Previewed = false
	default:
		state, sentence, _ := Trouble(err)
		v.deps.Result(state, sentence)
	}
	v.render()
	if !v.shown || v.where == EarlierID {
		return
	}
	switch {
	case err == nil:
		kit.Focus(v.result.again)
	case m.SignedIn && fault.Is(err, fault.Passphrase):
		kit.Focus(v.form.passphrase)
	default:
		kit.Focus(v.form.do)
	}
	v.Refresh()
	v.form.scroll.ScrollToTop()
}

// cancel stops the bundle that is being made.
func (v *View) cancel() {
	if v.stop != nil {
		v.model.Stopping = true
		v.stop()
		v.render()
	}
}

// follow shows how far the work is.
func (v *View) follow() {
	f := v.far.Load()
	if f == nil {
		return
	}
	m := v.model
	switch {
	case m.Phase == Writing:
		m.Stage, m.Done, m.Of = f.stage, f.done, f.of
	case m.Previewing:
		m.Counted = f.done
	default:
		return
	}
	v.form.renderProgress()
}

// take takes in the receipt in a file.
func (v *View) take() {
	path, key := strings.TrimSpace(v.list.file.Text), strings.TrimSpace(v.list.key.Text)
	if v.model.Taking {
		return
	}
	if path == "" {
		kit.Focus(v.list.file)
		return
	}
	v.model.Taking, v.model.Taken, v.model.TakeErr = true, nil, nil
	v.render()
	kit.Load(v.taking, func(ctx context.Context) (Receipt, error) { return v.deps.Exports.Take(ctx, path, key) }, func(r Receipt, err error) {
		v.model.Taking, v.model.TakeErr = false, err
		if err == nil {
			v.model.Taken = &r
			v.list.file.SetText("")
			state, sentence, _ := r.ReceiptWords()
			v.deps.Result(state, sentence)
		}
		v.render()
		v.Refresh()
	})
}

// reveal lets the system show the folder of the bundle.
func (v *View) reveal() {
	if v.deps.Show == nil || v.deps.Show(v.model.Made.Path) != nil {
		v.deps.Result(kit.Note, kit.T("export.reveal.none", kit.Data{"Path": v.model.Made.Path}))
	}
}
