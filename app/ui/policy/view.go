package policy

import (
	"context"
	"strings"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Screen is the name of this screen in routes.
const Screen = "policy"

// Deps is what the screen needs.
type Deps struct {
	Roster  Roster
	Has     func(personID string) bool // whether a person's key file is on this computer; may be nil
	Prove   func(ctx context.Context, personID, passphrase string) (*people.Signer, error)
	Me      func() string              // ID of who is signed in, or ""
	Changed func() <-chan struct{}     // closed when anything was recorded
	Hint    func(people.Person) string // the passphrase of a ready-made person in training; may be nil
	Result  func(kit.State, string)    // tells what came of it
}

// View is the screen.
type View struct {
	model     *Model
	deps      Deps
	runner    *kit.Runner
	ctx       context.Context
	leave     context.CancelFunc
	reading   *kit.Lane
	preparing *kit.Lane
	proposing bool // the form is open
	busy      bool

	root      *fyne.Container
	origin    *kit.Notice
	fault     *kit.Notice
	rows      *fyne.Container
	alerts    *widget.Label
	excluded  *widget.Label
	probation *widget.Label
	alone     *widget.Label // why other rules cannot be proposed now
	propose   *kit.Button
	back      *kit.Button
	page      fyne.CanvasObject
	form      *form
	ceremony  *ceremony.Page
}

// New returns the screen. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: &Model{}, deps: deps, runner: runner, ctx: ctx, leave: func() {}, reading: runner.Lane(ctx), preparing: runner.Lane(ctx),
		origin: kit.NewNotice(), fault: kit.NewNotice(), rows: container.NewVBox(), alerts: kit.Body(""), excluded: kit.Body(""), probation: kit.Body(""), alone: kit.Muted(kit.T("policy.alone"))}
	v.propose = kit.NewPrimary(kit.T("policy.propose"), kit.IconEdit, v.begin)
	v.back = kit.NewButton(kit.T("policy.back"), kit.IconBack, func() { open(shell.Route{Screen: "people"}) })
	v.form = newForm(v.dismiss, v.prepare)
	v.ceremony = ceremony.New(ctx, ceremony.Deps{Prove: deps.Prove, Hint: deps.Hint, Role: func(p people.Person) string { return RoleWord(p.Role) }}, runner)
	body := container.NewVBox(v.origin, v.fault, kit.Panel(kit.Room(v.rows)), kit.Heading(kit.T("policy.alerts")), v.alerts, kit.Heading(kit.T("policy.excluded")), v.excluded,
		kit.Heading(kit.T("policy.probation")), v.probation, v.alone)
	v.page = kit.Page(nil, body, v.back, v.propose)
	v.root = container.NewStack(v.page, v.form.page, v.ceremony.Object())
	v.render()
	return v
}

// shown is the page that is shown now.
func (v *View) shown() fyne.CanvasObject {
	switch {
	case v.ceremony.Open():
		return v.ceremony.Object()
	case v.proposing:
		return v.form.page
	}
	return v.page
}

// render copies the model into the widgets.
func (v *View) render() {
	now := v.shown()
	for _, o := range v.root.Objects {
		if o == now {
			o.Show()
		} else {
			o.Hide()
		}
	}
	v.origin.Say(v.model.Origin())
	v.fault.SayFault(v.model.Unread)
	v.renderRules()
	v.alone.Hidden = !v.model.Read || len(v.model.Signers) >= 2
	v.propose.SetEnabled(v.model.Read && v.alone.Hidden)
	v.root.Refresh()
}

func (v *View) renderRules() {
	v.rows.RemoveAll()
	head := container.New(columns{})
	for _, key := range []string{"class", "propose", "approve", "seat", "entry"} {
		l := kit.Body(kit.T("policy.column." + key))
		l.Importance = widget.LowImportance
		head.Add(l)
	}
	v.rows.Add(head)
	rules := v.model.Rules.Policy
	for _, r := range Rows(rules) {
		v.rows.Add(widget.NewSeparator())
		row := container.New(columns{})
		for i, text := range []string{r.Class, r.Propose, r.Approve, r.Seat, r.Entry} {
			l := kit.Body(text)
			l.TextStyle.Bold = i == 0
			row.Add(l)
		}
		v.rows.Add(row)
	}
	v.alerts.SetText(kit.T("policy.alerts.none"))
	if lines := HighAlertLines(rules); lines != "" {
		v.alerts.SetText(lines)
	}
	v.excluded.SetText(kit.T("policy.excluded.none"))
	if lines := ExcludedLines(rules); lines != "" {
		v.excluded.SetText(lines)
	}
	v.probation.SetText(kit.T("policy.probation.none"))
	if n := Days(rules); n > 0 {
		v.probation.SetText(kit.N("policy.probation.for", n))
	}
}

