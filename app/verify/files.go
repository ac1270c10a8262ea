package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"countersign/internal/formats"
	"countersign/internal/verify"
)

// bundle is an open bundle, in the clear.
type bundle struct {
	io.ReaderAt
	size int64
	file *os.File
}

// Close closes the file.
func (b *bundle) Close() error { return b.file.Close() }

const ageMagic = "age-encryption.org/"

// openBundle opens a bundle. One that is encrypted is decrypted piece by piece while it is read; nothing is written.
func openBundle(path string, identities []age.Identity) (*bundle, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	b := &bundle{file, info.Size(), file}
	first := make([]byte, len(ageMagic))
	if _, err := file.ReadAt(first, 0); err != nil || string(first) != ageMagic {
		return b, nil // what it is instead, the verifier says
	}
	if len(identities) == 0 {
		return nil, errors.Join(fmt.Errorf("%w: %s is encrypted: give --identity", errUsage, path), file.Close())
	}
	if b.ReaderAt, b.size, err = age.DecryptReaderAt(file, info.Size(), identities...); err != nil {
		return nil, errors.Join(fmt.Errorf("%s cannot be decrypted: %w", path, err), file.Close())
	}
	return b, nil
}

// maxSmall bounds what is read of files beside the bundle.
const maxSmall = 1 << 20

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxSmall+1))
	if err == nil && len(b) > maxSmall {
		err = fmt.Errorf("%s is too long to be what it should be", path)
	}
	return b, err
}

func readIdentities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errUsage, path, err)
	}
	return identities, nil
}

// known are the heads that were given, from wherever they come.
func (a asked) known(ctx context.Context, identities []age.Identity) (all []verify.Witness, err error) {
	for _, path := range a.previous {
		b, err := openBundle(path, identities)
		if err != nil {
			return nil, err
		}
		w, err := verify.Head(ctx, b, b.size, "the export "+filepath.Base(path))
		if err := errors.Join(err, b.Close()); err != nil {
			return nil, fmt.Errorf("%w: %s is no bundle: %w", errUsage, path, err)
		}
		all = append(all, w)
	}
	for _, path := range a.receipts {
		text, err := readSmall(path)
		if err != nil {
			return nil, err
		}
		r, err := a.openReceipt(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errUsage, path, err)
		}
		all = append(all, verify.Witness{Name: "the receipt of " + r.Auditor, Origin: r.Origin, Size: r.Head.Size, Root: r.Head.Root})
	}
	for _, head := range a.heads {
		w, err := parseHead(head)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// openReceipt reads a receipt, and where the auditor's key is given one that this key signed.
func (a asked) openReceipt(text []byte) (formats.Receipt, error) {
	if a.key == "" {
		return formats.ReadReceipt(text)
	}
	key, err := readKey(a.key)
	if err != nil {
		return formats.Receipt{}, err
	}
	return formats.OpenReceipt(text, key.Public().(ed25519.PublicKey))
}

func parseHead(text string) (w verify.Witness, err error) {
	words := strings.Fields(text)
	if len(words) != 3 {
		return w, fmt.Errorf("%w: --head is an origin, a size and a root", errUsage)
	}
	size, err := strconv.ParseInt(words[1], 10, 64)
	root, rootErr := base64.StdEncoding.Strict().DecodeString(words[2])
	if err != nil || size < 0 || rootErr != nil || len(root) != len(w.Root) {
		return w, fmt.Errorf("%w: --head %q has no size or no root in base64", errUsage, text)
	}
	return verify.Witness{Name: "the head that was given", Origin: words[0], Size: size, Root: [32]byte(root)}, nil
}

func readKey(path string) (ed25519.PrivateKey, error) {
	file, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	return formats.ReadReceiptSecret(file)
}

// receipt writes the receipt that was asked for.
func (a asked) receipt(r verify.Report) error {
	if a.receiptOut == "" {
		return nil
	}
	if r.Verdict == verify.Failed {
		return errors.New("there is no receipt for a bundle that failed")
	}
	key, err := readKey(a.key)
	if err != nil {
		return err
	}
	note, err := formats.SignReceipt(formats.Receipt{Origin: r.Manifest.Origin, Head: r.Manifest.Head, Manifest: r.ManifestDigest, Verdict: string(r.Verdict),
		Auditor: a.as, Time: time.Now().UTC().Truncate(time.Millisecond)}, key)
	if err != nil {
		return err
	}
	return writeNew(a.receiptOut, note, 0o644)
}

// keygen makes an auditor's key.
func keygen(path string, out io.Writer) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	secret, public := formats.WriteReceiptKey(key)
	if err := writeNew(path, secret, 0o600); err != nil {
		return err
	}
	if err := writeNew(path+".pub", public, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "The secret key is in %s: keep it to yourself. Give %s to the console.\n", path, path+".pub")
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(path string, data []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}
