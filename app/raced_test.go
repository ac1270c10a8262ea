//go:build race

package main

const raced = true // what counts is then whether there is a race, not how often
