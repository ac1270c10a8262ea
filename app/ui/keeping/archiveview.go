package keeping

import (
	"context"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// archiveForm is where is recorded that an export of everything is kept somewhere for good.
type archiveForm struct {
	file, place *kit.Entry
	start       *kit.Button
	outcome     *kit.Notice
	box         fyne.CanvasObject
}

func (v *View) buildArchive() {
	f := &v.archive
	f.file, f.place = kit.NewEntry(kit.T("keeping.archive.file")), kit.NewEntry(kit.T("keeping.archive.place"))
	f.file.SetPlaceHolder(kit.T("keeping.archive.file.example"))
	f.place.SetPlaceHolder(kit.T("keeping.archive.place.example"))
	for _, e := range []*kit.Entry{f.file, f.place} {
		e.OnChanged = func(string) { v.renderArchive() }
	}
	f.start, f.outcome = kit.NewButton(kit.T("keeping.archive.start"), kit.IconCheck, v.record), kit.NewNotice()
	fields := container.NewGridWithColumns(2, kit.Row(kit.T("keeping.archive.file"), f.file), kit.Row(kit.T("keeping.archive.place"), f.place))
	f.box = container.NewVBox(kit.Muted(kit.T("keeping.archive.what")), fields, container.NewHBox(f.start), f.outcome)
}

func (v *View) renderArchive() {
	m, f := v.model, &v.archive
	f.start.SetEnabled(!m.Checking && strings.TrimSpace(f.file.Text) != "" && strings.TrimSpace(f.place.Text) != "")
	switch {
	case m.Checking:
		f.outcome.Say(kit.Busy, kit.T("keeping.archive.running"), "")
	case fault.Is(m.Unkept, fault.Incoming):
		f.outcome.Say(kit.Failed, kit.T("keeping.archive.wrong"), kit.T("keeping.archive.wrong.more", kit.Data{"Error": m.Unkept.Error()}))
	case fault.Is(m.Unkept, fault.LogDenied) && fault.SubjectOf(m.Unkept) == home(strings.TrimSpace(f.file.Text)):
		f.outcome.Say(kit.Failed, kit.T("changes.take.denied", kit.Data{"Name": fault.SubjectOf(m.Unkept)}), "")
	case m.Unkept != nil:
		f.outcome.SayFault(m.Unkept)
	case m.Archived > 0:
		f.outcome.Say(kit.Done, kit.N("keeping.archive.done", int(m.Archived)), "")
	default:
		f.outcome.Clear()
	}
}

// record has the file verified and recorded.
func (v *View) record() {
	if !v.deps.SignedIn() {
		v.deps.SignIn()
		return
	}
	path, place := home(strings.TrimSpace(v.archive.file.Text)), strings.TrimSpace(v.archive.place.Text)
	if path == "" || place == "" || v.model.Checking {
		return
	}
	v.model.Checking, v.model.Archived, v.model.Unkept = true, 0, nil
	v.renderArchive()
	kit.Load(v.archiving, func(ctx context.Context) (upto int64, err error) {
		err = v.deps.Board.Run(ctx, kit.T("keeping.archive.task"), func(ctx context.Context, p *task.Progress) (err error) {
			upto, err = v.deps.Archive(ctx, path, place, p.Set)
			return err
		})
		return upto, err
	}, func(upto int64, err error) {
		v.model.Checking, v.model.Archived, v.model.Unkept = false, upto, err
		if err == nil {
			v.archive.place.SetText("")
			v.deps.Result(kit.Done, kit.N("keeping.archive.done", int(upto)))
			v.Refresh()
		}
		v.render()
	})
}
