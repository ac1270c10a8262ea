package keeping

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"countersign/app/ui/kit"
	"countersign/internal/backup"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// backupForm is where a backup is made.
type backupForm struct {
	folder, recipient *kit.Entry
	start, cancel     *kit.Button
	stage             *widget.Label
	outcome           *kit.Notice
	box               fyne.CanvasObject
}

// told is how far the backup is, as the goroutine that makes it says.
type told struct {
	mu       sync.Mutex
	stage    string
	done, of int64
}

func (t *told) set(stage string, done, of int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage, t.done, t.of = stage, done, of
}

func (t *told) get() (stage string, done, of int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stage, t.done, t.of
}

func (v *View) buildBackup() {
	f := &v.backup
	f.folder, f.recipient = kit.NewEntry(kit.T("keeping.backup.folder")), kit.NewEntry(kit.T("keeping.backup.recipient"))
	f.folder.OnChanged = func(string) { v.renderBackup() }
	f.folder.SetPlaceHolder(kit.T("keeping.backup.folder.example"))
	f.recipient.SetPlaceHolder("age1…")
	f.start = kit.NewPrimary(kit.T("keeping.backup.start"), kit.IconCopy, v.backUp)
	f.cancel = kit.NewButton(kit.T("keeping.backup.cancel"), "", func() {
		if v.cancel != nil {
			v.cancel()
		}
	})
	f.stage, f.outcome = kit.Muted(""), kit.NewNotice()
	fields := container.NewGridWithColumns(2, kit.Row(kit.T("keeping.backup.folder"), f.folder), kit.Row(kit.T("keeping.backup.recipient"), f.recipient))
	f.box = container.NewVBox(kit.Muted(kit.T("keeping.backup.what")), fields, container.NewHBox(f.start, f.cancel, f.stage), f.outcome)
}

func (v *View) renderBackup() {
	m, f := v.model, &v.backup
	f.start.SetEnabled(!m.Busy && strings.TrimSpace(f.folder.Text) != "")
	f.cancel.Hidden = !m.Busy
	f.cancel.Refresh()
	words := m.Stages()
	if !m.Busy && !v.deps.SignedIn() {
		words = kit.T("keeping.backup.sign_in")
	}
	f.stage.SetText(words)
	if state, sentence, more, ok := m.Outcome(); ok {
		f.outcome.Say(state, sentence, more)
	} else {
		f.outcome.Clear()
	}
}

// poll shows how far the backup is.
func (v *View) poll() {
	if v.model.Busy {
		v.model.Stage, v.model.Done, v.model.Of = v.progress.get()
		v.backup.stage.SetText(v.model.Stages())
	}
}

func (v *View) backUp() {
	if !v.deps.SignedIn() {
		v.deps.SignIn()
		return
	}
	folder, recipient := home(strings.TrimSpace(v.backup.folder.Text)), strings.TrimSpace(v.backup.recipient.Text)
	if folder == "" || !v.model.Begin() {
		return
	}
	ctx, cancel := context.WithCancel(v.ctx)
	v.cancel = cancel
	v.progress.set("", 0, 0)
	v.render()
	kit.Load(v.backing, func(context.Context) (made backup.Made, err error) {
		err = v.deps.Board.Run(ctx, kit.T("keeping.backup.task"), func(ctx context.Context, p *task.Progress) (err error) {
			made, err = v.deps.BackUp(ctx, folder, recipient, func(stage string, done, of int64) {
				v.progress.set(stage, done, of)
				p.Set(done, of)
			})
			return err
		})
		return made, err
	}, func(made backup.Made, err error) {
		cancel()
		v.cancel = nil
		v.model.End(made, err)
		v.render()
		if state, sentence, _, ok := v.model.Outcome(); ok {
			v.deps.Result(state, sentence)
		}
	})
}

// home resolves ~ as a shell does.
func home(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	folder, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(folder, rest)
}
