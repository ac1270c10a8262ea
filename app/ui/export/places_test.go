package export

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// mounts is a list as a laptop with two sticks writes it.
const mounts = `sysfs /sys sysfs rw,nosuid 0 0
/dev/nvme0n1p2 / ext4 rw,relatime 0 0
/dev/nvme0n1p1 /boot/efi vfat rw 0 0
/dev/sdb1 /media/robin/AUDIT\040STICK vfat rw,nosuid,nodev 0 0
/dev/sdc1 /run/media/robin/KINGSTON exfat rw 0 0
/dev/sdc1 /run/media/robin/KINGSTON exfat rw 0 0
tmpfs /mnt/ram tmpfs rw 0 0
/dev/sdf1 /mnt/disk ext4 rw,errors=remount-ro 0 0
/dev/sr0 /media/robin/CD iso9660 ro,nosuid 0 0
/dev/sdd1 /media/../etc vfat rw 0 0
/dev/sde1 /media/a\012b vfat rw 0 0
broken line
`

func TestMediaAreThoseThatAreMountedWhereMediaAre(t *testing.T) {
	want := []Place{{"/media/robin/AUDIT STICK", "AUDIT STICK"}, {"/mnt/disk", "disk"}, {"/run/media/robin/KINGSTON", "KINGSTON"}}
	if got := Mounts(mounts); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if _, err := Places(); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}

func FuzzMountsAreFoldersBelowThoseOfMedia(f *testing.F) {
	f.Add(mounts)
	f.Add("/dev/sdb1 /media/\\134 x x\n")
	f.Add("/dev/sdb1 /media/\\04 x x")
	f.Fuzz(func(t *testing.T, list string) {
		for _, p := range Mounts(list) {
			if path.Clean(p.Folder) != p.Folder || strings.ContainsFunc(p.Folder, unprintable) ||
				!slices.ContainsFunc(below, func(b string) bool { return strings.HasPrefix(p.Folder, b) }) {
				t.Errorf("%q", p)
			}
		}
	})
}

func TestSizesAreWrittenForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 412_345: "412 kB", 1_340_000: "1.3 MB", 12e9: "12.0 GB", 512e9: "512 GB", 3e12: "3.0 TB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
