package house

const (
	fynePath   = "fyne.io/fyne/v2"
	bridgeFile = "app/ui/kit/async.go"
	windowTest = "app/story"
)

func oneBridgeToTheWindow(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if !f.Is(bridgeFile) {
			for _, at := range f.uses(fynePath, "Do") {
				found = append(found, f.finding(at, "fyne.Do belongs in "+bridgeFile))
			}
		}
		for _, at := range f.uses(fynePath, "DoAndWait") {
			found = append(found, f.finding(at, "fyne.DoAndWait"))
		}
	}
	return found
}

// noTestSleeps lets the real-window tests have one sleep, in the helper that polls the screen: another program's
// window offers nothing to wait on. In the bubbles of testing/synctest a sleep takes no time and ends at an exact
// moment; a file that imports it is taken to sleep in them only.
func noTestSleeps(t *Tree) []Finding {
	var found []Finding
	polls := 0
	for _, f := range t.Files {
		if !f.Test() && !f.In(windowTest) || f.Test() && f.importsPackage("testing/synctest") {
			continue
		}
		for _, at := range f.uses("time", "Sleep") {
			if f.In(windowTest) {
				if polls++; polls == 1 {
					continue
				}
			}
			found = append(found, f.finding(at, "time.Sleep: use testing/synctest, or a clock that the test holds"))
		}
	}
	return found
}
