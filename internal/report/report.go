// Package report makes a bundle's derived files for people, and all derived files together: from the records that a bundle
// shows and the head of its manifest, and from nothing else. Whoever has the records can make each of them again, byte for
// byte.
//
// It checks no signature and no chain: a report says what the records say, and the verifier says whether to believe them.
package report

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"countersign/internal/formats"
	"countersign/internal/formats/csvfile"
	"countersign/internal/formats/dicom"
	"countersign/internal/formats/fhir"
)

// batch is how many records are handed on at once.
const batch = 256

// All returns the view that writes every derived file of a bundle in one pass over its records. Several files are open at once,
// and each is written by a goroutine of its own; open is called by one at a time. What each file says depends on the records
// and the heading alone. Of a record's bytes a copy is kept until they are written.
func All(h formats.Heading, open formats.Open) formats.View {
	open = oneAtATime(open)
	return newCrew(
		newKeys(h, open),
		dicom.New(h, open),
		fhir.NewR4(h, open),
		fhir.NewR5(h, open),
		csvfile.New(h, open),
		newPapers(h, open),
	)
}

func oneAtATime(open formats.Open) formats.Open {
	var mu sync.Mutex
	return func(path string) (io.WriteCloser, error) {
		mu.Lock()
		defer mu.Unlock()
		return open(path)
	}
}

// crew lets each of several views write by itself.
type crew struct {
	next    []formats.Record
	feeds   []chan []formats.Record
	writing sync.WaitGroup
	mu      sync.Mutex
	err     error
}

func newCrew(views ...formats.View) *crew {
	c := &crew{}
	for _, v := range views {
		feed := make(chan []formats.Record, 2)
		c.feeds = append(c.feeds, feed)
		c.writing.Go(func() { c.write(v, feed) })
	}
	return c
}

// write writes what comes, and after a failure takes it only, so that the others go on to their ends.
func (c *crew) write(v formats.View, feed <-chan []formats.Record) {
	var err error
	for records := range feed {
		for i := range records {
			if err == nil {
				err = v.Record(records[i])
			}
		}
		c.failed(err)
	}
	c.failed(v.Close())
}

func (c *crew) failed(err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// failure is the first one of any view.
func (c *crew) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *crew) Record(r formats.Record) error {
	r.Bytes = bytes.Clone(r.Bytes)
	if c.next = append(c.next, r); len(c.next) == batch {
		c.hand()
	}
	return c.failure()
}

// hand passes the batch on; nobody writes to it from here on.
func (c *crew) hand() {
	for _, feed := range c.feeds {
		feed <- c.next
	}
	c.next = make([]formats.Record, 0, batch)
}

var errClosed = errors.New("closed")

func (c *crew) Close() error {
	if c.feeds == nil {
		return errClosed
	}
	if len(c.next) > 0 {
		c.hand()
	}
	for _, feed := range c.feeds {
		close(feed)
	}
	c.feeds = nil
	c.writing.Wait()
	return c.err
}
