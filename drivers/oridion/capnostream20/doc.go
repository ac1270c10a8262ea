// Package capnostream20 speaks the host protocol of the Oridion / Medtronic Capnostream 20 bedside capnograph: identity,
// live numerics, and the nine alarm limits, which it can read and write.
//
// It does not silence alarms, start or end cases, or touch patient data: the commands for those are not in the code.
// Messages that carry a patient's identity are dropped unread.
//
// Sources: Oridion PN D006045C "Capnostream Data Transfer Protocols" (2007) for frame and messages; the fact sheet
// capnostream20.md for the write command 60, which that edition does not have.
package capnostream20
