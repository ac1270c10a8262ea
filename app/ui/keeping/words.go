package keeping

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/backup"
	"countersign/internal/fault"
	"countersign/internal/retention"
	"countersign/internal/statement"
)

// Size writes a number of bytes with a unit: "52.3 MB".
func Size(bytes int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1_000_000_000_000, "TB"}, {1_000_000_000, "GB"}, {1_000_000, "MB"}, {1000, "kB"}} {
		if bytes >= unit.size {
			return fmt.Sprintf("%d.%d %s", bytes/unit.size, bytes%unit.size*10/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d B", bytes)
}

// Lines are the facts about size and room.
func (m *Model) Lines() []kit.Pair {
	g := m.Facts.Growth
	size := kit.T("keeping.size.value", kit.Data{"Records": kit.N("keeping.records", int(g.Records)), "Size": Size(g.Bytes)})
	free := Size(m.Facts.Free)
	if m.Facts.FreeErr != nil {
		free = ""
	}
	return []kit.Pair{{Key: "keeping.size", Value: size}, {Key: "keeping.growth", Value: m.growth()}, {Key: "keeping.free", Value: free}, {Key: "keeping.lasts", Value: m.lasts()}}
}

func (m *Model) growth() string {
	bytes, ok := m.Facts.Growth.BytesADay()
	if !ok {
		return kit.T("keeping.growth.unknown")
	}
	g := m.Facts.Growth
	days := int(g.Over / (24 * time.Hour))
	return kit.N("keeping.growth.value", days, kit.Data{"Size": Size(bytes), "Records": kit.N("keeping.records", int(g.Added))})
}

// lasts says for how long there is room until the last warning, rounded down to what a forecast is good for.
func (m *Model) lasts() string {
	days, ok := m.Facts.Growth.Lasts(m.Facts.Free, VeryLittle)
	const year = 365
	switch {
	case !ok || m.Facts.FreeErr != nil:
		return kit.T("keeping.growth.unknown")
	case days >= 20*year:
		return kit.T("keeping.lasts.long")
	case days >= 2*year:
		return kit.N("keeping.lasts.years", int(days/year))
	}
	return kit.N("keeping.lasts.days", int(days))
}

// RoomTrouble is the warning about little room.
func (m *Model) RoomTrouble() (state kit.State, sentence, more string, ok bool) {
	switch {
	case !m.Read || m.Facts.FreeErr != nil || m.Facts.Free >= Little:
		return "", "", "", false
	case m.Facts.Free < VeryLittle:
		return kit.Failed, kit.T("keeping.room.very_little", kit.Data{"Size": Size(m.Facts.Free)}), kit.T("keeping.room.very_little.more"), true
	}
	return kit.Caution, kit.T("keeping.room.little", kit.Data{"Size": Size(m.Facts.Free)}), kit.T("keeping.room.little.more"), true
}

// Restored says that this console was put back from a backup.
func (m *Model) Restored() (sentence, more string, ok bool) {
	c := m.Facts.Kept.Restored
	if !c.There {
		return "", "", false
	}
	made := c.Place
	if at, err := time.Parse(time.RFC3339, c.Place); err == nil {
		made = kit.Moment(at)
	}
	return kit.T("keeping.restored", kit.Data{"Moment": kit.Moment(c.At), "Made": made, "Records": kit.N("keeping.records", int(c.Upto))}), kit.T("keeping.restored.more"), true
}

// Copies are the facts about what there is besides the log.
func (m *Model) Copies() []kit.Pair {
	return []kit.Pair{{Key: "keeping.last.backup", Value: m.copy(m.Facts.Kept.Backup)}, {Key: "keeping.last.export", Value: m.copy(m.Facts.Kept.Export)},
		{Key: "keeping.last.archive", Value: m.copy(m.Facts.Kept.Archive)}}
}

func (m *Model) copy(c retention.Copy) string {
	if !c.There {
		return kit.T("keeping.last.none")
	}
	text := kit.T("keeping.last.value", kit.Data{"Age": kit.Age(c.At, m.Now), "File": c.File,
		"Since": kit.N("keeping.last.since", int(max(m.Facts.Growth.Records-c.Upto, 0)))})
	if c.Place != "" {
		text += " " + kit.T("keeping.last.place", kit.Data{"Place": c.Place})
	}
	return text
}

// Reminder says what is due.
func (m *Model) Reminder() (sentence string, ok bool) {
	if !m.Read || m.Facts.Growth.Records == 0 {
		return "", false
	}
	var due []string
	for _, one := range []struct {
		key  string
		copy retention.Copy
	}{{"keeping.due.backup", m.Facts.Kept.Backup}, {"keeping.due.export", m.Facts.Kept.Export}} {
		switch {
		case !one.copy.There:
			due = append(due, kit.T(one.key+".never"))
		case one.copy.Old(m.Now):
			due = append(due, kit.T(one.key, kit.Data{"N": int(retention.Interval / (24 * time.Hour))}))
		}
	}
	return strings.Join(due, " "), len(due) > 0
}

// Stages says how far the backup is.
func (m *Model) Stages() string {
	switch {
	case !m.Busy:
		return ""
	case m.Of <= 0:
		return kit.T("keeping.backup.running")
	}
	return kit.T("keeping.stage."+m.Stage, kit.Data{"Percent": strconv.FormatInt(100*m.Done/m.Of, 10)})
}

// Outcome says what became of the backup.
func (m *Model) Outcome() (state kit.State, sentence, more string, ok bool) {
	switch {
	case m.Busy || m.Made == nil && m.Failed == nil:
		return "", "", "", false
	case m.Made == nil:
		state, sentence, more = trouble(m.Failed)
		return state, sentence, more, true
	}
	sum := hex.EncodeToString(m.Made.SHA256[:])
	sentence = kit.T("keeping.backup.made", kit.Data{"File": filepath.Base(m.Made.Path), "Size": Size(m.Made.Bytes)})
	more = kit.T("keeping.backup.made.more", kit.Data{"Folder": filepath.Dir(m.Made.Path), "Records": kit.N("keeping.records", int(m.Made.Manifest.Head.Size)), "Sum": sum})
	if n := m.strange(); n > 0 {
		more += "\n" + kit.N("keeping.backup.strange", n)
	}
	if m.Failed != nil {
		what, _, _ := kit.FaultText(m.Failed)
		return kit.Caution, sentence, kit.T("keeping.backup.unrecorded", kit.Data{"What": what}) + "\n" + more, true
	}
	return kit.Verified, sentence, more, true
}

// strange is how many files of the data folder have names or kinds that a backup does not take.
func (m *Model) strange() (n int) {
	for _, l := range m.Made.Left {
		if l.Why == backup.Strange {
			n++
		}
	}
	return n
}

// trouble words why there is no backup: most of it is about the medium, not about the audit log.
func trouble(err error) (state kit.State, sentence, more string) {
	subject := kit.Data{"Folder": fault.SubjectOf(err)}
	nothing := kit.T("keeping.trouble.nothing")
	switch {
	case cancelled(err):
		return kit.Note, kit.T("keeping.trouble.cancelled"), nothing
	case errors.Is(err, backup.ErrDiffers):
		return kit.Failed, kit.T("keeping.trouble.differs"), kit.T("keeping.trouble.differs.more") + " " + nothing
	case fault.Is(err, fault.LogFull):
		return kit.Failed, kit.T("keeping.trouble.full", subject), nothing
	case fault.Is(err, fault.LogDenied):
		return kit.Failed, kit.T("keeping.trouble.denied", subject), nothing
	case fault.Is(err, fault.OutOfRange) && fault.SubjectOf(err) == "recipient":
		return kit.Caution, kit.T("keeping.trouble.recipient"), nothing
	}
	what, why, next := kit.FaultText(err)
	return kit.Failed, what, strings.TrimSpace(why + " " + next)
}

// ScopeWord names a scope for people.
func ScopeWord(s retention.Scope) string { return kit.T("keeping.scope." + string(s)) }

// HoldTitle is a hold in one line: "Device Capnostream 20 SN 4711".
func HoldTitle(h retention.Hold) string {
	return strings.TrimSpace(ScopeWord(h.Scope) + " " + h.Subject)
}

// HoldWords says why there is a hold, or what became of it.
func HoldWords(h retention.Hold) string {
	reference := ""
	if h.Reference != "" {
		reference = kit.T("keeping.hold.reference.of", kit.Data{"Reference": h.Reference})
	}
	text := strings.TrimSpace(kit.T("keeping.hold.words", kit.Data{"Reason": h.Reason, "Name": h.By.Name, "Moment": kit.Moment(h.At)}) + " " + reference)
	if h.Released {
		text += "\n" + kit.T("keeping.hold.released", kit.Data{"Names": names(h.Enders), "Moment": kit.Moment(h.Ended), "Reason": h.Why})
	}
	return text
}

func names(all []statement.Person) string {
	var list []string
	for _, p := range all {
		list = append(list, p.Name)
	}
	return strings.Join(list, ", ")
}

// Command is how a backup is put back, for a shell.
func Command(file, folder string) string {
	return "countersign --restore " + quote(file) + " --data " + quote(folder)
}

// quote keeps a shell from reading anything into a path.
func quote(path string) string {
	if path != "" && strings.IndexFunc(path, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/-:\\", r))
	}) < 0 {
		return path
	}
	return `"` + path + `"`
}
