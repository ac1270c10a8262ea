//go:build race

package change_test

const raced = true // what counts is then whether there is a race, not how often
