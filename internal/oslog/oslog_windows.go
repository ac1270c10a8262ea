package oslog

import (
	"errors"

	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/eventlog"
)

const (
	sourceName   = "Countersign" // made by the installer, which needs the administrator's rights for it
	anySource    = "Application" // the log itself
	eventID      = 1
	sourcesOfApp = `SYSTEM\CurrentControlSet\Services\EventLog\Application\`
)

// send writes under the source "Countersign". Where nobody has registered it, the source is "Application", and the text
// begins with the program's name; the event viewer then says above the text that it has no description of the event.
func send(text string) error {
	name := sourceName
	if key, err := registry.OpenKey(registry.LOCAL_MACHINE, sourcesOfApp+sourceName, registry.QUERY_VALUE); err == nil {
		_ = key.Close()
	} else {
		name, text = anySource, source+": "+text
	}
	log, err := eventlog.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(log.Warning(eventID, text), log.Close())
}
