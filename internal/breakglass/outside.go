package breakglass

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"countersign/internal/journal"
)

// Outside returns the frames that are in a journal of these folders, whoever holds it, or are kept in memory, and that the log
// has not taken in: each encoded, in order. A folder or file that cannot be read is in the error, and the others are read all
// the same.
func (i *Importer) Outside(ctx context.Context, folders ...string) (encoded [][]byte, err error) {
	i.mu.Lock()
	frames, query := slices.Clone(i.pending), i.query
	i.mu.Unlock()
	var errs []error
	for _, folder := range folders {
		for _, path := range journal.Paths(folder) {
			content, err := journal.Read(path)
			if err != nil {
				errs = append(errs, err)
			}
			frames = append(frames, content.Frames...)
		}
	}
	for _, f := range inOrder(frames) {
		taken := false
		if query != nil {
			if taken, err = i.taken(ctx, f); err != nil {
				return nil, err
			}
		}
		if !taken {
			encoded = append(encoded, f.Bytes)
		}
	}
	return encoded, errors.Join(errs...)
}

// taken says whether the log has a frame, at its place or as a strange one.
func (i *Importer) taken(ctx context.Context, f journal.Frame) (bool, error) {
	hash := hex.EncodeToString(f.Hash[:])
	_, there, err := i.at(ctx, f.Chain, f.N)
	if err != nil || there == hash {
		return err == nil, err
	}
	return i.strange(ctx, hash)
}
