package changes

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/change"
	"countersign/internal/cosign"
	"countersign/internal/leaf"
	"countersign/internal/people"
)

// Station carries requests to other laptops and approvals back.
type Station interface {
	Export(ctx context.Context, requestID string) (cosign.Package, error)
	Take(ctx context.Context, actor leaf.Actor, data []byte) (change.Request, error)
	Open(ctx context.Context, data []byte) (cosign.Incoming, error)
	Trust(ctx context.Context, signer *people.Signer, in cosign.Incoming) error
	Compare(ctx context.Context, in cosign.Incoming, person people.Person, entries []change.Entry) (cosign.Agreed, error)
	Prove(ctx context.Context, in cosign.Incoming, personID, passphrase string) (*people.Signer, error)
	Sign(ctx context.Context, signer *people.Signer, agreed cosign.Agreed) (cosign.Package, error)
	BringKey(ctx context.Context, file []byte) error
	HasKey(personID string) bool
}

// maxFile bounds what is read of a file that a person names: a picture of a code is the largest of them.
const maxFile = 16 << 20

// given returns what a person has put into the entry for files and codes: the content of the file of that name, or the text
// itself, as a scanner types it.
func given(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, &kit.EntryError{Sentence: kit.T("changes.take.empty")}
	}
	path := home(text)
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode().IsRegular():
		return readFile(path)
	case err == nil:
		return nil, &kit.EntryError{Sentence: kit.T("changes.take.folder", kit.Data{"Name": text})}
	case isName(text):
		return nil, &kit.EntryError{Sentence: kit.T("changes.take.nothing", kit.Data{"Name": text}), Cause: err}
	}
	return []byte(text), nil
}

// isName says whether a text is meant as the name of a file, so that a slip of the pen is not called a bad code.
func isName(text string) bool {
	if len(text) > 250 || strings.ContainsAny(text, "\n") {
		return false
	}
	for _, ending := range []string{".csreq", ".csapr", ".png", ".jpg", ".jpeg", ".key"} {
		if strings.HasSuffix(strings.ToLower(text), ending) {
			return true
		}
	}
	return strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~") || strings.HasPrefix(text, ".")
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &kit.EntryError{Sentence: kit.T("changes.take.denied", kit.Data{"Name": filepath.Base(path)}), Cause: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(data) > maxFile {
		return nil, &kit.EntryError{Sentence: kit.T("changes.take.denied", kit.Data{"Name": filepath.Base(path)}), Cause: err}
	}
	return data, nil
}

// home resolves ~ as a shell does.
func home(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	folder, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(folder, rest)
}

// save writes a package to a file that this user alone can read. A name that ends in a folder gets the package's own.
func save(path string, p cosign.Package) (string, error) {
	path = home(strings.TrimSpace(path))
	if info, err := os.Stat(path); path == "" || err == nil && info.IsDir() {
		path = filepath.Join(path, p.Name)
	}
	if err := os.WriteFile(path, p.File, 0o600); err != nil {
		return path, &kit.EntryError{Sentence: kit.T("changes.hand.unsaved", kit.Data{"Name": path}), Cause: err}
	}
	return path, nil
}

// told turns an error into what the page says: a sentence of its own, or the words for a fault.
func told(err error) notice {
	var entry *kit.EntryError
	if errors.As(err, &entry) {
		return notice{state: kit.Caution, what: entry.Sentence, more: kit.T("changes.take.again")}
	}
	return notice{err: err}
}
