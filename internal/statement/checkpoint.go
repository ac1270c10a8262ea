package statement

import (
	"crypto/ed25519"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"countersign/internal/fault"
)

// What a console itself signs: checkpoints of its log in the form of C2SP tlog-checkpoint, and the key that follows its
// own. Both have exactly one spelling, and neither text can be taken for the other or for a statement of a person: a
// checkpoint has three lines of which the first is the log's origin.

// MaxCheckpoint is the largest checkpoint in bytes.
const MaxCheckpoint = 1024

// machineSigner signs without checking its own signature: a machine key belongs to its owner until it is erased.
type machineSigner struct {
	Verifier
	key ed25519.PrivateKey
}

func (s machineSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

func machineVerifier(origin string, pub ed25519.PublicKey) (Verifier, error) {
	if !isPath(origin) || len(pub) != ed25519.PublicKeySize {
		return nil, broken(origin, "not the key of a log, %d bytes", len(pub))
	}
	key, err := note.NewEd25519VerifierKey(origin, pub)
	if err != nil {
		return nil, fault.New(fault.Signature, origin, err)
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fault.New(fault.Signature, origin, err)
	}
	return v, nil
}

func signByMachine(origin, text string, key ed25519.PrivateKey) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", broken(origin, "private key of %d bytes", len(key))
	}
	v, err := machineVerifier(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: text}, machineSigner{v, key})
	if err != nil {
		return "", fault.New(fault.Signature, origin, err)
	}
	return string(signed), nil
}

// openByMachine returns the text of a note that exactly this key signed, once.
func openByMachine(signed, origin string, pub ed25519.PublicKey) (string, error) {
	v, err := machineVerifier(origin, pub)
	if err != nil {
		return "", err
	}
	if len(signed) > MaxCheckpoint {
		return "", broken(origin, "note of %d bytes", len(signed))
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return "", fault.New(fault.Signature, origin, err)
	}
	names, err := signatures([]byte(signed), len(n.Text))
	if err != nil {
		return "", err
	}
	if len(names) != 1 || len(n.Sigs) != 1 {
		return "", broken(origin, "%d signatures", len(names))
	}
	return n.Text, nil
}

func checkpointText(origin string, size int64, root [32]byte) string {
	return origin + "\n" + strconv.FormatInt(size, 10) + "\n" + strict64.EncodeToString(root[:]) + "\n"
}

// SignCheckpoint returns the checkpoint of a log: that its first size records have this root, signed by the key of the
// machine that keeps it.
func SignCheckpoint(origin string, size int64, root [32]byte, key ed25519.PrivateKey) (string, error) {
	if size < 0 {
		return "", broken(origin, "a checkpoint over %d records", size)
	}
	return signByMachine(origin, checkpointText(origin, size, root), key)
}

// OpenCheckpoint returns what a checkpoint of this origin says, when pub signed it. Everything but the one spelling of it
// is fault.Signature.
func OpenCheckpoint(signed, origin string, pub ed25519.PublicKey) (size int64, root [32]byte, err error) {
	text, err := openByMachine(signed, origin, pub)
	if err != nil {
		return 0, root, err
	}
	return parseCheckpoint(text, origin)
}

// ReadCheckpoint returns what a checkpoint of this origin says without asking who signed it: a copy may be newer than
// every key that is known.
func ReadCheckpoint(signed, origin string) (size int64, root [32]byte, err error) {
	if len(signed) > MaxCheckpoint {
		return 0, root, broken(origin, "note of %d bytes", len(signed))
	}
	text, _, ok := strings.Cut(signed, "\n\n")
	if !ok {
		return 0, root, broken(origin, "no signed note")
	}
	return parseCheckpoint(text+"\n", origin)
}

var errCheckpoint = errors.New("not a checkpoint of this log")

func parseCheckpoint(text, origin string) (size int64, root [32]byte, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) != 4 {
		return 0, root, fault.New(fault.Signature, origin, errCheckpoint)
	}
	size, sizeErr := strconv.ParseInt(lines[1], 10, 64)
	hash, rootErr := strict64.DecodeString(lines[2])
	copy(root[:], hash)
	if err := errors.Join(sizeErr, rootErr); err != nil || size < 0 || checkpointText(origin, size, root) != text {
		return 0, [32]byte{}, fault.New(fault.Signature, origin, errors.Join(errCheckpoint, err))
	}
	return size, root, nil
}

// epochTitle begins the text with which a machine key names the next one.
const epochTitle = "countersign/machine-key/v1"

func epochText(origin string, epoch int64, next ed25519.PublicKey) string {
	return epochTitle + "\norigin " + origin + "\nepoch " + strconv.FormatInt(epoch, 10) + "\nkey " + strict64.EncodeToString(next) + "\n"
}

// SignEpoch returns the note by which key says that next is the machine key of an epoch of the log. A key that follows no
// other says so of itself, which shows only that its owner has it.
func SignEpoch(origin string, epoch int64, next ed25519.PublicKey, key ed25519.PrivateKey) (string, error) {
	if epoch < 1 || len(next) != ed25519.PublicKeySize {
		return "", broken(origin, "epoch %d with a key of %d bytes", epoch, len(next))
	}
	return signByMachine(origin, epochText(origin, epoch, next), key)
}

// CheckEpoch says whether pub signed that next is the key of this epoch.
func CheckEpoch(signed, origin string, epoch int64, next, pub ed25519.PublicKey) error {
	text, err := openByMachine(signed, origin, pub)
	if err != nil {
		return err
	}
	if text != epochText(origin, epoch, next) {
		return broken(origin, "another key or epoch than the record's")
	}
	return nil
}
