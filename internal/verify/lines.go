package verify

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// lines reads a file line by line. A line ends with a line feed, the last one too, and none is longer than most.
type lines struct {
	r    *bufio.Reader
	most int
	n    int
}

var errLine = errors.New("a line is too long, or has no end")

func newLines(r io.Reader, most int) *lines { return &lines{bufio.NewReaderSize(r, 64<<10), most, 0} }

// next returns the next line without its end. It is good until the next call. Io.EOF is the end of the file.
func (l *lines) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.long(bytes.Clone(line))
	}
	switch {
	case errors.Is(err, io.EOF) && len(line) == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		return nil, errLine
	case err != nil:
		return nil, err
	case len(line) > l.most+1:
		return nil, errLine
	}
	l.n++
	return line[:len(line)-1], nil
}

// long goes on with a line that is longer than the buffer.
func (l *lines) long(line []byte) ([]byte, error) {
	for len(line) <= l.most {
		more, err := l.r.ReadSlice('\n')
		line = append(line, more...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
	return nil, errLine
}

var strict64 = base64.StdEncoding.Strict()

// hash64 reads a hash in base64.
func hash64(text string) (h [32]byte, ok bool) {
	b, err := strict64.DecodeString(text)
	if err != nil || len(b) != len(h) || strict64.EncodeToString(b) != text {
		return h, false
	}
	return [32]byte(b), true
}

// number reads a whole number in its one spelling that is not negative and below 2^53.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n < 1<<53 && strconv.FormatInt(n, 10) == text
}

// outside reads log/outside.txt, one node ahead.
type outside struct {
	lines *lines
	node  leaf.Node
	ended bool
	to    int64 // of the node before
}

// maxOutsideLine is "node", two numbers and a hash.
const maxOutsideLine = 5 + 2*17 + 64

func newOutside(r io.Reader) (*outside, error) {
	o := &outside{lines: newLines(r, maxOutsideLine)}
	return o, o.advance()
}

// advance reads the next node.
func (o *outside) advance() error {
	o.to = o.node.To
	line, err := o.lines.next()
	switch {
	case errors.Is(err, io.EOF):
		o.ended = true
		return nil
	case errors.Is(err, errLine):
		return outsideForm.at(-1, o.lines.n+1, err)
	case err != nil:
		return err
	}
	n, err := parseNode(string(line))
	if err == nil && n.From < o.to {
		err = errors.New("it does not follow the one before")
	}
	if err != nil {
		return outsideForm.at(-1, o.lines.n, err)
	}
	o.node = n
	return nil
}

func parseNode(line string) (n leaf.Node, err error) {
	words := strings.Split(line, " ")
	if len(words) != 4 || words[0] != "node" {
		return n, errors.New("it is not a node")
	}
	from, ok := number(words[1])
	to, also := number(words[2])
	hash, err := hex.DecodeString(words[3])
	if !ok || !also || err != nil || len(hash) != len(n.Hash) || hex.EncodeToString(hash) != words[3] {
		return n, errors.New("a number or a hash that is none")
	}
	n = leaf.Node{From: from, To: to, Hash: [32]byte(hash)}
	return n, n.Check()
}

// checkpoint is one of log/checkpoints.txt.
type checkpoint struct {
	size, epoch int64
	note        string
}

// checkpoints reads log/checkpoints.txt, one ahead.
type checkpoints struct {
	lines *lines
	next  checkpoint
	ended bool
	last  int64 // size of the one before
}

func newCheckpoints(r io.Reader) (*checkpoints, error) {
	c := &checkpoints{lines: newLines(r, statement.MaxCheckpoint), last: -1}
	return c, c.advance()
}

// advance reads the next checkpoint.
func (c *checkpoints) advance() error {
	if c.next.note != "" {
		c.last = c.next.size
	}
	next, err := c.parse()
	switch {
	case errors.Is(err, io.EOF):
		c.ended = true
		return nil
	case err == nil && next.size <= c.last:
		err = errForm
	}
	if errors.Is(err, errForm) || errors.Is(err, errLine) {
		return checkpointForm.at(-1, max(c.last, 0), err)
	}
	if err != nil {
		return err
	}
	c.next = next
	return nil
}

var errForm = errors.New("it is not in its one spelling")

// noteLines are those of a checkpoint's note: origin, size, root, nothing, one signature.
const noteLines = 5

// parse reads one, or returns io.EOF where there is none any more.
func (c *checkpoints) parse() (next checkpoint, err error) {
	line, err := c.lines.next()
	if err != nil {
		return next, err
	}
	words := strings.Split(string(line), " ")
	if len(words) != 3 || words[0] != "checkpoint" {
		return next, errForm
	}
	size, ok := number(words[1])
	epoch, also := number(words[2])
	if !ok || !also {
		return next, errForm
	}
	var note bytes.Buffer
	for range noteLines {
		line, err := c.lines.next()
		if err != nil {
			return next, cutShort(err)
		}
		note.Write(append(line, '\n'))
	}
	line, err = c.lines.next()
	if err != nil || len(line) != 0 || note.Len() > statement.MaxCheckpoint {
		return next, cutShort(err)
	}
	return checkpoint{size, epoch, note.String()}, nil
}

// cutShort is what a file that ends within an entry is.
func cutShort(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, errLine) {
		return errForm
	}
	return err
}

// consistency is what log/consistency.txt says.
type consistency struct {
	from, to formats.Head
	proof    [][32]byte
}

// maxConsistency bounds the file: a proof has at most a hundred hashes or so.
const maxConsistency = 16 << 10

// parseConsistency reads it; an empty file is nil.
func parseConsistency(file []byte) (*consistency, error) {
	if len(file) == 0 {
		return nil, nil
	}
	text, ok := strings.CutSuffix(string(file), "\n")
	all := strings.Split(text, "\n")
	if !ok || len(file) > maxConsistency || len(all) < 2 {
		return nil, errForm
	}
	var c consistency
	for i, head := range []*formats.Head{&c.from, &c.to} {
		words := strings.Split(all[i], " ")
		if len(words) != 3 || words[0] != []string{"from", "to"}[i] {
			return nil, errForm
		}
		var size, root bool
		head.Size, size = number(words[1])
		head.Root, root = hash64(words[2])
		if !size || !root {
			return nil, errForm
		}
	}
	for _, line := range all[2:] {
		h, ok := hash64(line)
		if !ok {
			return nil, errForm
		}
		c.proof = append(c.proof, h)
	}
	return &c, nil
}

// maxMachine bounds the file MACHINE.
const maxMachine = 256

// parseMachine reads the file MACHINE.
func parseMachine(file []byte) (epoch int64, sig []byte, err error) {
	all := strings.Split(string(file), "\n")
	if len(file) > maxMachine || len(all) != 3 || all[2] != "" {
		return 0, nil, errForm
	}
	digits, ok := strings.CutPrefix(all[0], "epoch ")
	epoch, is := number(digits)
	text, also := strings.CutPrefix(all[1], "signature ")
	sig, err = strict64.DecodeString(text)
	if !ok || !is || !also || err != nil || len(sig) != ed25519.SignatureSize || strict64.EncodeToString(sig) != text {
		return 0, nil, errForm
	}
	return epoch, sig, nil
}

// vouched is what the machine signs beside the log: nothing that a checkpoint or an epoch's note could be.
func vouched(hash [32]byte) []byte { return fmt.Appendf(nil, "countersign/frame/v1\n%s", hash[:]) }
