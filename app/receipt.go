package main

import (
	"context"
	"crypto/ed25519"
	"io"
	"os"

	"countersign/app/ui/export"
	"countersign/internal/bundle"
	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/formats"
)

// Take implements export.Exports.
func (e *exports) Take(ctx context.Context, receipt, key string) (export.Receipt, error) {
	file, err := small(receipt)
	if err != nil {
		return export.Receipt{}, err
	}
	var pub ed25519.PublicKey
	if key != "" {
		text, err := small(key)
		if err != nil {
			return export.Receipt{}, err
		}
		if pub, err = formats.ReadReceiptPublic(text); err != nil {
			return export.Receipt{}, err
		}
	}
	r, err := bundle.TakeReceipt(ctx, e.record.log, e.known, e.record.seat.Actor(), file, pub)
	if err != nil && r.State == "" { // that the log was put back is an answer, too
		return export.Receipt{}, err
	}
	return export.Receipt{State: export.ReceiptState(r.State), Auditor: r.Auditor, Verdict: r.Verdict, At: r.Time, Size: r.Head.Size,
		Fingerprint: formats.Fingerprint(r.Manifest),
		Known:       r.Known, Key: r.Key, NewKey: r.NewKey, OtherKey: r.OtherKey}, nil
}

// small reads a file that somebody brought: no more of it than a receipt or a key can have.
func small(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, fault.New(fault.NotFound, path, err)
		}
		return nil, disk.Fault(path, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, formats.MaxReceipt+1))
	if err != nil {
		return nil, disk.Fault(path, err)
	}
	return text, nil
}
