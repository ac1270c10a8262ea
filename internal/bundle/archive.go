package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"hash/crc32"
	"io"
)

// archive writes a zip whose bytes depend on its files alone: no time, no user, no system, no field that is not needed.
type archive struct {
	ctx context.Context
	zip *zip.Writer
}

// firstDay is the first that a zip can tell, as MS-DOS has it.
const firstDay = 1<<5 | 1

// zipVersion is that of DEFLATE.
const zipVersion = 20

func newArchive(ctx context.Context, w io.Writer) *archive { return &archive{ctx, zip.NewWriter(w)} }

// raw adds a file that is packed already.
func (a *archive) raw(path string, size, packed int64, crc uint32, content io.Reader) error {
	h := &zip.FileHeader{
		Name: path, Method: zip.Deflate, CreatorVersion: zipVersion, ReaderVersion: zipVersion,
		CRC32: crc, UncompressedSize64: uint64(size), CompressedSize64: uint64(packed),
	}
	//lint:ignore SA1019 what shall be used instead writes an extra field, which a bundle does not have
	h.ModifiedDate = firstDay
	w, err := a.zip.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, until{a.ctx, content})
	return err
}

// text packs and adds a short file.
func (a *archive) text(path string, content []byte) error {
	var packed bytes.Buffer
	pack, _ := flate.NewWriter(&packed, level) // the level is one
	_, _ = pack.Write(content)                 // memory takes it
	_ = pack.Close()
	return a.raw(path, int64(len(content)), int64(packed.Len()), crc32.ChecksumIEEE(content), &packed)
}

// until reads until ctx ends.
type until struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
