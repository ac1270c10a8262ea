//go:build !unix

package main

// forbidDumps does nothing here: Windows writes no dump of a program that did not ask for one.
func forbidDumps() error { return nil }
