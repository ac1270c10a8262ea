package founding

import (
	"strings"
	"testing"
)

// TestAFoundingHasOneSpelling that never changes: people have it on paper.
func TestAFoundingHasOneSpelling(t *testing.T) {
	const text = "countersign/genesis/v1\n"
	words, err := Words([]byte(text))
	if err != nil || len(words) != 12 {
		t.Fatalf("%v, %v", words, err)
	}
	if got, want := strings.Join(words, " "), "champion route wink afraid stadium ghost tragic cruel escape delay truly denial"; got != want {
		t.Errorf("the words are %q", got)
	}
	if got, want := Digits([]byte(text)), "2617 93ef 024d 3ec3 39b9 a44d 073f a59d be4a 7bbc 87c5 2870 c195 365d 4121 8bde"; got != want {
		t.Errorf("the digits are %q", got)
	}
}
