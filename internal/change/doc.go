// Package change takes a change of settings from a person's request over another person's approval to the device and
// back, and is the only package that writes to a device.
//
// A request is a statement that one person signed; an approval is a statement that another signed over the same values,
// which for clinical settings were entered without seeing them. Execute checks everything again that was true when they
// signed, makes the intent durable, writes, reads back with a read of its own, and records what came of it.
//
// The package does not decide who may do what (package policy does), keeps no keys (people), and knows no protocol
// (drivers). The grant of two persons and a live emergency session are its two Authorizations; everything from the identity
// check on is the same for both.
package change
