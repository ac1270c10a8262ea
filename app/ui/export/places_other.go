//go:build !linux && !windows

package export

import (
	"os"
	"path/filepath"
)

// Places returns the media that can be taken away and are there now: macOS shows each as a folder.
func Places() ([]Place, error) {
	const volumes = "/Volumes"
	entries, err := os.ReadDir(volumes)
	if err != nil {
		return nil, err
	}
	var places []Place
	for _, e := range entries {
		if e.IsDir() {
			places = append(places, Place{Folder: filepath.Join(volumes, e.Name()), Name: e.Name()})
		}
	}
	return places, nil
}
