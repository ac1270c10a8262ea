//go:build race

package verify

const raced = true // what counts is then whether there is a race, not how often
