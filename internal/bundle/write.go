package bundle

import "context"

// Write makes a bundle. The file has its name once it is whole, was read back from its medium and is recorded; until then it is
// called .partial. Progress is told the stage and how far it is; it may be nil.
func Write(ctx context.Context, r Request, progress func(stage string, done, of int64)) (Made, error) {
	return Made{}, nil
}
