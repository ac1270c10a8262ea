package shell

import (
	"strings"
	"testing"

	"countersign/app/ui/kit"
)

func TestALongSentenceInTheStatusStripDoesNotMakeTheWindowWider(t *testing.T) {
	b := newBench(t, false)
	b.Result(kit.Done, "short", nil)
	before := b.window.Content().MinSize().Width
	b.Result(kit.Done, "Nothing here can show the sheet. Open /"+strings.Repeat("a-long-folder/", 40)+"sheet.html", nil)
	if now := b.window.Content().MinSize().Width; now > before {
		t.Errorf("the window needs %v instead of %v", now, before)
	}
	if words := b.status.last.Text; !strings.HasPrefix(words, "Nothing here") || !strings.HasSuffix(words, "…") {
		t.Errorf("the strip says %q", words)
	}
	b.Result(kit.Done, "short", nil)
	if words := b.status.last.Text; words != "short" {
		t.Errorf("the strip says %q", words)
	}
}

func TestTheButtonBesideTheNoticeSaysWhatItDoes(t *testing.T) {
	b := newBench(t, false)
	act := "Continue"
	b.config.Notice = func() (string, func(), bool) { return "An emergency was interrupted.", func() {}, true }
	b.config.NoticeAct = func() string { return act }
	b.notice.poll()
	if words := b.notice.act.Text; words != "Continue" {
		t.Errorf("the button says %q", words)
	}
	act = ""
	b.notice.poll()
	if words := b.notice.act.Text; words != kit.T("shell.notice.open") {
		t.Errorf("the button says %q", words)
	}
}
