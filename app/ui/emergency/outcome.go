package emergency

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
)

// outcome says what is under way, or what came of the last act.
func (m *model) outcome() said {
	r := m.runs[m.key]
	switch p := m.phase(); {
	case p == running && len(r.sent) == 0:
		return said{kit.Applying, kit.T("emergency.opening", kit.Data{"Device": r.device}), kit.T("emergency.patience.open")}
	case p == running:
		what := kit.T("emergency.checking", kit.Data{"Device": r.device})
		if done, steps := r.now(); len(steps) > 0 {
			what = kit.T("emergency.writing", kit.Data{"Done": min(done+1, len(steps)), "Total": len(steps), "Device": r.device})
		}
		return said{kit.Applying, what, kit.T("emergency.patience")}
	case p != told:
		return said{}
	case len(r.result.Change.Steps) > 0:
		key := "emergency.story." + string(r.outcome())
		more := kit.T(key+".next", kit.Data{"Device": r.device})
		if len(r.unsent()) > 0 && !m.here() {
			more += " " + kit.T("emergency.over")
		}
		return said{r.outcome(), r.outcome().Word() + ": " + kit.T(key), more}
	case r.err != nil:
		return said{}
	}
	if !m.here() {
		return said{kit.Emergency, kit.T("emergency.opened"), kit.T("emergency.over")}
	}
	return said{kit.Emergency, kit.T("emergency.within", kit.Data{"Left": shell.Countdown(m.session.Left)}), kit.T("emergency.opened.more")}
}

// problem is the failure that the page explains, or nil.
func (m *model) problem() error {
	if m.err != nil {
		return m.err
	}
	return m.fault()
}

// tierText says what may be written in the emergency that is open.
func (m *model) tierText() string {
	if m.session.Continued {
		return kit.T("emergency.tier.continued")
	}
	return kit.T("emergency.tier." + m.session.Tier)
}

// receipt is what the person takes away: a code that a record must match.
type receipt struct {
	Code, Text string
	Lost       bool
}

// receipt returns that of the last act, once it ended.
func (m *model) receipt() receipt {
	r := m.runs[m.key]
	if r == nil || r.running || r.result.Code == "" || m.phase() != told && r.err == nil {
		return receipt{}
	}
	at := r.result.At
	if at.IsZero() {
		at = m.at
	}
	data := kit.Data{"Code": r.result.Code, "Device": m.device.Name(), "Time": at.Local().Format("15:04")}
	if r.result.Lost {
		return receipt{r.result.Code, kit.T("emergency.receipt.lost.more", data), true}
	}
	data["Took"] = took(r.result.Took)
	return receipt{r.result.Code, kit.T("emergency.receipt", data), false}
}

// took names what has the record.
func took(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		key := "emergency.took." + strings.ReplaceAll(name, " ", "_")
		if words[i] = kit.T(key); words[i] == key {
			words[i] = name
		}
	}
	return strings.Join(words, ", ")
}
