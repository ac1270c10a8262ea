package kit

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func fourTiles(t *testing.T) (*Tiles, fyne.Window, *[]string) {
	t.Helper()
	themed(t)
	var chosen []string
	tiles := NewTiles(func(id string) { chosen = append(chosen, id) }, Tile{"a", IconPerson, "Patient at risk"}, Tile{"b", IconDevices, "Device unusable"},
		Tile{"c", IconNetwork, "Infrastructure failure"}, Tile{"d", IconQuestion, "Other"})
	return tiles, window(t, tiles), &chosen
}

func TestATileIsChosenByMouseByArrowsAndByItsNumber(t *testing.T) {
	tiles, w, chosen := fourTiles(t)
	test.Tap(tiles.tiles[1])
	w.Canvas().Focus(tiles.Focusable())
	press(w.Canvas(), fyne.KeyRight, fyne.KeySpace)
	test.Type(tiles.tiles[2], " ")
	press(w.Canvas(), fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyReturn)
	test.Type(tiles.tiles[0], "4")
	test.Type(tiles.tiles[3], "7x0")
	if !slices.Equal(*chosen, []string{"b", "c", "a", "d"}) || tiles.Chosen() != "d" {
		t.Errorf("chosen %v, now %s", *chosen, tiles.Chosen())
	}
}

func TestTheChosenTileIsToldWithoutAColour(t *testing.T) {
	tiles, w, _ := fourTiles(t)
	tiles.Set("c")
	if got := find(t, w.Canvas(), "check", "Infrastructure failure"); got.State != "checked" || got.H < 20 {
		t.Errorf("%+v", got)
	}
	one, other := tiles.tiles[2], tiles.tiles[0]
	if !one.tick.Visible() || !one.text.TextStyle.Bold || one.frame.StrokeWidth <= other.frame.StrokeWidth || other.tick.Visible() {
		t.Error("neither a tick, nor the weight, nor the border tells which is chosen")
	}
	tiles.Set("")
	if got := find(t, w.Canvas(), "check", "Infrastructure failure"); got.State != "" || tiles.Chosen() != "" {
		t.Errorf("%+v", got)
	}
}

func TestTilesThatAreDisabledCannotBeChosen(t *testing.T) {
	tiles, w, chosen := fourTiles(t)
	tiles.SetEnabled(false)
	test.Tap(tiles.tiles[1])
	test.Type(tiles.tiles[0], "2")
	if got := find(t, w.Canvas(), "check", "Other"); len(*chosen) != 0 || got.State != "disabled" {
		t.Errorf("chosen %v, %+v", *chosen, got)
	}
}
