package fhir

import (
	"strconv"

	"countersign/internal/formats"
)

// r4 is FHIR 4.0.1: types are codings, and the outcome is a plain code.
var r4 = release{
	path: formats.R4Path,
	class: func(w *writer, c *formats.Class) {
		w.name("type")
		w.coding(codeOf(c.ID))
		w.name("subtype")
		w.codings(c.Types)
		if c.Alone {
			w.name("purposeOfEvent")
			w.open('[')
			w.concept(breakTheGlass)
			w.close(']')
		}
	},
	outcome: func(w *writer, e *formats.Event) {
		w.text("outcome", strconv.Itoa(e.Outcome))
		w.text("outcomeDesc", e.Text)
	},
	agent: func(w *writer, where string) {
		w.name("network")
		w.open('{')
		w.text("address", where)
		w.text("type", "1")
		w.close('}')
	},
	site: func(w *writer, site string) {
		w.text("site", site)
		w.name("type")
		w.open('[')
		w.coding(formats.Code{System: sourceType, Value: "1", Text: "User Device"})
		w.close(']')
	},
	kind: func(w *writer, kind string) { w.text("type", kind) },
	role: true,
}

// r5 is FHIR 5.0.0: types are concepts, and one code says what happened.
var r5 = release{
	path: formats.R5Path,
	class: func(w *writer, c *formats.Class) {
		w.name("category")
		w.open('[')
		w.concept(codeOf(c.ID))
		w.close(']')
		w.name("code")
		w.open('{')
		w.name("coding")
		w.codings(c.Types)
		w.close('}')
		if c.Alone {
			w.name("authorization")
			w.open('[')
			w.concept(breakTheGlass)
			w.close(']')
		}
	},
	outcome: func(w *writer, e *formats.Event) {
		w.name("outcome")
		w.open('{')
		w.name("code")
		w.coding(formats.Code{System: outcomes, Value: strconv.Itoa(e.Outcome)})
		w.name("detail")
		w.open('[')
		w.open('{')
		w.text("text", e.Text)
		w.close('}')
		w.close(']')
		w.close('}')
	},
	agent: func(w *writer, where string) { w.text("networkString", where) },
	site: func(w *writer, site string) {
		w.name("site")
		w.open('{')
		w.text("display", site)
		w.close('}')
		w.name("type")
		w.open('[')
		w.concept(formats.Code{System: sourceType, Value: "1", Text: "User Device"})
		w.close(']')
	},
	kind: func(w *writer, kind string) {
		w.name("type")
		w.open('{')
		w.text("text", kind)
		w.close('}')
	},
}

// codings is a list of an event's types.
func (w *writer) codings(codes []formats.Code) {
	w.open('[')
	for _, c := range codes {
		w.coding(codeOf(c))
	}
	w.close(']')
}
