//go:build !race

package breakglass

const raced = false
