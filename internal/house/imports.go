package house

import (
	"fmt"
	"strings"
)

// homes says where each library lives. Tests may import any library that is named here, anywhere.
var homes = []struct {
	library string   // this package; with a slash at the end, everything below it too
	folders []string // none: tests only
}{
	{"fyne.io/", []string{"app"}}, // the rule on Fyne is stricter
	{"go.bug.st/serial", []string{"internal/link"}},
	{"go.bug.st/serial/enumerator", []string{"internal/discovery/serialport"}},
	{"github.com/grandcat/zeroconf", []string{"internal/discovery/mdns"}},
	{"github.com/miekg/dns", []string{"internal/discovery/mdns"}},
	{"github.com/mattn/go-sqlite3", []string{"internal/store"}},
	{"github.com/gofrs/flock", []string{"internal/store", "internal/journal"}},
	{"github.com/BurntSushi/toml", []string{"drivers/generic/modbus"}},
	{"github.com/creack/pty", []string{"app/simulate"}},
	{"github.com/simonvetter/modbus", nil},
	{"golang.org/x/mod/sumdb/note", []string{"internal/statement", "internal/formats"}},
	{"golang.org/x/mod/sumdb/tlog", []string{"internal/leaf"}},
	{"golang.org/x/crypto/argon2", []string{"internal/people"}},
	{"golang.org/x/crypto/chacha20poly1305", []string{"internal/people"}},
	{"github.com/tyler-smith/go-bip39", []string{"internal/founding"}},
	{"rsc.io/qr", []string{"internal/qr"}},
	{"github.com/makiuchi-d/gozxing", []string{"internal/qr"}},
	{"github.com/makiuchi-d/gozxing/", []string{"internal/qr"}},
	{"codeberg.org/go-pdf/fpdf", []string{"internal/report"}},
	{"filippo.io/age", []string{"app/verify", "internal/backup", "internal/bundle"}},
	{"golang.org/x/image/font/", []string{"internal/report"}},
	{"github.com/santhosh-tekuri/jsonschema/v6", nil}, // validates what we write by schemas that we did not write
	{"pgregory.net/rapid", nil},
	{"golang.org/x/net/", []string{"internal/discovery/mdns"}},
	{"golang.org/x/sys/", []string{"app/simulate", "internal/bundle", "internal/clock", "internal/disk", "internal/instance", "internal/journal", "internal/oslog", "internal/preflight"}},
	{"golang.org/x/text/", []string{"internal/statement", "app/ui"}},
	{"golang.org/x/tools/", nil},
	{"github.com/transparency-dev/merkle/", nil}, // a second tree to compare ours with
}

func fyneStaysInTheWindow(t *Tree) []Finding {
	return t.eachImport(func(f *File, imp imported) string {
		switch {
		case !strings.HasPrefix(imp.path, "fyne.io/"), f.In("app/ui"):
			return ""
		case f.Is("app/main.go", "app/program.go", "app/compose.go", "app/metadata.go"), f.Test() && f.Dir() == "app":
			return ""
		}
		return fmt.Sprintf("imports %s", imp.path)
	})
}

func librariesStayAtHome(t *Tree) []Finding {
	return t.eachImport(func(f *File, imp imported) string {
		if t.standard(imp.path) || t.own(imp.path) {
			return ""
		}
		for _, home := range homes {
			below := strings.HasSuffix(home.library, "/") && strings.HasPrefix(imp.path, home.library)
			switch {
			case imp.path != home.library && !below:
				continue
			case f.Test(), f.In(home.folders...):
				return ""
			case home.folders == nil:
				return fmt.Sprintf("imports %s, which is for tests only", imp.path)
			}
			return fmt.Sprintf("imports %s, whose home is %s", imp.path, strings.Join(home.folders, ", "))
		}
		return fmt.Sprintf("imports %s, which has no home: name one in internal/house/imports.go", imp.path)
	})
}

func contractIsPlain(t *Tree) []Finding {
	return t.eachImport(func(f *File, imp imported) string {
		if f.Dir() != "drivers" || f.Test() || t.standard(imp.path) {
			return ""
		}
		return fmt.Sprintf("imports %s", imp.path)
	})
}

// driversHoldNoWire lets the drivers' suite read transcripts from the disk: it runs in tests only.
func driversHoldNoWire(t *Tree) []Finding {
	return t.eachImport(func(f *File, imp imported) string {
		if !f.In("drivers") || f.Test() || f.In("drivers/drivertest") {
			return ""
		}
		for _, wire := range []string{"net", "os", "syscall", "golang.org/x/sys", "golang.org/x/net", "go.bug.st"} {
			if under(imp.path, wire) {
				return fmt.Sprintf("imports %s", imp.path)
			}
		}
		return ""
	})
}

func importsGoOneWay(t *Tree) []Finding {
	return t.eachImport(func(f *File, imp imported) string {
		target, own := strings.CutPrefix(imp.path, t.Module+"/")
		switch {
		case !own:
			return ""
		case f.In("drivers") && under(target, "internal") && f.Test():
			return "" // a driver's test may measure it with the engine's own instruments
		case f.In("drivers") && !under(target, "drivers"),
			f.In("internal") && under(target, "app"),
			f.In("assets") && !under(target, "assets"):
			return fmt.Sprintf("imports %s, against the direction", imp.path)
		}
		return ""
	})
}

// eachImport asks judge about every import; an empty answer means that it is fine.
func (t *Tree) eachImport(judge func(*File, imported) string) []Finding {
	var found []Finding
	for _, f := range t.Files {
		for _, imp := range f.imports() {
			if text := judge(f, imp); text != "" {
				found = append(found, f.finding(imp.at, text))
			}
		}
	}
	return found
}

// own says whether the path is a package of this module.
func (t *Tree) own(p string) bool { return under(p, t.Module) }

// standard says whether the path is the standard library's, whose first element has no dot.
func (t *Tree) standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".") && first != t.Module
}
