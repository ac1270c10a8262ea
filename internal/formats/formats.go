// Package formats is what an export bundle is made of: the names and bounds of its files, its manifest, and the plain reading of
// a record that the forms of other systems are made from. Its subpackages each write one such form: DICOM audit messages, FHIR
// audit events, tables.
//
// What it writes depends on nothing but the records and the manifest's head, so that whoever has the bundle can write it again
// and compare. It opens no file, knows no database and checks no signature.
package formats

import (
	"io"

	"countersign/internal/leaf"
)

// Record is a leaf with its bytes and its hash, as a bundle has it.
type Record struct {
	leaf.Leaf
	Bytes []byte
	Hash  [32]byte
}

// View writes one form of the records, which it is told in order. Close writes what comes at the end; a View that failed is
// closed all the same.
type View interface {
	Record(Record) error
	Close() error
}

// Open begins a file of the bundle. The writer is closed before the same view opens its next file.
type Open func(path string) (io.WriteCloser, error)