// columns shares the width of a row of the rules.
type columns struct{}

// weights are those of class, propose, approve, seat and entry.
func (columns) weights() []float32 { return []float32{2, 3, 4, 3.4, 3} }

// MinSize implements fyne.Layout.
func (columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, cell := range o {
		height = max(height, cell.MinSize().Height)
	}
	return fyne.NewSize(40*theme.Size(theme.SizeNameText), height)
}

// Layout implements fyne.Layout.
func (c columns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	var sum, x float32
	for _, w := range c.weights() {
		sum += w
	}
	for i, w := range c.weights()[:min(len(o), len(c.weights()))] {
		width := size.Width * w / sum
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(width, size.Height))
		x += width
	}
}

// begin opens the form.
func (v *View) begin() {
	if !v.model.Read {
		return
	}
	v.form.begin(v.model.Rules.Policy, v.model.Signers, v.deps.Me())
	v.proposing = true
	v.render()
	kit.Focus(v.form.first)
}

func (v *View) dismiss() {
	v.proposing = false
	v.render()
	kit.Focus(v.propose)
}

// prepare makes the statement of the rules.
func (v *View) prepare() {
	if v.busy {
		return
	}
	draft, now := v.form.draft, v.model.Rules.Policy
	if problems := draft.Problems(now); problems != [fields]string{} {
		v.form.render(problems, nil, false)
		return
	}
	rules, err := draft.Policy()
	if err != nil {
		v.form.render([fields]string{}, fault.New(fault.Internal, "", err), false)
		return
	}
	var signers [2]people.Person
	for i, id := range draft.Signers {
		for _, p := range v.form.signers {
			if p.ID == id {
				signers[i] = p
			}
		}
	}
	v.busy = true
	v.form.render([fields]string{}, nil, true)
	reason := strings.TrimSpace(draft.Reason)
	kit.Load(v.preparing, func(ctx context.Context) (*people.Ceremony, error) {
		return v.deps.Roster.PreparePolicy(ctx, rules, reason, signers)
	}, func(c *people.Ceremony, err error) {
		v.busy = false
		switch {
		case fault.Is(err, fault.NoReason):
			v.form.render([fields]string{InReason: kit.T("policy.wrong.reason_record")}, nil, false)
		case err != nil:
			v.form.render([fields]string{}, err, false)
		case v.proposing:
			v.show(c, Changes(now, rules))
		default:
			v.deps.Roster.Cancel(c)
		}
	})
}

// show puts the statement on the page and lets both sign.
func (v *View) show(c *people.Ceremony, changes []string) {
	v.proposing = false
	last := c.Signers()[len(c.Signers())-1].Name
	v.ceremony.Begin(ceremony.Act{
		Title: kit.T("policy.propose.title"), Means: append(changes, kit.T("policy.means")), Statement: c,
		Confirm: kit.T("policy.confirm", kit.Data{"Signer": last}),
		Complete: func(ctx context.Context, signers ...*people.Signer) error {
			return v.deps.Roster.Complete(ctx, c, signers...)
		},
		Cancel: func() { v.deps.Roster.Cancel(c) },
		Done: func(completed bool) {
			if completed {
				v.deps.Result(kit.Done, kit.T("policy.done"))
			}
			v.render()
			v.Refresh()
			kit.Focus(v.propose)
		},
	})
	v.render()
	v.ceremony.Focus()
}

// Title implements shell.Screen.
func (v *View) Title(string) string { return kit.T("policy.title") }

// Show implements shell.Screen.
func (v *View) Show(string) fyne.CanvasObject {
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave()
	v.leave = cancel
	v.runner.Follow(ctx, v.deps.Changed, v.Refresh)
	return v.root
}

// Hide implements shell.Screen.
func (v *View) Hide() {
	v.leave()
	v.reading.Stop()
	v.proposing = false
	v.ceremony.Leave()
}

// Leave implements shell.Leaver: Escape closes what is open first.
func (v *View) Leave() bool {
	switch {
	case v.ceremony.Leave():
	case v.proposing:
		v.dismiss()
	default:
		return false
	}
	return true
}

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	kit.Load(v.reading, func(ctx context.Context) (Known, error) { return Look(ctx, v.deps.Roster, v.deps.Has) }, func(k Known, err error) {
		v.model.Show(k, err)
		v.render()
	})
}

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	switch v.shown() {
	case v.ceremony.Object():
		return v.ceremony.Panes()
	case v.form.page:
		return []fyne.Focusable{v.form.first, v.form.alerts, v.form.excluded, v.form.cancel}
	}
	return []fyne.Focusable{v.back, v.propose}
}
