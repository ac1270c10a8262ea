package preflight

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/clock"
	"countersign/internal/fault"
)

// The words that begin an Item's Detail where no error stands behind it. They are keys, not text for people.
const (
	Opening    = "opening"     // record: it is not open yet
	Unsynced   = "unsynced"    // clock: follows no reference; a note
	Stepped    = "stepped"     // clock: somebody or something set it
	Exposed    = "exposed"     // keys, with how many: others on this computer can read them
	NotPrinted = "not-printed" // codes: there is no sheet
	NoneLeft   = "none-left"   // codes: all of the sheet are used
	Left       = "left"        // codes, with how many: as it should be
	Short      = "short"       // ballast, with its bytes: less than BallastSize
	Free1GB    = "below-1gb"   // space, with the bytes that are free
	Free2GB    = "below-2gb"   // space, with the bytes that are free; a note
	NotSet     = "not-set"     // mirror: no second path is configured
	Few        = "few"         // people, with how many: one is missing, and two persons are hard to find; a note
	TooFew     = "too-few"     // people, with how many: nothing can be approved
)

// What is little room on the disk, in bytes. Below the first nobody should begin a long day.
const (
	little     = 2_000_000_000
	veryLittle = 1_000_000_000
)

// How many people a ward should have, and how many approve anything at all.
const (
	enoughPeople = 4
	leastPeople  = 2
)

// Judge makes one report of all facts. The level is EmergencyOnly exactly where the record cannot be used, which
// includes that it is still being opened: nothing can be approved then, and an emergency must not wait for it.
func Judge(f Facts) Report {
	items := []Item{
		tried("journal", f.Journal), record(f), clocks(f.Clock), keys(f), codes(f), ballast(f.Ballast), space(f), mirror(f), people(f.People),
	}
	level := Ready
	for _, item := range items {
		switch {
		case item.OK:
		case item.Check == "record":
			level = EmergencyOnly
		case level == Ready:
			level = Degraded
		}
	}
	return Report{Level: level, Items: items}
}

// Word splits Detail into its word and the number after it, which is 0 where there is none. An error's text, which is
// the detail of an item with a Kind, is no word: the word is then "".
func (i Item) Word() (word string, n int64) {
	if i.Kind != "" {
		return "", 0
	}
	word, number, _ := strings.Cut(i.Detail, " ")
	n, _ = strconv.ParseInt(number, 10, 64) // nought where there is none
	return word, n
}

// tried is the item of a part that either works or says why not.
func tried(check string, err error) Item {
	if err == nil {
		return Item{Check: check, OK: true}
	}
	return Item{Check: check, Kind: fault.KindOf(err), Detail: err.Error()}
}

func good(check, detail string) Item { return Item{Check: check, OK: true, Detail: detail} }

func bad(check, detail string) Item { return Item{Check: check, Detail: detail} }

func counted[N int | int64](word string, n N) string { return fmt.Sprintf("%s %d", word, n) }

func record(f Facts) Item {
	if f.Record == nil && f.RecordOpening {
		return bad("record", Opening)
	}
	return tried("record", f.Record)
}

// clocks takes a clock without a reference for a note: most hospital laptops off the network have one, and the boot
// clock bounds what was done. One that was set is another matter, because the record's times contradict each other.
func clocks(state clock.State) Item {
	switch state {
	case clock.OK:
		return good("clock", "")
	case clock.Unsynced:
		return good("clock", Unsynced)
	}
	return bad("clock", Stepped)
}

func keys(f Facts) Item {
	if f.Keys == nil && f.KeysExposed > 0 {
		return bad("keys", counted(Exposed, f.KeysExposed))
	}
	return tried("keys", f.Keys)
}

func codes(f Facts) Item {
	switch {
	case f.CodesTotal <= 0:
		return bad("codes", NotPrinted)
	case f.CodesLeft <= 0:
		return bad("codes", NoneLeft)
	}
	return good("codes", counted(Left, f.CodesLeft))
}

func ballast(bytes int64) Item {
	if bytes < BallastSize {
		return bad("ballast", counted(Short, bytes))
	}
	return good("ballast", "")
}

func space(f Facts) Item {
	switch {
	case f.FreeErr != nil:
		return tried("space", f.FreeErr)
	case f.FreeBytes < veryLittle:
		return bad("space", counted(Free1GB, f.FreeBytes))
	case f.FreeBytes < little:
		return good("space", counted(Free2GB, f.FreeBytes))
	}
	return good("space", "")
}

func mirror(f Facts) Item {
	if !f.MirrorSet {
		return good("mirror", NotSet)
	}
	return tried("mirror", f.Mirror)
}

func people(n int) Item {
	switch {
	case n < leastPeople:
		return bad("people", counted(TooFew, n))
	case n < enoughPeople:
		return good("people", counted(Few, n))
	}
	return good("people", "")
}
