package preflight

// Keep makes or completes the ballast in folder.
func Keep(folder string) error { return nil }

// Release gives the ballast's room back.
func Release(folder string) error { return nil }

// Kept returns how many bytes the ballast in folder holds.
func Kept(folder string) (bytes int64) { return 0 }
