package fhir

import (
	"strconv"

	"countersign/internal/formats"
)

// r4 is FHIR 4.0.1: types are codings, and the outcome is a plain code.
var r4 = release{
	path: formats.R4Path,
	event: func(w *writer, e *formats.Event) {
		w.name("type")
		w.coding(codeOf(e.Class.ID))
		if len(e.Class.Types) > 0 {
			w.name("subtype")
			w.open('[')
			for _, c := range e.Class.Types {
				w.coding(codeOf(c))
			}
			w.close(']')
		}
		w.text("outcome", strconv.Itoa(e.Outcome))
		w.text("outcomeDesc", e.Text)
		if e.Emergency {
			w.name("purposeOfEvent")
			w.open('[')
			w.concept(breakTheGlass)
			w.close(']')
		}
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
	event: func(w *writer, e *formats.Event) {
		w.name("category")
		w.open('[')
		w.concept(codeOf(e.Class.ID))
		w.close(']')
		w.name("code")
		w.open('{')
		w.name("coding")
		w.open('[')
		for _, c := range e.Class.Types {
			w.coding(codeOf(c))
		}
		w.close(']')
		w.close('}')
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
		if e.Emergency {
			w.name("authorization")
			w.open('[')
			w.concept(breakTheGlass)
			w.close(']')
		}
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
