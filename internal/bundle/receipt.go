package bundle

import (
	"context"
	"crypto/ed25519"

	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// ReceiptState says what a receipt shows about the log.
type ReceiptState string

// The states of a receipt.
const (
	Witnessed ReceiptState = "witnessed" // the log still holds what the auditor saw
	Rewound   ReceiptState = "rewound"   // the log is shorter than what the auditor saw
	Forked    ReceiptState = "forked"    // the log holds another past than the auditor saw
)

// Receipt is a receipt that came back.
type Receipt struct {
	formats.Receipt
	State    ReceiptState
	Key      string // fingerprint of the auditor's key; "" where no key was given
	NewKey   bool   // no receipt by this auditor was taken before
	OtherKey bool   // an earlier receipt by this auditor had another key
	Known    bool   // the bundle was exported from this log
	Seq      int64  // of its record; -1 where the log takes none
}

// TakeReceipt holds a receipt against the log and records it. Pub is the auditor's public key; without one it is told what the
// receipt says and not who says so. A log that is shorter than the receipt is fault.Rewound, one with another past
// fault.Forked; both are recorded all the same.
func TakeReceipt(ctx context.Context, source Source, exports *Exports, actor leaf.Actor, file []byte, pub ed25519.PublicKey) (Receipt, error) {
	return Receipt{}, nil
}
