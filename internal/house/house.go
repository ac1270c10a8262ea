// Package house holds the rules of this house as tests: who may import what, who may write to a device, how long a
// file may grow. Each rule is a sentence with its reason, and each has a small bad example in testdata that it must
// catch. The package is not a linter: it judges no style that a person could argue about, and it looks at the source
// text alone, so it needs neither cgo nor a compiled dependency.
package house

import "fmt"

// Finding is one place that breaks a rule.
type Finding struct {
	File string // relative to the root, with slashes
	Line int    // counted from 1; 0 for the file or folder as a whole
	Text string // what is wrong there
}

func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Rule is one sentence that the source must obey.
type Rule struct {
	Key     string // names the bad example in testdata and the exceptions in allow.txt
	Says    string // the rule
	Because string // its reason, printed with every finding
	Check   func(*Tree) []Finding
}

// Rules lists the rules of the house.
func Rules() []Rule {
	return append(ordinary(), Rule{
		Key:     "allow",
		Says:    "every exception in allow.txt carries a reason and is still needed",
		Because: "an exception that nobody needs hides the next breach",
		Check:   staleExceptions,
	})
}

// ordinary lists the rules that allow.txt can make exceptions to.
func ordinary() []Rule { return append(importRules(), codeRules()...) }

func importRules() []Rule {
	return []Rule{
		{
			Key:     "fyne",
			Says:    "only the window imports Fyne",
			Because: "the engine must build and be tested without a screen, and outlive its toolkit",
			Check:   fyneStaysInTheWindow,
		},
		{
			Key:     "homes",
			Says:    "every library has one home",
			Because: "what is imported in one place can be replaced, faked and audited in one place",
			Check:   librariesStayAtHome,
		},
		{
			Key:     "contract",
			Says:    "the contract of the drivers imports the standard library only",
			Because: "whoever writes a driver should have nothing else to learn or to trust",
			Check:   contractIsPlain,
		},
		{
			Key:     "wire",
			Says:    "nothing under drivers opens a file, a port or a connection",
			Because: "a driver is bytes and meaning: the wire is handed to it, so every driver can be tested by transcript",
			Check:   driversHoldNoWire,
		},
		{
			Key:     "direction",
			Says:    "imports go from app to internal to drivers and never back",
			Because: "a driver that knows the engine, or an engine that knows a screen, cannot be used without it",
			Check:   importsGoOneWay,
		},
	}
}

func codeRules() []Rule {
	return []Rule{
		{
			Key:     "writer",
			Says:    "only the change package writes to a device",
			Because: "there two persons have signed and the intent is on the record before the first byte is sent",
			Check:   onlyChangeWrites,
		},
		{
			Key:     "comment",
			Says:    "every package has one comment that says what it is",
			Because: "a reader who opens a folder should not have to guess its purpose",
			Check:   onePackageComment,
		},
		{
			Key:     "size",
			Says:    "files and functions stay short",
			Because: "what fits in a head gets read; past these lengths there are two things where one is named",
			Check:   filesAndFunctionsStayShort,
		},
		{
			Key:     "thread",
			Says:    "one file hands work to the window's thread, and nothing waits for it",
			Because: "one bridge can be reasoned about; waiting for the window from behind it is how a console hangs",
			Check:   oneBridgeToTheWindow,
		},
		{
			Key:     "init",
			Says:    "there is no init function",
			Because: "a program whose parts register themselves cannot be read from main",
			Check:   noInit,
		},
		{
			Key:     "sleep",
			Says:    "no test sleeps in real time",
			Because: "a test that waits for a while is slow on a fast machine and wrong on a slow one",
			Check:   noTestSleeps,
		},
		{
			Key:     "words",
			Says:    "the project speaks of the product alone",
			Because: "unfinished marks and one machine's places mean nothing to whoever reads this next",
			Check:   noForeignWords,
		},
	}
}
