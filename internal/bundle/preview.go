package bundle

import "context"

// Look counts what a bundle of the selection would hold.
func Look(ctx context.Context, source Source, s Selection, progress func(done, of int64)) (Preview, error) {
	return Preview{}, nil
}
