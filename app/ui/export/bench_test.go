package export

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var (
	noon  = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	robin = people.Person{ID: "7f3a91c25d0c8a52", Name: "Robin Sample", Role: policy.Technician, Active: true}
	kim   = people.Person{ID: "8f3a91c25d0c8a53", Name: "Kim Example", Role: policy.Nursing, Active: true}
	once  = Earlier{Seq: 119, At: noon.Add(-48 * time.Hour), By: "Kim Example", From: 0, To: 119, Shown: 119, Scope: "full", For: "Compliance", Fingerprint: "0123 4567 89ab cdef"}
)

// bench is the screen on an engine that only pretends.
type bench struct {
	t       *testing.T
	view    *View
	window  fyne.Window
	me      people.Person
	earlier []Earlier
	preview Preview
	asked   []Selection
	orders  []Order
	made    Made
	receipt Receipt
	taken   []string
	fail    error // of Write, Take or Preview
	free    int64
	freeErr error
	places  []Place
	results []string
	opened  shell.Route
	during  func(ctx context.Context) // runs while a bundle is made
}

func newBench(t *testing.T, earlier ...Earlier) *bench {
	t.Helper()
	b := &bench{t: t, me: robin, earlier: earlier, free: 12e9,
		preview: Preview{From: 119, To: 412, Shown: 293, Withheld: 119, Changes: 12, OpenReviews: 1, Clock: 2, Bytes: 1_340_000},
		made: Made{Path: "/media/STICK/countersign-audit-test.zip", Size: 1_290_112, Records: 293, From: 119, To: 412, Equal: true, Verdict: "VERIFIED",
			Fingerprint: "4f1c 09aa 7723 b1d0", Code: "countersign/bundle/v1 training/bench 412 nHnAm0hV6MhHDzNHRGs1x5PSzVQq2R6lCw0ZkYl2dXk= 4f1c09aa7723b1d0", By: "Robin Sample"}}
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	never := make(chan struct{})
	b.view = New(t.Context(), Deps{Exports: b, Log: b, Board: &task.Board{},
		Devices:     func(context.Context) ([]string, error) { return []string{"Capnostream 20 SN B355"}, nil },
		People:      func(context.Context) ([]people.Person, error) { return []people.Person{robin, kim}, nil },
		Me:          func() (people.Person, bool) { return b.me, b.me.ID != "" },
		Prove:       b.prove,
		SeatChanged: func() <-chan struct{} { return never }, SignIn: func() {},
		Places: func() ([]Place, error) { return b.places, nil },
		Free:   func(string) (int64, error) { return b.free, b.freeErr },
		Result: func(_ kit.State, s string) { b.results = append(b.results, s) }, Now: func() time.Time { return noon },
	}, kit.Inline(), func(r shell.Route) { b.opened = r })
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1080, 640))
	return b
}

func (b *bench) prove(_ context.Context, id, passphrase string) (*people.Signer, error) {
	if passphrase != "robin practises" {
		return nil, fault.New(fault.Passphrase, b.me.Name, nil)
	}
	return &people.Signer{Person: b.me}, nil
}

func (b *bench) Head() audit.Head         { return audit.Head{Origin: "training/bench", Size: 412} }
func (b *bench) Changed() <-chan struct{} { return make(chan struct{}) }
func (b *bench) Exposure(context.Context, string) (audit.Exposure, error) {
	return audit.Exposure{CoLocated: audit.Window{Records: 37, Since: 4 * time.Hour, Found: true}}, nil
}

func (b *bench) List(context.Context) ([]Earlier, error) { return b.earlier, nil }
func (b *bench) Span(_ context.Context, from, to time.Time) (int64, int64, error) {
	return 12, 12 + int64(to.Sub(from)/(24*time.Hour)), nil
}

func (b *bench) Preview(_ context.Context, s Selection, progress func(done, of int64)) (Preview, error) {
	b.asked = append(b.asked, s)
	progress(412, 412)
	return b.preview, b.fail
}

func (b *bench) Write(ctx context.Context, o Order, progress func(string, int64, int64)) (Made, error) {
	b.orders = append(b.orders, o)
	progress("write", 1, 2)
	if b.during != nil {
		b.during(ctx)
	}
	if b.fail != nil {
		return Made{}, b.fail
	}
	return b.made, ctx.Err()
}

func (b *bench) Take(_ context.Context, path, key string) (Receipt, error) {
	b.taken = append(b.taken, path, key)
	return b.receipt, b.fail
}

// texts is all that can be read in the window.
func (b *bench) texts() string {
	var all []string
	for _, i := range kit.Outline(b.window.Canvas()) {
		all = append(all, i.Label, i.Text)
	}
	return strings.Join(all, "\n")
}

func (b *bench) sees(text string) bool { return strings.Contains(b.texts(), text) }

// wants demands that all of these can be read.
func (b *bench) wants(texts ...string) {
	b.t.Helper()
	b.window.Content().Refresh()
	for _, text := range texts {
		if !b.sees(text) {
			b.t.Errorf("%q is not to be read in\n%s", text, b.texts())
		}
	}
}

// fill types what every bundle needs.
func (b *bench) fill(passphrase string) {
	f := b.view.form
	f.whom.SetText("State inspection")
	f.folder.SetText("/media/STICK")
	f.passphrase.SetText(passphrase)
}

func (b *bench) last() Selection { return b.asked[len(b.asked)-1] }
