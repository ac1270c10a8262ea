// Package powercut is tests alone: they cut the power under the console's record, thousands of times. A real process
// appends records while strace notes what it asks of its disk; a model of that disk then says what may be left at any
// moment, and what is left is opened as after a start. No acknowledged record may be missing.
//
// It is no test of a drive. The model loses, keeps or tears whatever was not synced, and believes in a sync: hardware
// that confirms one before it is done, a sync that fails, decay of what was stored, and a second cut while the record
// recovers from the first are outside it. So is the folder's own entry in the folder above.
package powercut
