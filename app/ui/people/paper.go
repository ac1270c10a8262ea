package people

import (
	"context"
	"image"
	"os"
	"path/filepath"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/qr"
)

// sheetName is the file of the founders' sheet in the data folder.
const sheetName = "founding-sheet.html"

// onScreen is how many dots of the picture a module of the code takes on screen.
const onScreen = 4

// Paper is the sheet that founders keep.
type Paper struct {
	Path string      // of the file to print; "" where none was written
	QR   image.Image // the whole fingerprint; nil where there is none
}

// WritePaper writes the founders' sheet into a folder, in the language in use. It is no secret.
func WritePaper(ctx context.Context, sheet func(context.Context) (people.Sheet, error), folder string) (Paper, error) {
	s, err := sheet(ctx)
	if err != nil {
		return Paper{}, err
	}
	page, err := s.HTML(sheetTexts())
	if err != nil {
		return Paper{}, err
	}
	code, err := qr.Image(s.QR, onScreen)
	if err != nil {
		return Paper{}, err
	}
	path := filepath.Join(folder, sheetName)
	if err := os.WriteFile(path, page, 0o644); err != nil {
		return Paper{QR: code}, fault.New(fault.LogDenied, path, err)
	}
	return Paper{Path: path, QR: code}, nil
}

func sheetTexts() people.SheetTexts {
	roles := map[policy.Role]string{}
	for _, r := range policy.Roles() {
		roles[r] = RoleWord(r)
	}
	return people.SheetTexts{Language: kit.T("people.sheet.language"), Title: kit.T("people.sheet.title"), Purpose: kit.T("people.sheet.purpose"),
		Log: kit.T("people.sheet.log"), Words: kit.T("people.words"), Whole: kit.T("people.fingerprint"), Founders: kit.T("people.sheet.founders"),
		Badge: kit.T("people.badge"), Kept: kit.T("people.sheet.kept"), Code: kit.T("people.sheet.code"), Roles: roles}
}
