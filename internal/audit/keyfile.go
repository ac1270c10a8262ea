package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"countersign/internal/disk"
)

// keyFolder is where machine keys are, each in a file of its own that only this user can read. There is one file, and for
// as long as a new epoch begins there are two.
type keyFolder string

const (
	keyTitle   = "countersign machine key"
	maxKeyFile = 256 // bytes
)

func (f keyFolder) path(epoch int64) string {
	return filepath.Join(string(f), "machine-"+strconv.FormatInt(epoch, 10)+".key")
}

// base64 in its one spelling: the spare bits of the last digit must be nought.
var base64Strict = base64.StdEncoding.Strict()

func formatKey(epoch int64, key ed25519.PrivateKey) []byte {
	return fmt.Appendf(nil, "%s\nepoch %d\nseed %s\n", keyTitle, epoch, base64Strict.EncodeToString(key.Seed()))
}

// parseKey reads what formatKey wrote, and nothing else.
func parseKey(b []byte) (epoch int64, key ed25519.PrivateKey, err error) {
	bad := errors.New("not a machine key")
	lines := strings.Split(string(b), "\n")
	if len(b) > maxKeyFile || len(lines) != 4 {
		return 0, nil, bad
	}
	number, ok := strings.CutPrefix(lines[1], "epoch ")
	text, also := strings.CutPrefix(lines[2], "seed ")
	if !ok || !also {
		return 0, nil, bad
	}
	if epoch, err = strconv.ParseInt(number, 10, 64); err != nil || epoch < 1 {
		return 0, nil, bad
	}
	seed, err := base64Strict.DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return 0, nil, bad
	}
	key = ed25519.NewKeyFromSeed(seed)
	if string(formatKey(epoch, key)) != string(b) {
		return 0, nil, bad
	}
	return epoch, key, nil
}

// load returns the key of an epoch, or nil when there is none that can be used.
func (f keyFolder) load(epoch int64) ed25519.PrivateKey {
	file, err := os.Open(f.path(epoch))
	if err != nil {
		return nil
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil
	}
	of, key, err := parseKey(b)
	if err != nil || of != epoch {
		return nil
	}
	return key
}

// save makes a key durable before anybody relies on it.
func (f keyFolder) save(epoch int64, key ed25519.PrivateKey) error {
	return replaceFile(f.path(epoch), formatKey(epoch, key), true)
}

// keepOnly erases the keys of all other epochs, and what an interrupted save left. That is best effort: flash memory and
// journals may keep what was overwritten. A key that could not be erased is tried again at the next epoch.
func (f keyFolder) keepOnly(epoch int64) error {
	files, err := os.ReadDir(string(f))
	if err != nil {
		return disk.Fault(string(f), err)
	}
	var errs []error
	for _, file := range files {
		path := filepath.Join(string(f), file.Name())
		if strings.HasPrefix(file.Name(), "machine-") && path != f.path(epoch) {
			errs = append(errs, erase(path))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return disk.Fault(string(f), err)
	}
	return nil
}

func erase(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	_, err = file.WriteAt(make([]byte, maxKeyFile), 0)
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(path))
}

// replaceFile gives path this content, whole or not at all. Durable is for what must survive a power cut.
func replaceFile(path string, content []byte, durable bool) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return disk.Fault(path, err)
	}
	_, err = file.WriteAt(content, 0)
	if err == nil && durable {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(temporary, path)
	}
	if err == nil && durable {
		err = disk.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		return disk.Fault(path, err)
	}
	return nil
}
