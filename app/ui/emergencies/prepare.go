package emergencies

import (
	"context"
	"time"

	"countersign/app/ui/ceremony"
	"countersign/internal/breakglass"
	"countersign/internal/people"
)

// Prepare fixes what people sign before they see it, so that it is signed byte for byte. Its faults are told in the form.
type Prepare struct {
	Account  func(ctx context.Context, by people.Person, id, text string) (ceremony.Statement, error)
	Review   func(ctx context.Context, by []people.Person, id, finding, reason, incident string) (ceremony.Statement, error)
	Paper    func(ctx context.Context, by [2]people.Person, about string, lines []string, from, to time.Time) (ceremony.Statement, error)
	Complete func(ctx context.Context, s ceremony.Statement, signers ...*people.Signer) error
}

// Of is what a register prepares.
func Of(g *breakglass.Register) Prepare {
	return Prepare{
		Account: func(ctx context.Context, by people.Person, id, text string) (ceremony.Statement, error) {
			return statementOf(g.PrepareAccount(ctx, by, id, text))
		},
		Review: func(ctx context.Context, by []people.Person, id, finding, reason, incident string) (ceremony.Statement, error) {
			return statementOf(g.PrepareReview(ctx, by, id, finding, reason, incident))
		},
		Paper: func(ctx context.Context, by [2]people.Person, about string, lines []string, from, to time.Time) (ceremony.Statement, error) {
			return statementOf(g.PreparePaper(ctx, by, about, lines, from, to))
		},
		Complete: func(ctx context.Context, s ceremony.Statement, signers ...*people.Signer) error {
			return g.Complete(ctx, s.(*breakglass.Prepared), signers...)
		},
	}
}

// statementOf keeps a statement that could not be prepared from looking like one.
func statementOf(p *breakglass.Prepared, err error) (ceremony.Statement, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}
