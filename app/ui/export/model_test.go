package export

import (
	"slices"
	"testing"
)

func TestACountEndsWithTheChoiceItWasMadeFor(t *testing.T) {
	m := NewModel()
	m.Learn(Known{Size: 412, Earlier: []Earlier{once}}, nil)
	m.Took(Preview{Shown: 293}, nil)
	for _, c := range []struct {
		what  string
		edit  func(*Form)
		again bool
	}{
		{"for whom", func(f *Form) { f.For = "x" }, false},
		{"the folder", func(f *Form) { f.Folder = "/media/STICK" }, false},
		{"a device", func(f *Form) { f.Device = "Capnostream 20 SN B355" }, true},
		{"what is left out", func(f *Form) { f.Words = true }, true},
		{"why it is left out", func(f *Form) { f.Reason = "Staff data" }, false},
		{"the period", func(f *Form) { f.Period = Whole }, true},
	} {
		m.Took(Preview{Shown: 293}, nil)
		form := m.Form
		c.edit(&form)
		if again := m.Choose(form); again != c.again || m.Previewed == again {
			t.Errorf("%s: %v, previewed %v", c.what, again, m.Previewed)
		}
	}
}

func TestAnOrderIsOfWhatWasCounted(t *testing.T) {
	m := NewModel()
	m.Learn(Known{Size: 412, Earlier: []Earlier{once}}, nil)
	m.Choose(Form{Period: Days, From: "2026-11-20", To: "2026-11-20", Folder: " /media/STICK ", For: " State \n inspection ", SignIns: true, Words: true, Reason: "Staff data"})
	m.Took(Preview{From: 12, To: 15, Shown: 3}, nil)
	o := m.Order(nil)
	if o.From != 12 || o.To != 15 || o.Folder != "/media/STICK" || o.For != "State inspection" || !slices.Equal(o.Without, []string{SignIns, Words}) || o.Reason != "Staff data" {
		t.Errorf("%+v", o)
	}
	form := m.Form
	form.Period = SinceLast
	m.Choose(form)
	if o := m.Order(nil); o.From != once.To || o.To != 0 {
		t.Errorf("since the last export: %+v", o)
	}
}

func TestAListThatCannotBeReadKeepsTheOneThatWas(t *testing.T) {
	m := NewModel()
	m.Learn(Known{Size: 412, Earlier: []Earlier{once}}, nil)
	m.Learn(Known{Size: 413}, errTest)
	if last, ok := m.Last(); !ok || last.Seq != once.Seq || m.Unread == nil {
		t.Error("the last export is forgotten, and the next one would begin at the first record")
	}
}

func TestAFailedExportIsNotTheLastOne(t *testing.T) {
	m := NewModel()
	m.Learn(Known{Size: 412, Earlier: []Earlier{{Seq: 300, To: 300, Failed: true}, once}}, nil)
	if got := m.Selection().From; got != once.To {
		t.Errorf("the next one begins at %d: what the failed one held would be missed", got)
	}
}

func TestAnExportOfOneDeviceIsNotTheLastOne(t *testing.T) {
	m := NewModel()
	device := Earlier{Seq: 300, From: 0, To: 300, Shown: 40, Scope: "partial"}
	period := Earlier{Seq: 250, From: 200, To: 250, Shown: 52, Scope: "partial"}
	m.Learn(Known{Size: 412, Earlier: []Earlier{device, period, once}}, nil)
	if got := m.Selection().From; got != 250 {
		t.Errorf("the next one begins at %d: what the other devices did would be missed", got)
	}
}

var errTest = errorString("the disk hums")

type errorString string

func (e errorString) Error() string { return string(e) }
