package export

import (
	"syscall"
	"unsafe"
)

// removable is what Windows calls a drive whose medium can be taken away.
const removable = 2

// Places returns the media that can be taken away and are there now.
func Places() ([]Place, error) {
	kernel := syscall.NewLazyDLL("kernel32.dll")
	mask, _, err := kernel.NewProc("GetLogicalDrives").Call()
	if mask == 0 {
		return nil, err
	}
	kind := kernel.NewProc("GetDriveTypeW")
	var places []Place
	for i := range 26 {
		if mask&(1<<i) == 0 {
			continue
		}
		root := string(rune('A'+i)) + `:\`
		name, err := syscall.UTF16PtrFromString(root)
		if err != nil {
			return nil, err
		}
		if is, _, _ := kind.Call(uintptrOf(name)); is == removable {
			places = append(places, Place{Folder: root, Name: root})
		}
	}
	return places, nil
}

func uintptrOf(name *uint16) uintptr { return uintptr(unsafe.Pointer(name)) }
