// Package story plays the guided story on the real console: real window in a virtual display, real key and mouse events, a
// simulated ward in its own process. It is a test and the demonstration at once, and leaves a picture of every step. It
// knows the console only from outside.
package story
