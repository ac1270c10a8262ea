package start

import (
	"context"
	"encoding/hex"
	"slices"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/breakglass"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// ForkName is the route on which two persons sign that this log follows a damaged one.
const ForkName = "fork"

// ForkDeps is what that page needs.
type ForkDeps struct {
	Fork   func(context.Context) (breakglass.Fork, bool, error)
	People func(context.Context) ([]people.Person, error)
	Prove  func(ctx context.Context, personID, passphrase string) (*people.Signer, error)
	Role   func(people.Person) string
	Hint   func(people.Person) string // may be nil

	Prepare  func(ctx context.Context, by [2]people.Person, reason string) (*breakglass.Prepared, error)
	Complete func(ctx context.Context, p *breakglass.Prepared, signers ...*people.Signer) error
	Done     func(sentence string)
}

// Fork is the page.
type Fork struct {
	ctx      context.Context
	deps     ForkDeps
	load     *kit.Lane
	fork     breakglass.Fork
	known    bool
	people   []people.Person
	ceremony *ceremony.Page

	notice, problem *kit.Notice
	who             [2]*kit.Select
	reason          *kit.Entry
	sign            *kit.Button
	form            fyne.CanvasObject
	root            *fyne.Container
}

var (
	_ shell.Screen = (*Fork)(nil)
	_ shell.Leaver = (*Fork)(nil)
	_ shell.Paned  = (*Fork)(nil)
)

// NewFork returns the page. Its work ends with ctx.
func NewFork(ctx context.Context, deps ForkDeps, runner *kit.Runner) *Fork {
	f := &Fork{ctx: ctx, deps: deps, load: runner.Lane(ctx), notice: kit.NewNotice(), problem: kit.NewNotice()}
	f.ceremony = ceremony.New(ctx, ceremony.Deps{Prove: deps.Prove, Role: deps.Role, Hint: deps.Hint}, runner)
	for i := range f.who {
		f.who[i] = kit.NewSelect(kit.T([]string{"people.signer.first", "people.signer.second"}[i]), nil, func(string) { f.render() })
	}
	f.reason = kit.NewEntry(kit.T("start.fork.reason"))
	f.reason.OnChanged = func(string) { f.render() }
	f.sign = kit.NewPrimary(kit.T("start.fork.sign"), kit.IconKey, f.begin)
	fields := container.NewVBox(
		container.NewGridWithColumns(2, kit.Row(kit.T("people.signer.first"), kit.Outlined(f.who[0])), kit.Row(kit.T("people.signer.second"), kit.Outlined(f.who[1]))),
		kit.Row(kit.T("start.fork.reason"), f.reason))
	body := container.NewVBox(f.notice, f.problem, kit.Narrow(110, kit.Panel(kit.Room(fields))))
	f.form = kit.Page(kit.Title(kit.T("start.fork")), body, f.sign)
	f.root = container.NewStack(f.form, f.ceremony.Object())
	return f
}

// Title implements shell.Screen.
func (f *Fork) Title(string) string { return kit.T("start.fork") }

// Show implements shell.Screen.
func (f *Fork) Show(string) fyne.CanvasObject {
	type facts struct {
		fork   breakglass.Fork
		known  bool
		people []people.Person
	}
	kit.Load(f.load, func(ctx context.Context) (all facts, err error) {
		if all.fork, all.known, err = f.deps.Fork(ctx); err != nil {
			return all, err
		}
		all.people, err = f.deps.People(ctx)
		return all, err
	}, func(all facts, err error) {
		f.fork, f.known = all.fork, all.known
		f.people = slices.DeleteFunc(all.people, func(p people.Person) bool { return !p.Active })
		f.problem.SayFault(err)
		f.render()
	})
	f.render()
	return f.root
}

// Hide implements shell.Screen.
func (f *Fork) Hide() { f.ceremony.Leave() }

// Leave implements shell.Leaver.
func (f *Fork) Leave() bool { return f.ceremony.Leave() }

// Panes implements shell.Paned.
func (f *Fork) Panes() []fyne.Focusable {
	return []fyne.Focusable{f.who[0], f.who[1], f.reason, f.sign}
}

// render shows what there is to sign.
func (f *Fork) render() {
	var names []string
	for _, p := range f.people {
		names = append(names, p.Name)
	}
	for _, w := range f.who {
		w.Options = names
	}
	f.notice.Say(kit.Caution, kit.T("start.fork.what", kit.Data{"Files": f.fork.Files}),
		kit.T("start.fork.why", kit.Data{"Digest": hex.EncodeToString(f.fork.File[:8]), "Size": f.fork.Before.Size}))
	first, second := f.chosen(0), f.chosen(1)
	f.sign.SetEnabled(f.known && !f.fork.Signed && first != nil && second != nil && first.ID != second.ID && f.reason.Text != "")
	show(f.form, !f.ceremony.Open())
	show(f.ceremony.Object(), f.ceremony.Open())
}

func (f *Fork) chosen(i int) *people.Person {
	at := f.who[i].SelectedIndex()
	if at < 0 || at >= len(f.people) {
		return nil
	}
	return &f.people[at]
}

// begin shows the statement and asks for both passphrases.
func (f *Fork) begin() {
	by := [2]people.Person{*f.chosen(0), *f.chosen(1)}
	reason := f.reason.Text
	kit.Load(f.load, func(ctx context.Context) (*breakglass.Prepared, error) { return f.deps.Prepare(ctx, by, reason) },
		func(p *breakglass.Prepared, err error) {
			f.problem.SayFault(err)
			if err == nil {
				f.show(p, by[1].Name)
			}
		})
}

func (f *Fork) show(p *breakglass.Prepared, last string) {
	f.ceremony.Begin(ceremony.Act{
		Title: kit.T("start.fork"), Means: []string{kit.T("start.fork.means")}, Confirm: kit.T("start.fork.confirm", kit.Data{"Name": last}),
		Statement: p,
		Complete: func(ctx context.Context, signers ...*people.Signer) error {
			return f.deps.Complete(ctx, p, signers...)
		},
		Done: func(completed bool) {
			if completed {
				f.fork.Signed = true
				f.deps.Done(kit.T("start.fork.done"))
			}
			f.render()
		},
	})
	f.render()
	f.ceremony.Focus()
}
