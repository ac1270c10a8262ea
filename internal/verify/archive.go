package verify

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"countersign/internal/formats"
)

// medium is what the bundle is read from. It remembers when that fails: a stick that was pulled says nothing about the bundle.
type medium struct {
	ctx context.Context
	r   io.ReaderAt

	mu  sync.Mutex
	err error
}

// ReadAt implements io.ReaderAt.
func (m *medium) ReadAt(p []byte, off int64) (int, error) {
	err := m.ctx.Err()
	n := 0
	if err == nil {
		n, err = m.r.ReadAt(p, off)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.err == nil {
			m.err = err
		}
	}
	return n, err
}

// trouble is why the medium could not be read, or nil.
func (m *medium) trouble() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// archive is a bundle's zip. Its directory was read and checked; the entries were not. It is safe for concurrent use.
type archive struct {
	medium *medium
	files  map[string]*zip.File
	names  []string // in the order of the bundle
}

// The parts of a zip that are read here, besides by package zip.
const (
	endLen      = 22
	end64Len    = 56
	locatorLen  = 20
	localLen    = 30
	describes   = 16      // bytes of a data descriptor
	hasDescribe = 1 << 3  // the sizes come behind the data
	isEncrypted = 1 << 0  // or, with the next one, strongly so
	isStrong    = 1 << 6  //
	isMasked    = 1 << 13 //
	flagsKnown  = 0x80e   // descriptor, how hard it was packed, UTF-8 names
	fourGiB     = 1<<32 - 1
)

// open reads a zip's directory with every bound that can be checked before an entry is unpacked. There is nothing in the file
// but the entries, one behind the other, and the directory.
func open(m *medium, size int64) (*archive, error) {
	dir, err := directory(m, size)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(m, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, zipForm.at(-1, err)
	}
	if int64(len(z.File)) != dir.entries {
		return nil, zipLayout.at(-1, "the directory has another number of entries than it says")
	}
	a := &archive{medium: m, files: make(map[string]*zip.File, len(z.File))}
	at, last := int64(0), -1
	for _, f := range z.File {
		if last, err = a.admit(f, last); err != nil {
			return nil, err
		}
		if at, err = a.behind(f, at); err != nil {
			return nil, err
		}
	}
	if at != dir.offset {
		return nil, zipLayout.at(-1, "there is something between the last entry and the directory")
	}
	return a, nil
}

// end is what the end of a zip says of its directory.
type end struct{ entries, size, offset int64 }

// directory reads the end of the zip by itself, because package zip makes room for as many entries as it declares.
func directory(m *medium, size int64) (e end, err error) {
	if size < endLen {
		return e, zipForm.at(-1, "it is too short")
	}
	var b [endLen]byte
	if err := m.whole(b[:], size-endLen); err != nil || string(b[:4]) != "PK\x05\x06" {
		return e, zipForm.at(-1, "there is no end of a zip at its end")
	}
	le := binary.LittleEndian
	e = end{int64(le.Uint16(b[10:])), int64(le.Uint32(b[12:])), int64(le.Uint32(b[16:]))}
	tail := int64(endLen)
	switch {
	case le.Uint32(b[4:]) != 0 || le.Uint16(b[8:]) != le.Uint16(b[10:]) || le.Uint16(b[20:]) != 0:
		return e, zipLayout.at(-1, "it is in several parts, or has a comment")
	case e.entries == 0xffff || e.size == fourGiB || e.offset == fourGiB:
		if e, err = directory64(m, size); err != nil {
			return e, err
		}
		tail += locatorLen + end64Len
	}
	switch {
	case e.entries > formats.MaxEntries:
		return e, zipEntries.at(-1, e.entries)
	case e.size > e.entries*(46+formats.MaxPath+32) || e.offset+e.size != size-tail:
		return e, zipLayout.at(-1, "the directory is not where it should be")
	}
	return e, nil
}

// directory64 reads the end of a zip that is larger than 4 GiB; a smaller one has no reason to have it.
func directory64(m *medium, size int64) (e end, err error) {
	var b [end64Len + locatorLen]byte
	if err := m.whole(b[:], size-endLen-int64(len(b))); err != nil || size < fourGiB {
		return e, zipLayout.at(-1, "it declares itself larger than it is")
	}
	le := binary.LittleEndian
	e = end{int64(le.Uint64(b[32:])), int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:]))}
	switch {
	case string(b[:4]) != "PK\x06\x06" || string(b[end64Len:end64Len+4]) != "PK\x06\x07" || le.Uint64(b[4:]) != end64Len-12,
		int64(le.Uint64(b[end64Len+8:])) != size-endLen-int64(len(b)):
		return e, zipLayout.at(-1, "the end of a large zip is not what it should be")
	case e.entries < 0 || e.entries > formats.MaxEntries:
		return e, zipEntries.at(-1, e.entries)
	case e.size < 0 || e.offset < 0 || e.size > size || e.offset > size:
		return e, zipLayout.at(-1, "the directory is not where it should be")
	}
	return e, nil
}

