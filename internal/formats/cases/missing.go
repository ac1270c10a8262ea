package cases

import "countersign/internal/formats"

// Missing says in a few words what a record tells of something that the log does not hold or cannot vouch for; "" for most records.
func Missing(r *formats.Record) string {
	switch r.Kind {
	case rolledBack:
		return "records are gone: an older copy of the log was put back"
	case putBack:
		return "the log was put back from a backup: what came after that is not in it"
	case "log.set-aside":
		return "a damaged log was set aside, and this one follows it"
	case "log.epoch":
		if link, _ := r.Body.Text("link"); link == "unlinked" {
			return "the machine's key was lost: the new one is not signed by it"
		}
	case "emergency.strange":
		return "the emergency journal held a frame that no session can have written"
	case "emergency.imported":
		missing, _ := r.Body.Text("missing")
		if damaged, _ := r.Body.Int("damaged"); missing != "" || damaged > 0 {
			return "frames of an emergency journal are missing or damaged"
		}
	}
	return ""
}
