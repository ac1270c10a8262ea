package verify

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"countersign/internal/formats"
)

// What the verdicts mean, for people.
var meanings = map[Verdict]string{
	Verified:     "Everything was checked and nothing is wrong.",
	WithFindings: "Nothing is wrong with the record. It says itself that something happened which wants a look.",
	Unanchored:   "Nothing contradicts itself, but nobody said whose founding this log must have: it may be made up as a whole. Give --genesis the twelve words from the founders' paper.",
	Failed:       "Something is not what it must be. Do not rely on this bundle.",
}

// Text writes the report for people.
func (r Report) Text(to io.Writer) error {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("%s", r.Verdict)
	say("%s", meanings[r.Verdict])
	if f := r.Failure; f != nil {
		say("")
		say("Step %d, %s: %s (%s)", f.Step, steps[f.Step-1].name, f.Text, f.Rule)
		if f.Seq >= 0 {
			say("The first bad record is number %d.", f.Seq)
		}
	}
	if r.Manifest.Origin != "" {
		r.about(say)
	}
	say("")
	say("Unaltered?       %s", r.Answers.Unaltered)
	say("No gap?          %s%s", r.Answers.NoGap, since(r.Answers))
	say("Signers known?   %s", r.Answers.SignersKnown)
	say("")
	for _, s := range r.Steps[:Steps-1] {
		say("%d  %-17s %-9s %s", s.Number, s.Name, s.State, r.proof(s))
	}
	if r.Verdict != Failed {
		r.windows(say)
	}
	r.findings(say)
	_, err := io.WriteString(to, Clean(b.String()))
	return err
}

func since(a Answers) string {
	switch {
	case a.NoGapSince != "":
		return ", measured from " + a.NoGapSince
	case a.NoGap == Unknown:
		return ": no earlier export, receipt or head was given to compare with"
	}
	return ""
}

// proof is what a step proves where it passed.
func (r Report) proof(s Step) string {
	switch s.State {
	case Passed:
		return s.Proves
	case Partly:
		return fmt.Sprintf("%s %d checks would need a withheld record.", s.Proves, s.Open)
	case Broken:
		return r.Failure.Text
	}
	return "-"
}

func (r Report) about(say func(string, ...any)) {
	m, c := r.Manifest, r.Counts
	say("")
	say("Log              %s (%s)", m.Origin, m.Site)
	say("Made             %s, clock %s, by %s", m.Made.Format("2006-01-02 15:04:05 MST"), m.Clock, m.Program)
	if m.Simulated {
		say("                 The devices were SIMULATED ones.")
	}
	say("Signed by        %s", cmp.Or(r.Exporter, "the console alone"))
	say("Shows            records %d to %d of %d, %s: %d shown, %d withheld", m.From, m.To, m.Head.Size, m.Scope, m.Shown, m.Head.Size-m.Shown)
	if m.Scope != formats.Full {
		say("Chosen           %s", cmp.Or(m.Filter, "by period"))
	}
	say("Fingerprint      %s", r.Fingerprint())
	if r.Genesis != "" {
		say("Founding         %s", strings.Join(r.Words, " "))
		say("                 SHA-256 %s", r.Genesis)
	}
	say("Checked          %d signatures, %d checkpoints, %d keys of the machine, %d persons", c.Signatures, c.Checkpoints, c.Epochs, c.Persons)
	say("Seen             %d requests, %d executions, %d emergencies", c.Requests, c.Executions, c.Emergencies)
}

func (r Report) windows(say func(string, ...any)) {
	say("")
	say("Whoever had this console and the key of %s could have made the last records anew:", cmp.Or(r.Exposure.Person, "nobody"))
	say("  %s", window("another person", r.Exposure.CoLocated))
	say("  %s", window("another person on another machine", r.Exposure.Independent))
}

func window(by string, w Window) string {
	if !w.Found {
		return fmt.Sprintf("no signature by %s: all %d records", by, w.Records)
	}
	return fmt.Sprintf("since the last signature by %s: %d records, %s", by, w.Records, w.Since.Round(time.Second))
}

func (r Report) findings(say func(string, ...any)) {
	if len(r.Findings) == 0 {
		return
	}
	say("")
	say("What wants a look:")
	for _, f := range r.Findings {
		where := "the bundle"
		if f.Seq >= 0 {
			where = fmt.Sprintf("record %d", f.Seq)
		}
		say("  %-13s %s (%s)", where, f.Text, f.Rule)
	}
	if r.More > 0 {
		say("  and %d more", r.More)
	}
}

// Clean lets nothing through that a terminal could take for something else than text: a record may say anything.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
