// Package emergencies is a stand-in until the screen is there.
package emergencies

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
)

const Screen = "emergencies"

type Standing struct {
	Level string
	Items []StandingItem
}
type StandingItem struct {
	Check  string
	OK     bool
	Kind   fault.Kind
	Detail string
}
type Deps struct {
	Emergencies func(ctx context.Context) ([]breakglass.Emergency, error) // the newest first
	Emergency   func(ctx context.Context, id string) (breakglass.Emergency, error)
	Changed     func() <-chan struct{} // closed when anything was recorded
	Eligible    func(ctx context.Context, id string) ([]people.Person, error)
	Ratio       func(ctx context.Context) (breakglass.Ratio, error)
	LastDrill   func(ctx context.Context) (at time.Time, found bool, err error)
	Report      func(ctx context.Context) Standing
	Prove       func(ctx context.Context, personID, passphrase string) (*people.Signer, error) // the key is wiped after use
	Account     func(ctx context.Context, signer *people.Signer, id, text string) error
	Review      func(ctx context.Context, signers []*people.Signer, id, finding, reason, incident string) error
	Paper       func(ctx context.Context, signers [2]*people.Signer, about string, lines []string, from, to time.Time) error
	Persons     func(ctx context.Context) ([]people.Person, error)
	Me          func() string // ID of who is signed in, or ""
	Now         func() time.Time

	CheckDrift func(ctx context.Context, id string) (differ []string, err error)               // compares and records; connects nothing
	MakeRoom   func(ctx context.Context) error                                                 // gives up the ballast
	Slip       func(ctx context.Context, e breakglass.Emergency) (path string, err error)      // by WriteSlip
	Setting    func(e breakglass.Emergency, id drivers.SettingID) (s drivers.Setting, ok bool) // for its label; may be nil
	Show       func(path string) error                                                         // opens a file; may be nil
	Drill      func()                                                                          // opens the page of the drill; nil for none
	Codes      func()                                                                          // opens the page of the sealed codes; nil for none
	Hint       func(people.Person) string                                                      // the passphrase of a ready-made person in training; may be nil
	Result     func(kit.State, string)                                                         // tells what came of an act
	Duration   func(ctx context.Context) (took time.Duration, found bool)                      // of the last drill; may be nil
}
type View struct{}
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View { return &View{} }
func (v *View) Due() int { return 0 }
func (v *View) Title(string) string { return "Emergencies" }
func (v *View) Show(string) fyne.CanvasObject { return kit.Body("stub") }
func (v *View) Hide() {}
func WriteSlip(folder string, e breakglass.Emergency, sim bool) (string, error) { return "", nil }
var _ drivers.Kind
var _ time.Time
