package cosign_test

import (
	"context"
	"os"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/cosign"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

// copyFolder copies a console's data folder while it is closed.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func (l *laptop) restart(folder string) *laptop {
	l.tb.Helper()
	again := start(l.tb, folder, l.origin, l.clock.Now().Wall)
	again.signers = l.signers
	return again
}

// grow appends records that mean nothing here.
func (l *laptop) grow(n int) {
	l.tb.Helper()
	for range n {
		if _, err := l.log.Append(context.Background(), audit.Draft{Kind: "app.started", Actor: leaf.Actor{ID: "console", Name: "Countersign"}}); err != nil {
			l.tb.Fatal(err)
		}
	}
}

func TestARestoredRequesterIsFoundWhereverItGoesOnFrom(t *testing.T) {
	for _, after := range []int{0, 1, 2, 3, 4, 5, 20} {
		one, two := pair(t)
		one.db.Close()
		backup := copyFolder(t, one.folder)
		*one = *one.restart(one.folder)
		first := one.export(one.request(45).ID)
		two.trust(two.open(first.File))
		one.grow(3)
		if in := two.open(one.export(one.request(44).ID).File); in.Continuity != cosign.Continues {
			t.Fatalf("the next request is %s", in.Continuity)
		}
		restored := one.restart(backup)
		restored.grow(after)
		in := two.open(restored.export(restored.request(43).ID).File)
		if !in.Continuity.Refused() {
			t.Errorf("%d records after the copy: %s", after, in.Continuity)
		}
		_, err := two.station.Compare(context.Background(), in, one.signers[1].Person, entries("43"))
		mustBe(t, err, fault.Forked)
		peers, err := two.station.Peers(context.Background())
		if err != nil || peers[0].Refused != in.Continuity {
			t.Errorf("peers: %+v, %v", peers, err)
		}
		two.trust(in) // somebody answers for it
		if in := two.open(restored.export(restored.request(42).ID).File); in.Continuity != cosign.Continues {
			t.Errorf("after that it is %s", in.Continuity)
		}
		restored.stop()
	}
}

func TestWhatACopyWithoutRequestsSinceCannotShowIsNotClaimed(t *testing.T) {
	one, two := pair(t)
	first := one.request(45)
	two.trust(two.open(one.export(first.ID).File))
	one.db.Close()
	backup := copyFolder(t, one.folder)
	*one = *one.restart(one.folder)
	one.grow(9) // nobody else has seen these records
	restored := one.restart(backup)
	defer restored.stop()
	if in := two.open(restored.export(restored.request(43).ID).File); in.Continuity != cosign.Continues {
		t.Errorf("it is %s", in.Continuity)
	}
}

func TestPackagesMayBeOpenedInAnyOrder(t *testing.T) {
	one, two := pair(t)
	two.trust(two.open(one.export(one.request(45).ID).File))
	var out []cosign.Package
	for range 12 { // more than a package proves
		one.grow(2)
		out = append(out, one.export(one.request(44).ID))
	}
	for _, i := range []int{11, 4, 10, 5, 11} {
		if in := two.open(out[i].File); in.Continuity != cosign.Continues && in.Continuity != cosign.Unproven {
			t.Errorf("package %d is %s", i, in.Continuity)
		}
	}
}

func TestApprovalsMayComeBackInAnyOrder(t *testing.T) {
	one, two := pair(t)
	first, second := one.export(one.request(45).ID), one.export(one.request(44).ID)
	two.trust(two.open(first.File))
	a := two.approve(two.open(first.File), one.signers[1], entries("45"))
	b := two.approve(two.open(second.File), one.signers[1], entries("44"))
	for _, back := range []cosign.Package{b, a} {
		if _, err := one.take(back.File); err != nil {
			t.Error(err)
		}
	}
}

func TestARestoredSecondLaptopIsFoundByTheFirst(t *testing.T) {
	one, two := pair(t)
	two.db.Close()
	backup := copyFolder(t, two.folder)
	*two = *two.restart(two.folder)
	out := one.export(one.request(45).ID)
	two.trust(two.open(out.File))
	if _, err := one.take(two.approve(two.open(out.File), one.signers[1], entries("45")).File); err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{0, 1, 2, 9} {
		restored := two.restart(copyFolder(t, backup))
		restored.grow(after)
		next := one.export(one.request(44).ID)
		in := restored.open(next.File)
		if behind := restored.log.Head().Size < 6; behind && !in.Behind {
			t.Error("it is not told that the other console saw more of its log")
		}
		restored.trust(in)
		back := restored.approve(restored.open(next.File), one.signers[1], entries("44"))
		_, err := one.take(back.File)
		mustBe(t, err, fault.Forked)
		if back.Code != "" && after == 9 {
			_, err = one.take([]byte(back.Code))
			mustBe(t, err, fault.Forked)
		}
		restored.stop()
	}
	peers, err := one.station.Peers(context.Background())
	if err != nil || len(peers) != 1 || !peers[0].Refused.Refused() || peers[0].Trusted {
		t.Errorf("peers: %+v, %v", peers, err)
	}
}

func TestARevokedPersonDoesNotComeBackWithAnOlderPackage(t *testing.T) {
	one, two := pair(t)
	ctx := context.Background()
	old := one.export(one.request(45).ID)
	two.trust(two.open(old.File))
	persons, err := one.roster.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ceremony, err := one.roster.PrepareSuspend(ctx, persons[1], "Badge lost", persons[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := one.roster.Complete(ctx, ceremony, one.signers[0]); err != nil {
		t.Fatal(err)
	}
	stale := two.open(old.File)
	if in := two.open(one.export(one.request(44).ID).File); len(in.Approvers) != 0 {
		t.Errorf("approvers: %+v", in.Approvers)
	}
	if in := two.open(old.File); len(in.Approvers) != 0 {
		t.Errorf("approvers of the older package: %+v", in.Approvers)
	}
	_, err = two.station.Compare(ctx, stale, one.signers[1].Person, entries("45"))
	mustBe(t, err, fault.Incoming)
}
