package cosign_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/cosign"
	"countersign/internal/fault"
	"countersign/internal/qr"
)

func picture(t *testing.T, code string) []byte {
	t.Helper()
	if code == "" {
		t.Fatal("no code was made")
	}
	file, err := qr.PNG(code, 3)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// noisy is a code as a scanner in the wrong mood types it.
func noisy(code string) []byte {
	var b strings.Builder
	for i, c := range strings.ToLower(code) {
		if i%37 == 5 {
			b.WriteString(" \r\n")
		}
		b.WriteRune(c)
	}
	return []byte("\n" + b.String() + "\t\n")
}

func TestARequestTravelsByFileByCodeAndByPictureAndItsApprovalComesBack(t *testing.T) {
	one, two := pair(t)
	r := one.request(45)
	two.trust(two.open(one.export(r.ID).File))
	for _, way := range []string{"file", "scanner", "picture"} {
		as := func(p cosign.Package) []byte {
			switch way {
			case "scanner":
				return noisy(p.Code)
			case "picture":
				return picture(t, p.Code)
			}
			return p.File
		}
		r := one.request(45)
		out := one.export(r.ID)
		in := two.open(as(out))
		if !in.Known || in.Request.ID != r.ID || in.Proposer.Name != "Robin Sample" || in.Origin != "ward/one" || in.Late || in.Behind {
			t.Errorf("%s: opened as %+v", way, in)
		}
		back := two.approve(in, one.signers[1], entries("45.0"))
		got, err := one.take(as(back))
		if err != nil || got.State != change.Approved {
			t.Fatalf("%s: %v, %v", way, got.State, err)
		}
		if approval := got.Approvals[0]; got.Code != in.Code || approval.Elsewhere.Origin != "ward/two" || approval.Log != r.Log || approval.Nonce != r.ExecuteOn.Nonce {
			t.Errorf("%s: the approval says %+v", way, approval)
		}
		for name, p := range map[string]cosign.Package{"request": out, "approval": back} {
			version, err := qr.Version(p.Code)
			t.Logf("%s by %s: file %d bytes, code %d characters, QR version %d, %v", name, way, len(p.File), len(p.Code), version, err)
		}
		_, err = one.take(as(back))
		mustBe(t, err, fault.Consumed)
	}
}

func TestAnUnknownConsoleIsTrustedOnlyByAPersonAndKnownByItsWords(t *testing.T) {
	one, two := pair(t)
	out := one.export(one.request(45).ID)
	_, err := two.station.Open(context.Background(), []byte(out.Code))
	mustBe(t, err, fault.Peer) // a code brings no roster
	in := two.open(out.File)
	if in.Known || in.Continuity != cosign.First || len(in.Words) != 12 {
		t.Errorf("opened as known %v, %s, %v", in.Known, in.Continuity, in.Words)
	}
	_, err = two.station.Compare(context.Background(), in, one.signers[1].Person, entries("45"))
	mustBe(t, err, fault.Peer)
	mustBe(t, two.station.Trust(context.Background(), nil, in), fault.NotSignedIn)
	mustBe(t, two.station.Trust(context.Background(), one.signers[0], in), fault.NotAllowed) // nobody here
	two.trust(in)
	if again := two.open(out.File); !again.Known || again.Continuity != cosign.Continues {
		t.Errorf("afterwards known %v, %s", again.Known, again.Continuity)
	}
	peers, err := two.station.Peers(context.Background())
	if err != nil || len(peers) != 1 || peers[0].Origin != "ward/one" || !peers[0].Trusted || !slices.Equal(peers[0].Words, in.Words) || len(peers[0].Heads) != 1 {
		t.Errorf("peers: %+v, %v", peers, err)
	}
}

func TestSomebodyElsesLogOfTheSameNameIsForked(t *testing.T) {
	one, two := pair(t)
	two.trust(two.open(one.export(one.request(45).ID).File))
	false1 := start(t, t.TempDir(), "ward/one", morning)
	defer false1.stop()
	false1.found(pocket{}, [2]string{"Mallory Sample", "Eve Example"})
	in := two.open(false1.export(false1.request(45).ID).File)
	if in.Known || in.Continuity != cosign.Forked {
		t.Errorf("known %v, %s", in.Known, in.Continuity)
	}
	_, err := two.station.Compare(context.Background(), in, false1.signers[1].Person, entries("45"))
	mustBe(t, err, fault.Peer)
}

func TestBlindValuesAreNowhereBeforeTheyWereEnteredAndTwoTriesAreAllThereAre(t *testing.T) {
	one, two := pair(t)
	ctx := context.Background()
	out := one.export(one.request(45).ID)
	two.trust(two.open(out.File))
	in := two.open(out.File)
	if !in.Blind || strings.Contains(in.Text, "-> 45") || in.Request.Set[0].Wanted == "45" || !strings.Contains(in.Text, "50 -> …") {
		t.Errorf("it shows %s", in.Text)
	}
	kim := one.signers[1].Person
	_, err := two.station.Compare(ctx, in, one.signers[0].Person, entries("45"))
	mustBe(t, err, fault.SamePerson)
	_, err = two.station.Compare(ctx, in, two.signers[1].Person, entries("45"))
	mustBe(t, err, fault.NotAllowed) // somebody of this console is nobody there
	_, err = two.station.Compare(ctx, in, kim, entries("46"))
	mustBe(t, err, fault.Mismatch)
	if fault.SubjectOf(err) != "alarm.etco2.high" {
		t.Errorf("the fault names %q", fault.SubjectOf(err))
	}
	two.db.Close() // a restart does not give another try
	again := start(t, two.folder, two.origin, morning.Add(time.Minute))
	*two = *again
	_, err = two.station.Compare(ctx, two.open(out.File), kim, nil)
	mustBe(t, err, fault.Returned)
	_, err = two.station.Compare(ctx, two.open(out.File), kim, entries("45"))
	mustBe(t, err, fault.Returned)
	err = two.log.Each(ctx, 0, func(r audit.Record) error {
		if text := string(r.Bytes); strings.Contains(text, "-> 45") || strings.Contains(text, `"46"`) {
			t.Errorf("a record shows a value: %s", text)
		}
		if strings.HasPrefix(r.Kind, "cosign.") && r.Stmt != "" {
			t.Errorf("%s has a statement", r.Kind)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheOnesOwnKeySignsWhatThatPersonEntered(t *testing.T) {
	one, two := pair(t)
	ctx := context.Background()
	out := one.export(one.request(45).ID)
	two.trust(two.open(out.File))
	in := two.open(out.File)
	if len(in.Approvers) != 1 || in.Approvers[0].Name != "Kim Example" {
		t.Errorf("approvers: %+v", in.Approvers)
	}
	agreed, err := two.station.Compare(ctx, in, one.signers[1].Person, entries("45"))
	if err != nil {
		t.Fatal(err)
	}
	for _, signer := range append(two.signers[:], one.signers[0], nil) {
		_, err = two.station.Sign(ctx, signer, agreed)
		mustBe(t, err, fault.NotSignedIn)
	}
	_, err = two.station.Sign(ctx, one.signers[1], cosign.Agreed{})
	mustBe(t, err, fault.NotSignedIn)
	if !strings.Contains(agreed.Text(), "-> 45 mm[Hg] clinical\n") || agreed.Request().Set[0].Wanted != "45" {
		t.Errorf("agreed to %s", agreed.Text())
	}
}

func TestClocksOnlyWarnOnTheSecondLaptopAndDecideOnTheFirst(t *testing.T) {
	one, two := pair(t)
	out := one.export(one.request(45).ID)
	two.trust(two.open(out.File))
	two.clock.Step(300 * 24 * time.Hour)
	in := two.open(out.File)
	if !in.Late || in.Apart < 299*24*time.Hour {
		t.Errorf("late %v, apart %v", in.Late, in.Apart)
	}
	back := two.approve(in, one.signers[1], entries("45"))
	one.clock.Advance(2 * time.Hour)
	_, err := one.take(back.File)
	mustBe(t, err, fault.Expired)
}

func TestAPackageForAnotherConsoleOrOfAnotherKindIsRefused(t *testing.T) {
	one, two := pair(t)
	out := one.export(one.request(45).ID)
	two.trust(two.open(out.File))
	back := two.approve(two.open(out.File), one.signers[1], entries("45"))
	_, err := two.take(back.File) // the console that it was signed on
	mustBe(t, err, fault.Incoming)
	_, err = one.station.Open(context.Background(), out.File) // its own request
	mustBe(t, err, fault.Incoming)
	_, err = one.take(out.File)
	mustBe(t, err, fault.Incoming)
	_, err = two.station.Open(context.Background(), back.File)
	mustBe(t, err, fault.Incoming)
	_, err = one.station.Export(context.Background(), "01K6Z2Q8M3V7T9A0B1C2D3E4F5")
	mustBe(t, err, fault.NotFound)
	if _, err := one.take(back.File); err != nil {
		t.Errorf("after all that the true one is refused: %v", err)
	}
}
