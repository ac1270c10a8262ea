package change_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allMutants says that every mutant is tried, not only the vital ones.
const allMutants = "COUNTERSIGN_MUTANTS"

func TestEachMutantIsKilledByItsTest(t *testing.T) {
	if raced {
		t.Skip("mutants are compiled without the race detector; make test runs them once more without it")
	}
	for _, m := range mutants {
		if os.Getenv(allMutants) == "" && !slices.Contains(vital, m.guard) {
			continue
		}
		t.Run(m.guard, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("..", m.file))
			if err != nil {
				t.Fatal(err)
			}
			source, err := os.ReadFile(path)
			if err != nil || strings.Count(string(source), m.old) != 1 {
				t.Fatalf("the guard is there %d times, %v", strings.Count(string(source), m.old), err)
			}
			mutant, overlay := filepath.Join(t.TempDir(), "mutant.go"), filepath.Join(t.TempDir(), "overlay.json")
			list, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutant}})
			if err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string][]byte{mutant: []byte(strings.Replace(string(source), m.old, m.new, 1)), overlay: list} {
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			folder, killer := filepath.Dir(m.file), m.killer
			if in, test, named := strings.Cut(m.killer, ":"); named {
				folder, killer = in, test
			}
			out, err := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-timeout=2m", "-overlay", overlay,
				"-tags", "sqlite_omit_load_extension", "-run", killer, "countersign/internal/"+folder).CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("it lives: %s", out)
			case strings.Contains(string(out), "[build failed]"):
				t.Errorf("it was never born: %s", out)
			}
		})
	}
}
