package people

import (
	"context"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"
)

// codesRoute is the ID of the route on which sealed codes are printed. No person has it.
const codesRoute = "codes"

func (v *View) printCodes() { v.open(shell.Route{Screen: Screen, ID: codesRoute}) }

// beginCodes shows the page anew. A sheet that lies about is told, and what is still being made or taken away goes on.
func (v *View) beginCodes() {
	v.sealed.Fault = nil
	v.codes.all, v.codes.signers = nil, [2]string{}
	v.codes.offer(v.model.Members, v.me())
	v.codes.blame("")
	v.countCodes()
}

// countCodes reads how many codes are left.
func (v *View) countCodes() {
	if v.deps.Codes == nil {
		return
	}
	kit.Load(v.counting, func(ctx context.Context) (codesKnown, error) { return lookCodes(ctx, v.deps.Codes, v.deps.Roster) }, func(k codesKnown, err error) {
		v.sealed.show(k, err)
		v.render()
	})
}

// makeCodes makes the codes and their sheet. A sheet that nobody waits for any more is taken away again.
func (v *View) makeCodes() {
	m := v.sealed
	if m.Busy || m.clearing || m.stage != choosing {
		return
	}
	problem := v.codes.wrong()
	if v.codes.blame(problem); problem != "" {
		v.render()
		v.focus(v.codes.who[1])
		return
	}
	var signers [2]people.Person
	for i, id := range v.codes.signers {
		member, _ := v.model.Member(id)
		signers[i] = member.Person
	}
	m.Busy, m.Fault, m.Unkept = true, nil, nil
	v.render()
	kit.Load(v.sealing, func(ctx context.Context) (made, error) { return makeCodes(ctx, v.deps.Codes, v.deps.Roster, signers) }, func(set made, err error) {
		m.Busy = false
		m.Fault = err
		if err == nil {
			m.stage, m.ceremony, m.Sheet, m.first, m.last = printing, set.ceremony, set.path, set.first, set.last
			if !v.shown || v.where != codesRoute {
				v.forgetCodes()
				return
			}
			v.openCodes()
		}
		v.render()
		if v.shown && v.where == codesRoute {
			v.focusFirst()
		}
		v.countCodes() // what was read before knows no sheet
	})
}

// openCodes lets the system's viewer show the sheet.
func (v *View) openCodes() {
	key := "people.sheet.opened"
	if err := openFile(v.sealed.Sheet); err != nil {
		key = "people.sheet.written"
	}
	v.deps.Result(kit.Done, kit.T(key, kit.Data{"Path": v.sealed.Sheet}))
}

// forgetCodes takes back what was made and not signed, and says whether there was anything. Paper cannot be taken back, so it is
// told.
func (v *View) forgetCodes() bool {
	m := v.sealed
	if m.stage != printing || v.ceremony.Open() { // while it is just being recorded, it is not forgotten
		return false
	}
	v.deps.Roster.Cancel(m.ceremony)
	m.stage, m.ceremony = choosing, nil
	v.clearCodes("people.codes.forgotten")
	return true
}

// hideCodes leaves the page: what nobody signed is forgotten, what was signed needs no more said.
func (v *View) hideCodes() {
	if !v.forgetCodes() && v.sealed.stage == counting {
		v.sealed.stage, v.sealed.Unkept = choosing, nil
	}
}

// deleteCodes takes the sheet away after it was printed.
func (v *View) deleteCodes() {
	if !v.sealed.Busy { // the next sheet has the same name
		v.clearCodes("people.codes.deleted")
	}
}

// clearCodes takes the sheet away and tells it.
func (v *View) clearCodes(told string) {
	m, path := v.sealed, v.sealed.Sheet
	m.clearing = true
	kit.Load(v.clearing, func(context.Context) (struct{}, error) { return struct{}{}, remove(path) }, func(_ struct{}, err error) {
		m.clearing = false
		if m.Fault = err; err == nil {
			m.Sheet = ""
			v.deps.Result(kit.Done, kit.T(told))
		}
		v.render()
		if v.shown && v.where == codesRoute {
			v.focusFirst()
		}
		v.countCodes()
	})
}

// leaveCodes is what the first button does: back to everybody, or one step.
func (v *View) leaveCodes() {
	if !v.forgetCodes() {
		v.back()
	}
}

// signCodes puts the statement on the page and lets both sign that the codes are where they are kept. Leaving it keeps the sheet.
func (v *View) signCodes() {
	m := v.sealed
	if m.stage != printing {
		return
	}
	c, all := m.ceremony, m.ceremony.Signers()
	var unkept error // set on the way, read when it is done
	data := kit.Data{"First": m.first, "Last": m.last, "Signer": all[len(all)-1].Name}
	v.ceremony.Begin(ceremony.Act{
		Title:   kit.T("people.codes.title"),
		Means:   []string{kit.T("people.codes.means", data), kit.T("people.codes.means.more"), kit.T("people.means.recorded")},
		Confirm: kit.T("people.codes.confirm", data), Statement: c,
		Complete: func(ctx context.Context, signers ...*people.Signer) error {
			err := v.deps.Roster.Complete(ctx, c, signers...)
			if c.Recorded() { // it cannot be signed again, whatever came after
				unkept = err
				return nil
			}
			return err
		},
		Done: func(completed bool) { v.signedCodes(completed, unkept) },
	})
	v.render()
	v.ceremony.Focus()
}

// signedCodes leaves the statement's page.
func (v *View) signedCodes(completed bool, unkept error) {
	m := v.sealed
	if completed {
		m.stage, m.ceremony, m.Unkept = counting, nil, unkept
		if m.Unkept == nil {
			v.deps.Result(kit.Done, kit.T("people.codes.done"))
		} else {
			v.deps.Result(kit.Failed, kit.T("people.codes.unkept"))
		}
	}
	if !v.shown {
		v.hideCodes()
		return
	}
	v.render()
	v.Refresh()
	v.focusFirst()
}
