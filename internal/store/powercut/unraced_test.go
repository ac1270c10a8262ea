//go:build !race

package powercut

const raced = false
