//go:build !race

package change_test

const raced = false
