//go:build race

package breakglass

const raced = true // what counts is then whether there is a race, not how often
