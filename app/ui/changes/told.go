package changes

import (
	"countersign/app/ui/kit"
	"countersign/internal/change"
)

// OutcomeState is the word and the look of an outcome, for other pages that tell of one.
func OutcomeState(o change.Outcome) kit.State { return state(o) }

// Why explains in a sentence what came of a setting; "" where its outcome says all.
func Why(s change.Step) string { return why(s) }
