package capnostream20

// Commands of the host and messages of the monitor. Only those that this driver sends or understands have a name; item
// and command numbers that are missing here cannot be sent.
const (
	cmdEnable     = 1  // switches the RS-232 port to the host protocol; answered by msgIdentity
	cmdDisable    = 2  // switches it back
	cmdStartLive  = 4  // start of the once-a-second numerics and the CO2 wave
	cmdStopLive   = 5  //
	cmdLinkActive = 6  // sign of life
	cmdSet        = 60 // item, value; answered by msgSetEcho

	msgWave     = 0
	msgNumerics = 1
	msgIdentity = 4
	msgSetEcho  = 60
)

// Items of cmdSet: the alarm limits, and nothing else. Items 1 to 4 (silence, case, patient type, reaction to a lost
// link) and 14 and above are left out on purpose.
const (
	firstItem = 5
	lastItem  = 13
)

// Offsets in the data of a numerics message (27 bytes).
const (
	numericsSize = 27

	atTime        = 0
	atEtCO2       = 4
	atFiCO2       = 5
	atRR          = 6
	atSpO2        = 7
	atPulse       = 8
	atSlowStatus  = 9
	atCO2Alarms   = 13
	atSpO2Alarms  = 14
	atEtCO2High   = 16
	atEtCO2Low    = 17
	atRRHigh      = 18
	atRRLow       = 19
	atFiCO2High   = 20
	atSpO2High    = 21
	atSpO2Low     = 22
	atPulseHigh   = 23
	atPulseLow    = 24
	atUnit        = 25
	invalid       = 0xFF // "this value is not valid now"
	temporaryBit  = 1 << 1
	allSilenceBit = 1 << 2
)

// CO2 units as the monitor numbers them.
const (
	unitMMHg = 1
	unitKPa  = 2
	unitVol  = 3
)
