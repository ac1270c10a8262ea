package statement

import (
	"bytes"
	"crypto/ed25519"
	"reflect"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

var lee = Person{PersonID(public(3)), "Lee", "pharmacy"}

// laterSamples are one statement of each kind that embeds By, and fuller ones of others ("kind.variant"): a request and an
// approval with all that they may say.
func laterSamples(r Request, head LogHead) map[string]Statement {
	at := r.Time
	const id, nonce = "01K6Z2Q8M3V7T9A0B1C2D3E4F7", "5F8Z6J2M1Q0X7C3V9B4N8K6H2D"
	one, two := By{id, []Person{kim}, at, head}, By{id, []Person{kim, jo}, at, head}
	text, _ := r.Text()
	digest := Digest(text)
	full := r
	full.Ticket, full.Edits, full.Template, full.AssetTag, full.OnFailure = "CE-8841", id, digest, "A 00017", RollBack
	fullText, _ := full.Text()
	model := r.Device
	model.Serial = ""
	newKey := [32]byte(public(4))
	return map[string]Statement{
		"genesis.badges": Genesis{site, at, []Founder{
			{jo.ID, [32]byte(public(1)), jo.Role, jo.Name}, {kim.ID, [32]byte(public(2)), kim.Role, kim.Name},
		}, []string{"B-1001", "B-1002"}, nonce},
		"change-request.full": full,
		"approval.full": Approval{ID: r.ID, Signer: kim, Time: at, Request: Digest(fullText), Set: r.Set, AssetTag: "A 00017", Nonce: nonce,
			Elsewhere: LogHead{"clinic.example/ward9-laptop-01", 77, digest}, Log: head},
		"enrol":      Enrol{two, Founder{lee.ID, [32]byte(public(3)), lee.Role, lee.Name}, "B-1003"},
		"role":       Role{two, lee, "clinical-lead", "New post from October"},
		"suspend":    Suspend{one, lee, "Laptop lost on the train"},
		"restore":    Restore{two, lee, "Laptop found"},
		"revocation": Revocation{two, lee, "left", "Left the clinic"},
		"key-rotate": Rotate{one, newKey, Proof(ed25519.Sign(key(4), RotateProof(kim.ID, nonce, newKey[:]))), nonce},
		"policy":     Policy{two, []string{"clinical propose technician approve nursing+pharmacy seat any entry blind", "probation 7 d"}, "Board decision 12"},
		"template": Template{two, "Step-down adult", model, r.Driver,
			[]ValueLine{{"alarm.etco2.high", "45", "mm[Hg]", drivers.Clinical}, {"alarm.volume", "low", "1", drivers.Operational}}, "Alarm committee",
			Time{at.Wall.Add(90 * 24 * time.Hour), at.Clock}},
		"return":            Return{one, r.ID, digest, "The committee decided 46"},
		"waiver":            Waiver{two, r.ID, digest, "Simulator lung, no patient"},
		"acceptance":        Acceptance{one, r.ID, digest, r.Set[:1], "The device rounds to whole numbers"},
		"break-glass-open":  Opening{one, r.Device, "patient-risk", "t1", nonce, 15 * time.Minute},
		"extend":            Extension{one, id, 15 * time.Minute},
		"break-glass-close": Closing{one, id, 2, "Raised the limit during transport"},
		"review":            Review{two, id, "justified", "No colleague was within reach", ""},
		"review.full":       Review{two, id, "unjustified", "A colleague was within reach", "CIRS 2026-311"},
		"sealed-codes":      SealedCodes{two, id, 11, 10, digest},
		"paper-record":      Paper{two, "Emergency session BG-7K3M", []string{"10:41 limit 50 to 45", "10:52 back to 50"}},
		"log-fork":          Fork{two, head, digest, "Disk broken"},
		"export":            Export{one, 0, 18_234, digest, "State inspection 2026"},
		"merge":             Merge{one, r.Device, model, "One monitor on two ports"},
		"baseline":          Baseline{one, r.Device, r.Driver, "Ward 7 after commissioning", digest},
		"commissioning":     Commissioning{one, r.Device, "IEC 62353 recurrent test", digest, "passed", "No remark"},
		"hold":              Hold{one, "device", "Capnostream 20 SN-4711", "Inquiry by the state authority", "AZ 14/2026"},
		"hold.everything":   Hold{one, "everything", "", "Inspection announced", ""},
		"hold-release":      Release{two, id, digest, "The inquiry was closed"},
	}
}

func TestAsTakesItsOwnKindOnly(t *testing.T) {
	for name, s := range samples() {
		text := mustText(t, s)
		got, err := As[Enrol](text)
		if s.Kind() == "enrol" && (err != nil || !reflect.DeepEqual(Statement(got), s)) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if s.Kind() != "enrol" && !fault.Is(err, fault.Signature) {
			t.Errorf("a %s was taken for an enrolment: %v", name, err)
		}
	}
	if _, err := As[Enrol]([]byte("x")); !fault.Is(err, fault.Signature) {
		t.Error(err)
	}
}

func TestNobodySignsTwiceAndTheCandidateSignsToo(t *testing.T) {
	all := samples()
	enrol := all["enrol"].(Enrol)
	if got := enrol.Signatories(); !reflect.DeepEqual(got, []string{lee.ID, kim.ID, jo.ID}) {
		t.Error(got)
	}
	enrol.Signers = []Person{kim, lee}
	if _, err := enrol.Text(); !fault.Is(err, fault.Signature) {
		t.Error("a candidate vouches for themself")
	}
	role := all["role"].(Role)
	role.Signers = []Person{kim, kim}
	if _, err := role.Text(); !fault.Is(err, fault.Signature) {
		t.Error("one person is two")
	}
	genesis := all["genesis.badges"].(Genesis)
	for _, badges := range [][]string{{"B-1"}, {"B-1", "B-1"}} {
		genesis.Badges = badges
		if _, err := genesis.Text(); !fault.Is(err, fault.Signature) {
			t.Errorf("badges %v", badges)
		}
	}
}

func TestATemplateIsForAModelAndNamesEachSettingOnce(t *testing.T) {
	template := samples()["template"].(Template)
	template.Device.Serial = "SN-1"
	if _, err := template.Text(); !fault.Is(err, fault.Signature) {
		t.Error("a template for one device")
	}
	template = samples()["template"].(Template)
	template.Set = append(template.Set, template.Set[0])
	if _, err := template.Text(); !fault.Is(err, fault.Signature) {
		t.Error("a setting twice")
	}
}

func TestANewKeyProvesThatSomebodyHoldsIt(t *testing.T) {
	r := samples()["key-rotate"].(Rotate)
	if !ed25519.Verify(r.Key[:], RotateProof(kim.ID, r.Nonce, r.Key[:]), r.Proof[:]) {
		t.Error("the proof does not hold")
	}
	if bytes.Equal(RotateProof(kim.ID, r.Nonce, r.Key[:]), RotateProof(jo.ID, r.Nonce, r.Key[:])) {
		t.Error("the proof is not bound to a person")
	}
}

func TestASetOfSealedCodesHasANumberAndIsSignedByTwo(t *testing.T) {
	for what, spoil := range map[string]func(*SealedCodes){
		"no codes":          func(s *SealedCodes) { s.Count = 0 },
		"no first number":   func(s *SealedCodes) { s.First = 0 },
		"no set":            func(s *SealedCodes) { s.Set = "" },
		"one person":        func(s *SealedCodes) { s.Signers = s.Signers[:1] },
		"one person, twice": func(s *SealedCodes) { s.Signers = []Person{kim, kim} },
	} {
		s := samples()["sealed-codes"].(SealedCodes)
		spoil(&s)
		if _, err := s.Text(); !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAHoldIsOnOneThingOrOnEverythingAndTwoReleaseIt(t *testing.T) {
	for what, spoil := range map[string]func(*Hold){
		"no subject":      func(h *Hold) { h.Subject = "" },
		"everything else": func(h *Hold) { h.Scope = "everything" },
		"another scope":   func(h *Hold) { h.Scope = "ward" },
		"no reason":       func(h *Hold) { h.Reason = "" },
		"two sign":        func(h *Hold) { h.Signers = []Person{kim, jo} },
	} {
		h := samples()["hold"].(Hold)
		spoil(&h)
		if _, err := h.Text(); !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, signers := range map[string][]Person{"one": {kim}, "one, twice": {kim, kim}, "three": {kim, jo, lee}} {
		r := samples()["hold-release"].(Release)
		r.Signers = signers
		if _, err := r.Text(); !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
