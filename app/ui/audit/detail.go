package audit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// Detail is one record as its page shows it.
type Detail struct {
	Record audit.Record
	Hidden bool   // values and statement were left out
	About  string // device and settings of the request, where the record names the request alone
}

// Open reads a record and leaves out what must not be seen now: values and statement of a blind request that waits,
// for everybody but its proposer. What is left out is not in the Detail. It runs in the background.
func Open(ctx context.Context, log Log, hidden func(ctx context.Context, requestID string) bool, seq int64) (*Detail, error) {
	record, err := log.Record(ctx, seq)
	if err != nil {
		return nil, err
	}
	if id := requestOf(record); id != "" && hidden(ctx, id) {
		return &Detail{Record: bare(record), Hidden: true}, nil
	}
	return &Detail{Record: record}, nil
}

// requestOf returns the ID of the request that a record concerns.
func requestOf(r audit.Record) string {
	if id, ok := r.Body.Text("request"); ok {
		return id
	}
	if request, err := statement.ParseRequest([]byte(text(r.Stmt))); err == nil {
		return request.ID
	}
	return ""
}

// bare returns the record with only those fields that never hold a value.
func bare(r audit.Record) audit.Record {
	var body leaf.Body
	for _, key := range []string{"request", "device", "settings", "try"} {
		if text, ok := r.Body.Text(key); ok {
			body.Set(key, text)
		}
	}
	r.Body, r.Stmt, r.Bytes = body, "", nil
	return r
}

// Title is the record's kind in plain words.
func (d *Detail) Title() string { return what(d.Record) }

// Facts are what the record says: who, when and about what.
func (d *Detail) Facts() []kit.Pair {
	r := d.Record
	facts := []kit.Pair{
		{Key: "audit.column.time", Value: kit.Moment(r.At.Wall)},
		{Key: "audit.fact.clock", Value: Clock(r.At)},
		{Key: "audit.column.who", Value: who(r.Actor)},
	}
	if names := cmp.Or(stated(r.Stmt), d.About); names != "" {
		facts = append(facts, kit.Pair{Key: "audit.column.about", Value: names})
	}
	if r.Kind == people.KindGenesis {
		facts = append(facts, kit.Pair{Key: "audit.fact.fingerprint", Value: fingerprint(r.Stmt)})
	}
	for f := range r.Body.All() {
		value := f.Text
		if f.IsInt {
			value = strconv.FormatInt(f.Int, 10)
		}
		facts = append(facts, kit.Pair{Key: fieldName(f.Key), Value: fieldWord(f.Key, value)})
	}
	return facts
}

// fieldName returns the key of a field's name, or the field itself where it has none.
func fieldName(field string) string {
	if key := "audit.field." + field; kit.T(key) != key {
		return key
	}
	return field
}

// who is Who with the person's ID, which tells two people of one name apart.
func who(a leaf.Actor) string {
	if a.Role == "" {
		return Who(a)
	}
	return Who(a) + "  (" + a.ID + ")"
}

// fieldWord words the values that are words of the program.
func fieldWord(key, value string) string {
	switch key {
	case "outcome":
		return outcomeWord(value)
	case "mode":
		return translated("audit.mode.", value)
	case "why":
		if sentence := kit.T("fault." + value + ".what"); !strings.HasPrefix(sentence, "fault.") {
			what, why, _ := kit.FaultText(fault.New(fault.Kind(value), "", nil))
			return what + " " + why
		}
	case "steps":
		lines := strings.Split(value, "\n")
		for i, line := range lines {
			lines[i] = stepWord(line)
		}
		return strings.Join(lines, "\n")
	}
	return value
}

// stepWord words one setting of an execution: its line in the statement, the value as left, the outcome and the kind of
// its fault, with tabs between.
func stepWord(line string) string {
	parts := strings.Split(line, "\t")
	if len(parts) != 4 {
		return line
	}
	set, err := statement.ParseSetLine(parts[0])
	if err != nil {
		return line
	}
	text := kit.T("audit.step", kit.Data{"Setting": string(set.ID), "Found": set.AsFound, "Wanted": set.Wanted, "Unit": kit.Unit(set.Unit)})
	if parts[1] != "" {
		text += kit.T("audit.step.left", kit.Data{"Left": parts[1], "Unit": kit.Unit(set.Unit)})
	}
	if parts[2] != "" {
		text += " – " + outcomeWord(parts[2])
	}
	return text
}

// Clock says how far the record's time can be trusted.
func Clock(at clock.Reading) string { return translated("audit.clock.", string(at.State)) }

// Proof is what binds the record to the log.
func (d *Detail) Proof() []kit.Pair {
	previous := kit.T("audit.proof.first")
	if d.Record.Seq > 0 {
		previous = hex.EncodeToString(d.Record.Prev[:])
	}
	return []kit.Pair{
		{Key: "audit.proof.hash", Value: hex.EncodeToString(d.Record.Hash[:])},
		{Key: "audit.proof.previous", Value: previous},
	}
}

// fingerprint is that of the founding statement, as the two founders wrote it down.
func fingerprint(note string) string {
	sum := sha256.Sum256([]byte(text(note)))
	return Groups4(hex.EncodeToString(sum[:]))
}

// Groups4 writes digits in groups of four, which people can compare.
func Groups4(digits string) string {
	var groups []string
	for ; len(digits) > 4; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(append(groups, digits), " ")
}
