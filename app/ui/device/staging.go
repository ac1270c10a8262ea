package device

import (
	"maps"

	"countersign/drivers"
)

// subject is one device at one endpoint. Another device that is plugged into the same endpoint is another subject: it
// inherits neither staged values nor what was read before.
type subject struct{ endpoint, manufacturer, model, serial string }

func subjectOf(endpoint string, id drivers.Identity) subject {
	return subject{endpoint, id.Manufacturer, id.Model, id.Serial}
}

// wish is a wanted value in the unit in which it was chosen. A device that is switched to another unit makes it void:
// 5 kPa must not become 5 Vol%.
type wish struct {
	value drivers.Value
	unit  string // UCUM
}

// undoLimit bounds how many steps can be taken back.
const undoLimit = 200

// draft is what is staged for one device, with the steps that led there. It is on this screen and nowhere else: nothing
// of it is recorded or sent before it is proposed.
type draft struct {
	wishes map[drivers.SettingID]wish
	past   []map[drivers.SettingID]wish
	future []map[drivers.SettingID]wish

	edits    string // the returned request that this is a new version of; "" for none
	template string // the template whose values were staged last; "" for none
}

func newDraft() *draft { return &draft{wishes: map[drivers.SettingID]wish{}} }

// stage wants a value for a setting.
func (d *draft) stage(id drivers.SettingID, w wish) {
	if have, ok := d.wishes[id]; ok && have == w {
		return
	}
	d.step()[id] = w
}

// drop leaves a setting as it is.
func (d *draft) drop(id drivers.SettingID) {
	if _, ok := d.wishes[id]; ok {
		delete(d.step(), id)
	}
}

// discard drops everything, in one step.
func (d *draft) discard() {
	if len(d.wishes) > 0 {
		clear(d.step())
	}
}

// step remembers what is staged and returns a copy to be changed.
func (d *draft) step() map[drivers.SettingID]wish {
	d.past = append(d.past, d.wishes)
	if over := len(d.past) - undoLimit; over > 0 {
		d.past = d.past[over:]
	}
	d.future = nil
	d.wishes = maps.Clone(d.wishes)
	return d.wishes
}

// undo takes the last step back and says whether there was one.
func (d *draft) undo() bool { return d.move(&d.past, &d.future) }

// redo takes the last undo back and says whether there was one.
func (d *draft) redo() bool { return d.move(&d.future, &d.past) }

func (d *draft) move(from, to *[]map[drivers.SettingID]wish) bool {
	n := len(*from)
	if n == 0 {
		return false
	}
	*to = append(*to, d.wishes)
	d.wishes, *from = (*from)[n-1], (*from)[:n-1]
	return true
}

// drafts are those of every device that was looked at.
type drafts map[subject]*draft

func (all drafts) of(s subject) *draft {
	d := all[s]
	if d == nil {
		d = newDraft()
		all[s] = d
	}
	return d
}
