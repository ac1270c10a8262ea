package bundle

import (
	"context"
	"encoding/hex"

	"countersign/internal/audit"
	"countersign/internal/journal"
)

// Aside returns what Request.Frames asks for: the records of emergencies in the journals of these folders that the log has not
// taken in. A journal that cannot be read has none; preflight says so elsewhere.
func Aside(query audit.Query, folders ...string) func(context.Context) ([][]byte, error) {
	return func(ctx context.Context) (frames [][]byte, err error) {
		seen := map[[32]byte]bool{}
		for _, folder := range folders {
			for _, path := range journal.Paths(folder) {
				content, err := journal.Read(path)
				if err != nil {
					continue
				}
				for _, f := range content.Frames {
					taken, err := inLog(ctx, query, f)
					if err != nil {
						return nil, err
					}
					if !taken && !seen[f.Hash] {
						seen[f.Hash] = true
						frames = append(frames, f.Bytes)
					}
				}
			}
		}
		return frames, ctx.Err()
	}
}

// inLog says whether the log has taken in a frame, as what it was or as a strange one.
func inLog(ctx context.Context, query audit.Query, f journal.Frame) (bool, error) {
	taken := false
	hash := hex.EncodeToString(f.Hash[:])
	err := query.Query(ctx, func(into func(...any) error) error {
		var n int64
		err := into(&n)
		taken = n > 0
		return err
	}, `SELECT (SELECT COUNT(*) FROM journal_frame WHERE chain = ? AND n = ? AND hash = ?) + (SELECT COUNT(*) FROM journal_strange WHERE hash = ?)`,
		f.Chain, f.N, hash, hash)
	return taken, err
}
