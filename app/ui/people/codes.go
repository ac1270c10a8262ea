package people

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"
)

// codesName is the file of the sheet with the sealed codes. It is there from being made until it was printed.
const codesName = "sealed-codes.html"

// fewCodes is at how many sealed codes or fewer the console says that they run out.
const fewCodes = 3

// CodesDeps is what printing sealed codes needs.
type CodesDeps struct {
	Codes  *people.Codes
	Origin string                 // of the log, as the sheet names it
	Folder func() (string, error) // where the sheet is put to be printed
}

// sheetPath is where the sheet lies while it is printed.
func (d *CodesDeps) sheetPath() (string, error) {
	folder, err := d.Folder()
	return filepath.Join(folder, codesName), err
}

// codesStage is how far printing sealed codes has come.
type codesStage int

const (
	choosing codesStage = iota // who signs
	printing                   // the sheet is there, nobody has signed
	counting                   // both have signed
)

// CodesModel is what the page of the sealed codes knows.
type CodesModel struct {
	Left, Total int
	Unsure      error  // the codes that count are not those that two persons signed, or cannot be read
	Sheet       string // path of the sheet, where it lies on this computer
	Fault       error  // why the last thing that was asked for did not work
	Unkept      error  // the codes were signed and could not be stored
	Busy        bool   // the codes are being made
	clearing    bool   // their sheet is being taken away: no other one may be made meanwhile
	stage       codesStage
	ceremony    *people.Ceremony
	first, last int // numbers of the codes that were made
}

// codesKnown is what is read for the page.
type codesKnown struct {
	left, total int
	unsure      error
	sheet       string
}

// lookCodes reads how many codes are left, and whether a sheet lies about. It runs in the background.
func lookCodes(ctx context.Context, d *CodesDeps, roster Roster) (k codesKnown, err error) {
	path, err := d.sheetPath()
	if err != nil {
		return k, err
	}
	if _, err := os.Lstat(path); err == nil {
		k.sheet = path
	}
	signed, ok, err := roster.SealedCodes(ctx)
	if err != nil {
		return k, err
	}
	k.left, k.total, k.unsure = d.Codes.Left()
	switch {
	case ok && k.unsure == nil:
		k.unsure = d.Codes.Agrees(signed)
	case k.total > 0 && k.unsure == nil:
		k.unsure = fault.Newf(fault.SealedCode, "", "nobody signed these codes")
	}
	return k, nil
}

// show takes in what was read.
func (m *CodesModel) show(k codesKnown, err error) {
	if err != nil {
		m.Unsure = err
		return
	}
	m.Left, m.Total, m.Unsure, m.Sheet = k.left, k.total, k.unsure, k.sheet
}

// Count says how many codes are left.
func (m *CodesModel) Count() string {
	if m.Total == 0 {
		return kit.T("people.codes.none")
	}
	return kit.N("people.codes.left", m.Left, kit.Data{"Total": m.Total})
}

// Caution is what people must know of the codes wherever they are listed: that a sheet lies about, that the codes are not those
// that were signed, or that they run out.
func (m *CodesModel) Caution() (state kit.State, sentence, more string, ok bool) {
	switch {
	case m.Sheet != "" && m.stage != printing:
		return kit.Caution, kit.T("people.codes.lying"), kit.T("people.codes.lying.more", kit.Data{"Path": m.Sheet}), true
	case m.Unsure != nil && m.stage == choosing:
		return kit.Caution, kit.T("people.codes.unsure"), kit.T("people.codes.unsure.more", kit.Data{"Error": m.Unsure.Error()}), true
	case m.Total > 0 && m.Left <= fewCodes:
		return kit.Note, kit.N("people.codes.few", m.Left), kit.T("people.codes.few.more"), true
	}
	return "", "", "", false
}

// made is a set whose sheet is there.
type made struct {
	ceremony    *people.Ceremony
	path        string
	first, last int
}

// makeCodes makes a set and its sheet. It takes a second or two and runs in the background.
func makeCodes(ctx context.Context, d *CodesDeps, roster Roster, signers [2]people.Person) (m made, err error) {
	if m.path, err = d.sheetPath(); err != nil {
		return m, err
	}
	c, fresh, err := roster.PrepareCodes(ctx, d.Codes, signers)
	if err != nil {
		return m, err
	}
	m.ceremony, m.first, m.last = c, fresh.First, fresh.First+len(fresh.Codes)-1
	page, err := fresh.Sheet(d.Origin).HTML(codesTexts())
	if err == nil {
		err = writeSecret(m.path, page)
	}
	if err != nil {
		roster.Cancel(c)
		return made{}, err
	}
	return m, nil
}

// writeSecret writes a file that this user alone can read. One that was there before may be open to others and goes first.
func writeSecret(path string, content []byte) error {
	if err := remove(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New(fault.LogDenied, path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
		return fault.New(fault.LogDenied, path, err)
	}
	return nil
}

// remove takes a file away; one that is not there is fine.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.LogDenied, path, err)
	}
	return nil
}

func codesTexts() people.CodeSheetTexts {
	return people.CodeSheetTexts{Language: kit.T("people.sheet.language"), Title: kit.T("people.codes.sheet.title"), Purpose: kit.T("people.codes.sheet.purpose"),
		For: kit.T("people.codes.sheet.for"), Set: kit.T("people.codes.sheet.set"), Place: [2]string{kit.T("people.codes.sheet.first"), kit.T("people.codes.sheet.second")},
		Use: kit.T("people.codes.sheet.use"), After: kit.T("people.codes.sheet.after")}
}
