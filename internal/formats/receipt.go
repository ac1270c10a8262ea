package formats

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"countersign/internal/fault"
)

// Receipt is what an auditor hands back: that a bundle came to a verdict, and with it the head of the log as the auditor has it
// from now on. Its text has exactly one spelling, and is signed as a note with the auditor's own Ed25519 key.
type Receipt struct {
	Origin   string
	Head     Head
	Manifest [32]byte // SHA-256 of the bundle's manifest
	Verdict  string
	Auditor  string
	Time     time.Time // UTC, whole milliseconds
}

const (
	receiptFirst = "countersign/receipt/v1"
	// MaxReceipt is the largest signed receipt in bytes.
	MaxReceipt = 4096
	maxAuditor = 100 // characters in the name
)

// receiptLines are those behind the first, in their order.
var receiptLines = []string{"origin", "size", "root", "manifest", "verdict", "auditor", "time"}

// receiptVerdicts are the verdicts that there are.
var receiptVerdicts = map[string]bool{"VERIFIED": true, "VERIFIED WITH FINDINGS": true, "UNANCHORED": true, "FAILED": true}

// receiptName is what the key of a receipt is called: the auditor's name as a note can show it.
const receiptName = "countersign-auditor"

// Text returns the one spelling of r; what has none is fault.Internal.
func (r Receipt) Text() ([]byte, error) {
	text := r.text()
	if _, err := ParseReceipt(text); err != nil {
		return nil, fault.New(fault.Internal, "receipt", err)
	}
	return text, nil
}

func (r Receipt) text() []byte {
	return fmt.Appendf(nil, "%s\norigin %s\nsize %d\nroot %s\nmanifest sha256 %s\nverdict %s\nauditor %s\ntime %s\n", receiptFirst, r.Origin, r.Head.Size,
		strict64.EncodeToString(r.Head.Root[:]), hex.EncodeToString(r.Manifest[:]), r.Verdict, r.Auditor, r.Time.UTC().Format(madeLayout))
}

// ParseReceipt reads a receipt's text. Everything but its one spelling is fault.Incoming.
func ParseReceipt(text []byte) (Receipt, error) {
	r, err := parseReceipt(text)
	if err == nil && !bytes.Equal(r.text(), text) {
		err = errors.New("it is not in its one spelling")
	}
	if err != nil {
		return Receipt{}, fault.New(fault.Incoming, "receipt", err)
	}
	return r, nil
}

