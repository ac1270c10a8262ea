package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// maxSocket is how long a socket's path may be, in bytes. The least of all systems, macOS, allows 103.
const maxSocket = 100

const (
	socketName = "console.sock"
	pidName    = "console.pid"
)

// place is where the console of one data folder is reached.
type place struct {
	folder string // the data folder, absolute
	socket string
	apart  bool // the socket has a folder of its own, outside of the data folder
}

// placeOf finds the place for a folder. A socket whose path would be too long is in the folder for temporary files,
// under a name that only this folder has. Programs that are told different ones of those do not find each other.
func placeOf(folder string) (place, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return place{}, err
	}
	p := place{folder: folder, socket: filepath.Join(folder, socketName)}
	if len(p.socket) > maxSocket {
		real, err := filepath.EvalSymlinks(folder) // one folder has one name, however it was reached
		if err != nil {
			return place{}, err
		}
		name := sha256.Sum256([]byte(real))
		p.apart = true
		p.socket = filepath.Join(os.TempDir(), "countersign-"+hex.EncodeToString(name[:8]), socketName)
	}
	return p, nil
}

func (p place) pidFile() string { return filepath.Join(p.folder, pidName) }

// dial connects to whoever listens there.
func (p place) dial(ctx context.Context) (*net.UnixConn, error) {
	if p.apart {
		if err := p.checkOwn(); err != nil {
			return nil, err
		}
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", p.socket)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// makeOwn makes the socket's folder where it has one of its own.
func (p place) makeOwn() error {
	if !p.apart {
		return nil
	}
	if err := os.Mkdir(filepath.Dir(p.socket), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return p.checkOwn()
}

// checkOwn refuses a folder that somebody else made in the place that everybody can write to.
func (p place) checkOwn() error {
	own := filepath.Dir(p.socket)
	info, err := os.Lstat(own)
	if err != nil {
		return err
	}
	if !info.IsDir() || !private(info) {
		return fmt.Errorf("%s: %w: not this user's alone", own, fs.ErrPermission)
	}
	return nil
}

// clear removes a socket that nobody listens on any more. It fails when somebody does, or when something else than a
// socket is there.
func (p place) clear(ctx context.Context) error {
	info, err := os.Lstat(p.socket)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() || info.IsDir() {
		return fmt.Errorf("%s is no socket", p.socket)
	}
	conn, err := p.dial(ctx)
	if err == nil {
		_ = conn.Close()
		return errTaken
	}
	if !nobody(err) {
		return fmt.Errorf("%w: %w", errTaken, err)
	}
	if err := os.Remove(p.socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// errTaken says that another console answers for the folder.
var errTaken = errors.New("another console listens there")

// nobody says whether a connection failed because no process listens.
func nobody(err error) bool { return errors.Is(err, fs.ErrNotExist) || refused(err) }
