package bundle

import (
	"bufio"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"countersign/internal/formats"
)

// spool keeps the files of a bundle, packed, until all are there: in the bundle they stand in another order than they are made
// in. Its folder is this user's alone, and is never on the medium: of an encrypted bundle nothing readable may lie there, not
// even for a moment. Each file loses its name at once where the system lets it, so that not even a crash leaves one behind. It
// is safe for concurrent use; each of its files is for one goroutine.
type spool struct {
	folder string

	mu    sync.Mutex
	files map[string]*spooled
	spare []*flate.Writer
	bytes int64 // unpacked, of all
}

// level is how hard files are packed: a person waits.
const level = flate.BestSpeed

func newSpool(parent string) (*spool, error) {
	folder, err := os.MkdirTemp(parent, "countersign-export-")
	if err != nil {
		return nil, spoolFault(parent, err)
	}
	return &spool{folder: folder, files: map[string]*spooled{}}, nil
}

// remove removes everything.
func (s *spool) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		_ = f.disk.Close()
	}
	_ = os.RemoveAll(s.folder)
}

// spooled is a file of the bundle.
type spooled struct {
	spool  *spool
	path   string
	disk   *os.File
	out    *bufio.Writer
	pack   *flate.Writer
	sum    hash.Hash
	crc    uint32
	size   int64
	packed int64
	closed bool
}

// open implements formats.Open.
func (s *spool) open(path string) (io.WriteCloser, error) { return s.create(path) }

func (s *spool) create(path string) (*spooled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.files[path]; twice {
		return nil, fmt.Errorf("%s is made twice", path)
	}
	if _, known := place(path); !known {
		return nil, fmt.Errorf("%s has no place in a bundle", path)
	}
	disk, err := os.CreateTemp(s.folder, "part-") // for this user alone
	if err != nil {
		return nil, spoolFault(s.folder, err)
	}
	_ = os.Remove(disk.Name()) // Windows does not; there it goes with the folder
	f := &spooled{spool: s, path: path, disk: disk, sum: sha256.New()}
	f.out = bufio.NewWriterSize(counter{disk, &f.packed}, 64<<10)
	if n := len(s.spare); n > 0 {
		f.pack, s.spare = s.spare[n-1], s.spare[:n-1]
		f.pack.Reset(f.out)
	} else {
		f.pack, _ = flate.NewWriter(f.out, level) // the level is one
	}
	s.files[path] = f
	return f, nil
}

// Write implements io.Writer.
func (f *spooled) Write(p []byte) (int, error) {
	if f.size += int64(len(p)); f.size > formats.MaxEntry {
		return 0, fmt.Errorf("%s: %w", f.path, errLarge)
	}
	_, _ = f.sum.Write(p) // never fails
	f.crc = crc32.Update(f.crc, crc32.IEEETable, p)
	if n, err := f.pack.Write(p); err != nil {
		return n, spoolFault(f.spool.folder, err)
	}
	return len(p), nil
}

var errLarge = errors.New("more than a file of a bundle may hold")

// Close implements io.Closer.
func (f *spooled) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	err := errors.Join(f.pack.Close(), f.out.Flush())
	f.spool.mu.Lock()
	defer f.spool.mu.Unlock()
	f.spool.spare = append(f.spool.spare, f.pack)
	f.spool.bytes += f.size
	f.pack, f.out = nil, nil
	if err != nil {
		return spoolFault(f.spool.folder, err)
	}
	return nil
}

// content reads what was packed.
func (f *spooled) content() io.Reader { return io.NewSectionReader(f.disk, 0, f.packed) }

// list returns the files in the bundle's order.
func (s *spool) list() []*spooled {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*spooled, 0, len(s.files))
	for _, f := range s.files {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *spooled) int {
		i, _ := place(a.path)
		j, _ := place(b.path)
		return i - j
	})
	return all
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n *int64
}

// Write implements io.Writer.
func (c counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

// places are the files of a bundle in their order; what comes in parts is there with the first.
var places = []string{
	formats.VerifyPath, formats.LeavesPath(1), formats.OutsidePath, formats.CheckpointsPath, formats.ConsistencyPath, formats.RosterPath,
	formats.EpochsPath, formats.FramesPath, formats.UnattestedPath, formats.DICOMPath(1), formats.R4Path(1), formats.R5Path(1),
	formats.EventsPath, formats.ChangesPath, formats.EmergenciesPath, formats.ApprovalsPath, formats.PairsPath, formats.HTMLPath,
	formats.PDFPath, formats.SummaryPath, formats.ManifestPath, formats.MachinePath, formats.ExportPath,
}

// maxParts is more than the parts that any file comes in.
const maxParts = 100_000

// place returns where a file stands in a bundle.
func place(path string) (at int, known bool) {
	for i, p := range places {
		before, after, parts := strings.Cut(p, "00001")
		if !parts && p == path {
			return i * maxParts, true
		}
		digits, ok := strings.CutPrefix(path, before)
		if !parts || !ok {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSuffix(digits, after)); err == nil && n > 0 {
			return i*maxParts + n, true
		}
	}
	return 0, false
}