func parseReceipt(text []byte) (r Receipt, err error) {
	if len(text) > MaxReceipt || !utf8.Valid(text) {
		return r, errors.New("it is too long, or not text")
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != len(receiptLines)+2 || lines[0] != receiptFirst {
		return r, fmt.Errorf("it does not begin with %q or misses lines", receiptFirst)
	}
	values := map[string]string{}
	for i, key := range receiptLines {
		value, ok := strings.CutPrefix(lines[i+1], key+" ")
		if !ok || value == "" || strings.TrimSpace(value) != value || strings.ContainsFunc(value, unicode.IsControl) {
			return r, fmt.Errorf("line %d is not %q", i+2, key)
		}
		values[key] = value
	}
	r.Origin, r.Verdict, r.Auditor = values["origin"], values["verdict"], values["auditor"]
	if r.Head, err = parseHead(values["size"] + " " + values["root"]); err != nil {
		return r, err
	}
	sum, err := hex.DecodeString(strings.TrimPrefix(values["manifest"], "sha256 "))
	if err != nil || len(sum) != len(r.Manifest) {
		return r, errors.New("no digest of a manifest")
	}
	r.Manifest = [32]byte(sum)
	if r.Time, err = time.Parse(madeLayout, values["time"]); err != nil {
		return r, errors.New("a time that is none")
	}
	if !receiptVerdicts[r.Verdict] || utf8.RuneCountInString(r.Auditor) > maxAuditor {
		return r, errors.New("no verdict, or no name of an auditor")
	}
	return r, nil
}

// SignReceipt returns the receipt as a signed note.
func SignReceipt(r Receipt, key ed25519.PrivateKey) ([]byte, error) {
	text, err := r.Text()
	if err != nil {
		return nil, err
	}
	if len(key) != ed25519.PrivateKeySize {
		return nil, fault.Newf(fault.Internal, "receipt", "a key of %d bytes", len(key))
	}
	v, err := receiptVerifier(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, receiptSigner{v, key})
	if err != nil {
		return nil, fault.New(fault.Internal, "receipt", err)
	}
	return signed, nil
}

type receiptSigner struct {
	note.Verifier
	key ed25519.PrivateKey
}

// Sign implements note.Signer.
func (s receiptSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

func receiptVerifier(pub ed25519.PublicKey) (note.Verifier, error) {
	key, err := note.NewEd25519VerifierKey(receiptName, pub)
	if err == nil {
		var v note.Verifier
		if v, err = note.NewVerifier(key); err == nil {
			return v, nil
		}
	}
	return nil, fault.New(fault.Incoming, "receipt", err)
}

// OpenReceipt returns what a signed receipt says when exactly this key signed it. Everything else is fault.Incoming.
func OpenReceipt(signed []byte, pub ed25519.PublicKey) (Receipt, error) {
	v, err := receiptVerifier(pub)
	if err != nil {
		return Receipt{}, err
	}
	text, err := receiptNote(signed)
	if err != nil {
		return Receipt{}, err
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 || n.Text != text {
		return Receipt{}, fault.New(fault.Incoming, "receipt", errors.Join(errors.New("not signed by this key alone"), err))
	}
	return ParseReceipt([]byte(text))
}

// ReadReceipt returns what a signed receipt says without asking who signed it: a head is worth comparing whoever kept it.
func ReadReceipt(signed []byte) (Receipt, error) {
	text, err := receiptNote(signed)
	if err != nil {
		return Receipt{}, err
	}
	return ParseReceipt([]byte(text))
}

var receiptLine = regexp.MustCompile(`^\x{2014} ` + receiptName + ` [A-Za-z0-9+/]+=*\n$`)

// receiptNote cuts the text off a note that has one line of a signature, in its one spelling.
func receiptNote(signed []byte) (string, error) {
	text, line, ok := strings.Cut(string(signed), "\n\n")
	if len(signed) > MaxReceipt || !ok || !receiptLine.MatchString(line) {
		return "", fault.Newf(fault.Incoming, "receipt", "not a note with one signature of an auditor")
	}
	_, sig, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "+receiptName+" ")
	if b, err := strict64.DecodeString(sig); err != nil || len(b) != 4+ed25519.SignatureSize {
		return "", fault.Newf(fault.Incoming, "receipt", "a signature in another spelling")
	}
	return text + "\n", nil
}

// The files of an auditor's receipt key: what is secret stays with the auditor, what is public goes to the console.
const (
	receiptSecret = "countersign/receipt-key/v1 secret "
	receiptPublic = "countersign/receipt-key/v1 public "
)

// WriteReceiptKey returns the text of both files of an auditor's key.
func WriteReceiptKey(key ed25519.PrivateKey) (secret, public []byte) {
	return []byte(receiptSecret + strict64.EncodeToString(key.Seed()) + "\n"),
		[]byte(receiptPublic + strict64.EncodeToString(key.Public().(ed25519.PublicKey)) + "\n")
}

// ReadReceiptSecret reads the secret file; anything else is fault.KeyFile.
func ReadReceiptSecret(file []byte) (ed25519.PrivateKey, error) {
	seed, err := readReceiptKey(file, receiptSecret, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// ReadReceiptPublic reads the public file; anything else is fault.KeyFile.
func ReadReceiptPublic(file []byte) (ed25519.PublicKey, error) {
	return readReceiptKey(file, receiptPublic, ed25519.PublicKeySize)
}

func readReceiptKey(file []byte, first string, size int) ([]byte, error) {
	text, ok := strings.CutPrefix(string(file), first)
	key, err := strict64.DecodeString(strings.TrimSuffix(text, "\n"))
	if !ok || err != nil || len(key) != size || !strings.HasSuffix(text, "\n") || strings.Count(text, "\n") != 1 {
		return nil, fault.Newf(fault.KeyFile, "receipt key", "%s bytes that are no key of an auditor", strconv.Itoa(len(file)))
	}
	return key, nil
}
