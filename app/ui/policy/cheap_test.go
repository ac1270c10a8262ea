package policy

import (
	"os"
	"testing"

	"countersign/internal/people"
)

// TestMain makes a guess of a passphrase cheap: these tests are not about what it costs.
func TestMain(m *testing.M) {
	people.Floor = people.Cost{MemoryKiB: 1 << 10, Passes: 1, Lanes: 1}
	os.Exit(m.Run())
}
