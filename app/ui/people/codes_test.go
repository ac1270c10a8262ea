package people

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// cheap makes hashing a code take no time. Key files of these tests are made before it.
func cheap(t *testing.T) {
	t.Helper()
	before := people.Floor
	people.Floor = people.Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}
	t.Cleanup(func() { people.Floor = before })
}

// withCodes is a founded console that can print sealed codes.
func withCodes(t *testing.T) (b *bench, codes *people.Codes, sheet string) {
	t.Helper()
	b = founded(t)
	cheap(t)
	folder := t.TempDir()
	codes = people.NewCodes(filepath.Join(folder, "keys"))
	b.view.deps.Codes = &CodesDeps{Codes: codes, Origin: "test/bench", Folder: func() (string, error) { return folder, nil }}
	b.view.list.codes.Hidden = false
	b.view.Refresh()
	return b, codes, filepath.Join(folder, codesName)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

var codeOnSheet = regexp.MustCompile(`>(\d\d [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})<`)

// printed makes the sheet and reads the codes from it.
func (b *bench) printed(sheet string) []string {
	b.t.Helper()
	test.Tap(b.view.codes.make)
	page, err := os.ReadFile(sheet)
	if err != nil {
		b.t.Fatal(err)
	}
	var codes []string
	for _, m := range codeOnSheet.FindAllStringSubmatch(string(page), -1) {
		codes = append(codes, m[1])
	}
	return codes
}

func TestTwoPersonsPrintSealedCodes(t *testing.T) {
	b, codes, sheet := withCodes(t)
	test.Tap(b.view.list.codes)
	if b.opened != (shell.Route{Screen: Screen, ID: codesRoute}) || !b.sees("There are no sealed codes yet.") {
		t.Fatalf("%v %+v", b.opened, kit.Outline(b.window.Canvas()))
	}
	printed := b.printed(sheet)
	if len(printed) != 20 || printed[0] != printed[10] || !b.sees("Print the sheet now.") || !b.sees(sheet) || !strings.Contains(b.results[0], sheet) {
		t.Fatalf("%d codes, %q, %+v", len(printed), b.results, kit.Outline(b.window.Canvas()))
	}
	if info, err := os.Stat(sheet); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the sheet: %v %v", info.Mode(), err)
	}
	if _, err := codes.Check(printed[0]); err == nil {
		t.Error("a code counts that nobody signed")
	}
	test.Tap(b.view.codes.sign)
	if !b.view.ceremony.Open() || !b.sees("We printed these sealed codes, sealed them") || !b.sees("The codes 1 to 10 count from now on") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.sign("Robin Sample", "Kim Example")
	if n, err := codes.Check(printed[3]); err != nil || n != 4 {
		t.Errorf("%d, %v", n, err)
	}
	if !b.sees("10 of 10 sealed codes are left.") || !b.sees("The sheet with the sealed codes is still on this computer: it must be deleted.") || !b.sees(sheet) {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	for _, code := range printed {
		if b.sees(code[3:]) {
			t.Error("a code is on the screen")
		}
	}
	test.Tap(b.view.codes.remove)
	if exists(sheet) || b.sees("still on this computer") || !slices.Contains(b.results, "The file with the sealed codes is deleted.") {
		t.Errorf("the sheet is still there: %q", b.results)
	}
	test.Tap(b.view.codes.back)
	if b.opened != (shell.Route{Screen: Screen}) {
		t.Error(b.opened)
	}
}

func TestTheCodesPageIsUsedByKeyboard(t *testing.T) {
	b, codes, sheet := withCodes(t)
	for _, c := range b.view.Commands() {
		if c.ID == "people.codes" {
			c.Do()
		}
	}
	b.view.focus(b.view.Panes()[0])
	if b.window.Canvas().Focused() != fyne.Focusable(b.view.codes.who[0]) || b.view.codes.signers == [2]string{} {
		t.Error("the page does not begin at who signs, or the only two are not chosen")
	}
	for _, step := range []*kit.Button{b.view.codes.make, b.view.codes.sign} {
		if !slices.Contains(b.view.Panes(), fyne.Focusable(step)) {
			t.Fatal("a button is not reached")
		}
		b.view.focus(step)
		b.press(fyne.KeyReturn)
	}
	b.sign("Robin Sample", "Kim Example")
	if focused := b.window.Canvas().Focused(); focused != fyne.Focusable(b.view.codes.open) {
		t.Errorf("%v has the keyboard", focused)
	}
	b.view.focus(b.view.codes.remove)
	b.press(fyne.KeyReturn)
	if left, _, err := codes.Left(); left != 10 || err != nil || exists(sheet) {
		t.Errorf("%d left, %v", left, err)
	}
	for _, f := range b.view.Panes() {
		if f == nil {
			t.Error("a pane is nothing")
		}
	}
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
}

func TestCodesThatNobodySignedAreForgottenWithTheirSheet(t *testing.T) {
	for what, leave := range map[string]func(*bench){
		"by escape":          func(b *bench) { b.view.Leave() },
		"by the button":      func(b *bench) { test.Tap(b.view.codes.back) },
		"by going elsewhere": func(b *bench) { b.view.Hide() },
	} {
		b, codes, sheet := withCodes(t)
		b.view.open(shell.Route{Screen: Screen, ID: codesRoute})
		printed := b.printed(sheet)
		test.Tap(b.view.codes.sign)
		if !b.view.Leave() || !exists(sheet) || b.view.sealed.stage != printing {
			t.Errorf("%s: leaving the statement takes the sheet away that is being printed", what)
		}
		leave(b)
		if exists(sheet) || !slices.ContainsFunc(b.results, func(s string) bool { return strings.Contains(s, "Destroy what was printed") }) {
			t.Errorf("%s: %q", what, b.results)
		}
		if _, err := codes.Check(printed[0]); err == nil {
			t.Errorf("%s: a code counts that nobody signed", what)
		}
	}
}

func TestASheetThatLiesAboutIsToldOnTheListAndDeletedLater(t *testing.T) {
	b, _, sheet := withCodes(t)
	b.view.open(shell.Route{Screen: Screen, ID: codesRoute})
	b.printed(sheet)
	test.Tap(b.view.codes.sign)
	b.sign("Robin Sample", "Kim Example")
	b.view.open(shell.Route{Screen: Screen})
	if !b.sees("The sheet with the sealed codes is still on this computer") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.view.open(shell.Route{Screen: Screen, ID: codesRoute})
	test.Tap(b.view.codes.remove)
	if exists(sheet) || !b.sees("New codes replace them") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
}

func TestCodesThatCouldNotBeStoredAreTold(t *testing.T) {
	b, codes, sheet := withCodes(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(sheet), "keys"), nil, 0o600); err != nil { // where the folder should be
		t.Fatal(err)
	}
	b.view.open(shell.Route{Screen: Screen, ID: codesRoute})
	printed := b.printed(sheet)
	test.Tap(b.view.codes.sign)
	b.sign("Robin Sample", "Kim Example")
	if b.view.ceremony.Open() || !b.sees("The codes were signed but could not be stored: they do not count.") || !exists(sheet) {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	if _, err := codes.Check(printed[0]); err == nil {
		t.Error("they do")
	}
	b.view.open(shell.Route{Screen: Screen})
	test.Tap(b.view.list.codes)
	test.Tap(b.view.codes.remove)
	b.view.open(shell.Route{Screen: Screen})
	if !b.sees("The sealed codes on this computer are not those that two persons signed.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
}

func TestTheListSaysThatSealedCodesRunOut(t *testing.T) {
	b, codes, sheet := withCodes(t)
	b.view.open(shell.Route{Screen: Screen, ID: codesRoute})
	b.printed(sheet)
	test.Tap(b.view.codes.sign)
	b.sign("Robin Sample", "Kim Example")
	test.Tap(b.view.codes.remove)
	codes.Spent(1, 2, 3, 4, 5, 6, 7, 8)
	b.view.open(shell.Route{Screen: Screen})
	if !b.sees("Only 2 sealed codes are left.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
}

func TestOnePersonDoesNotPrintCodes(t *testing.T) {
	b, _, sheet := withCodes(t)
	b.view.open(shell.Route{Screen: Screen, ID: codesRoute})
	b.view.codes.who[1].SetSelectedIndex(b.view.codes.who[0].SelectedIndex())
	test.Tap(b.view.codes.make)
	if exists(sheet) || !b.sees(kit.T("people.wrong.same_signer")) {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
}
