// Package csvfile writes a bundle's tables: the records, the changes, the emergencies, the approvals, who approved whose
// requests, and the times that the log does not vouch for. RFC 4180, UTF-8, CRLF, one line of names first; texts always in
// quotation marks, numbers never. Each row names the record that it comes from, by number and hash.
//
// A table is for people and their spreadsheets. It holds no formula: see Escape. Programs do better with the FHIR events or the
// records themselves.
package csvfile

import (
	"errors"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
)

// view writes all tables in one pass. Its files are open at the same time.
type view struct {
	plain      formats.Reader
	reader     *cases.Reader
	pairs      cases.Pairs
	events     *table[formats.Event]
	changes    *table[changeRow]
	emergency  *table[cases.Emergency]
	approvals  *table[approvalRow]
	pairTable  *table[cases.Pair]
	unattested *table[unattestedRow]
}

// New returns the view that writes the tables. It has several files open at once.
func New(_ formats.Heading, open formats.Open) formats.View {
	v := &view{
		events:     newTable(open, formats.EventsPath, eventColumns),
		changes:    newTable(open, formats.ChangesPath, changeColumns),
		emergency:  newTable(open, formats.EmergenciesPath, emergencyColumns()),
		approvals:  newTable(open, formats.ApprovalsPath, approvalColumns),
		pairTable:  newTable(open, formats.PairsPath, pairColumns),
		unattested: newTable(open, formats.UnattestedPath, unattestedColumns),
	}
	v.reader = cases.NewReader(cases.Told{
		Change:    v.change,
		Approval:  v.approval,
		Action:    v.action,
		Emergency: v.emergency.row,
		Paper:     v.paper,
	})
	return v
}

func (v *view) Record(r formats.Record) error {
	e := v.plain.Event(r)
	v.events.row(&e)
	v.reader.Record(r)
	v.aside(&r)
	return errors.Join(v.events.err, v.changes.err, v.emergency.err, v.approvals.err, v.pairTable.err, v.unattested.err)
}

func (v *view) Close() error {
	v.reader.End()
	for _, p := range v.pairs.List() {
		v.pairTable.row(&p)
	}
	return errors.Join(v.events.close(), v.changes.close(), v.emergency.close(), v.approvals.close(), v.pairTable.close(), v.unattested.close())
}

func (v *view) change(c *cases.Change) {
	settings := c.Settings
	if len(settings) == 0 {
		settings = []cases.Setting{{}} // the row says at least that there is such a change
	}
	for i := range settings {
		v.changes.row(&changeRow{Change: c, Setting: &settings[i], way: wayOf(c)})
	}
}

func (v *view) approval(c *cases.Change, a *cases.Approval) {
	v.pairs.Add(c, a)
	v.approvals.row(&approvalRow{c, a})
}

// action is a change without a second person.
func (v *view) action(e *cases.Emergency, a *cases.Action) {
	c := &cases.Change{
		Request: a.Place, Begun: a.Place, Ended: a.Ended, Name: e.Name, Device: e.Device, Proposer: e.Person, Reason: e.Category, Outcome: a.Outcome, State: "done",
	}
	if a.Outcome == "" {
		c.State = "applying"
	}
	way := "emergency"
	if e.Drill {
		way = "drill"
	}
	for i := range a.Settings {
		v.changes.row(&changeRow{Change: c, Setting: &a.Settings[i], way: way, session: e.ID})
	}
}