// whole fills b from off on.
func (m *medium) whole(b []byte, off int64) error {
	if off < 0 {
		return io.ErrUnexpectedEOF
	}
	n, err := m.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	return errors.Join(io.ErrUnexpectedEOF, err)
}

// admit checks what the directory says of an entry. Last is the place of the one before.
func (a *archive) admit(f *zip.File, last int) (int, error) {
	if !safe(f.Name) {
		return last, zipName.at(-1, f.Name)
	}
	at, known := place(f.Name)
	switch {
	case !known:
		return last, fileUnknown.in(f.Name)
	case a.files[f.Name] != nil:
		return last, zipTwice.in(f.Name)
	case at < last:
		return last, zipOrder.in(f.Name)
	case f.Mode()&^fs.ModePerm != 0:
		return last, zipKind.in(f.Name)
	case f.Flags&(isEncrypted|isStrong|isMasked) != 0:
		return last, zipEncrypted.in(f.Name)
	case f.Method != zip.Deflate && f.Method != zip.Store:
		return last, zipMethod.in(f.Name)
	case f.UncompressedSize64 > formats.MaxEntry || f.CompressedSize64 > formats.MaxEntry+formats.MaxEntry/100:
		return last, zipSize.in(f.Name)
	case f.Flags&^flagsKnown != 0 || f.Comment != "" || len(f.Extra) > 0 && !large(f):
		return last, zipExtra.in(f.Name, "a comment, another field or a flag")
	case f.UncompressedSize64 > formats.MaxFree && f.UncompressedSize64 > formats.MaxRatio*f.CompressedSize64:
		return last, zipRatio.in(f.Name)
	}
	a.files[f.Name] = f
	a.names = append(a.names, f.Name)
	return at, nil
}

// large says whether an entry's one further field is that of a place behind 4 GiB.
func large(f *zip.File) bool {
	off, err := f.DataOffset()
	return err == nil && off > fourGiB && len(f.Extra) <= 32 && binary.LittleEndian.Uint16(f.Extra) == 1
}

// behind checks that an entry begins at this byte and says there what the directory says, and returns where it ends.
func (a *archive) behind(f *zip.File, at int64) (int64, error) {
	b := make([]byte, localLen+len(f.Name))
	if err := a.medium.whole(b, at); err != nil || string(b[:4]) != "PK\x03\x04" {
		return at, zipLayout.at(-1, fmt.Sprintf("%s does not begin where the entry before it ends", f.Name))
	}
	off, err := f.DataOffset()
	if err != nil || off != at+int64(len(b)) {
		return at, zipLayout.at(-1, fmt.Sprintf("%s does not begin where the entry before it ends", f.Name))
	}
	le := binary.LittleEndian
	if string(b[localLen:]) != f.Name || le.Uint16(b[6:]) != f.Flags || le.Uint16(b[8:]) != f.Method || int(le.Uint16(b[26:])) != len(f.Name) || le.Uint16(b[28:]) != 0 {
		return at, zipLocal.in(f.Name)
	}
	sizes := b[14:26]
	at = off + int64(f.CompressedSize64)
	if f.Flags&hasDescribe != 0 {
		d := make([]byte, describes)
		if err := a.medium.whole(d, at); err != nil || string(d[:4]) != "PK\x07\x08" {
			return at, zipLocal.in(f.Name)
		}
		sizes, at = d[4:], at+describes
	}
	if le.Uint32(sizes) != f.CRC32 || uint64(le.Uint32(sizes[4:])) != f.CompressedSize64 || uint64(le.Uint32(sizes[8:])) != f.UncompressedSize64 {
		return at, zipLocal.in(f.Name)
	}
	return at, nil
}

// entry unpacks one file. It believes no size: what comes out is counted.
type entry struct {
	io.ReadCloser
	medium *medium
	file   *zip.File
	read   uint64
}

// read begins to unpack a file.
func (a *archive) read(path string) (*entry, error) {
	f := a.files[path]
	if f == nil {
		return nil, fileMissing.in(path)
	}
	r, err := f.Open()
	if err != nil {
		return nil, a.medium.or(zipData.in(path, err))
	}
	return &entry{ReadCloser: r, medium: a.medium, file: f}, nil
}

// or is the medium's trouble where it has any, and err else.
func (m *medium) or(err error) error {
	if trouble := m.trouble(); trouble != nil {
		return trouble
	}
	return err
}

// Read implements io.Reader. Its errors are broken rules, or the medium's.
func (e *entry) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	e.read += uint64(n)
	switch {
	case e.read > formats.MaxEntry:
		return 0, zipSize.in(e.file.Name)
	case e.read > formats.MaxFree && e.read > formats.MaxRatio*e.file.CompressedSize64:
		return 0, zipRatio.in(e.file.Name)
	case err != nil && !errors.Is(err, io.EOF):
		return n, e.medium.or(zipData.in(e.file.Name, err))
	}
	return n, err
}

// small reads a whole file that has at most so many bytes.
func (a *archive) small(path string, most int64) ([]byte, error) {
	e, err := a.read(path)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	b, err := io.ReadAll(io.LimitReader(e, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > most {
		return nil, zipSize.in(path)
	}
	return b, nil
}
