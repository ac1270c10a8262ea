//go:build unix

package oslog

import (
	"errors"
	"log/syslog"
)

func send(text string) error { return sendTo("", "", text) }

// sendTo dials for each line: a connection that was kept would be one to a daemon that was restarted since. With both
// empty the address is the system's own.
func sendTo(network, address, text string) error {
	w, err := syslog.Dial(network, address, syslog.LOG_AUTH|syslog.LOG_NOTICE, source)
	if err != nil {
		return err
	}
	return errors.Join(w.Notice(text), w.Close())
}
