package statement

// What a signature about a device's papers, or about the record as a whole, means.
const (
	ExportMeaning        = "I exported these records"
	MergeMeaning         = "These two entries are one device"
	BaselineMeaning      = "This is how the device shall be configured"
	CommissioningMeaning = "I carried this procedure out on this device"
)

// Export hands records out: those from From up to, not including, To. A second signer is optional.
type Export struct {
	By
	From, To int64
	Manifest [32]byte
	For      string // for whom, or for what
}

// Merge says that two entries of the inventory are one device.
type Merge struct {
	By
	Kept, Merged Device
	Reason       string
}

// Baseline names a stored snapshot as what a device shall hold.
type Baseline struct {
	By
	Device   Device
	Driver   Driver
	Name     string
	Snapshot [32]byte
}

// Commissioning is the result of a procedure on a device: Result is "passed", "failed" or "incomplete".
type Commissioning struct {
	By
	Device    Device
	Procedure string
	Evidence  [32]byte // of the steps and their measurements
	Result    string
	Remark    string
}

var exportKind = signedBy("export", ExportMeaning, 1, 2, func(e *Export) *By { return &e.By },
	one("from", asCount, func(e *Export) *int64 { return &e.From }),
	one("to", asCount, func(e *Export) *int64 { return &e.To }),
	one("manifest", asDigest, func(e *Export) *[32]byte { return &e.Manifest }),
	one("for", asText, func(e *Export) *string { return &e.For }))

var mergeKind = signedBy("merge", MergeMeaning, 1, 1, func(m *Merge) *By { return &m.By },
	one("kept", asDevice, func(m *Merge) *Device { return &m.Kept }),
	one("merged", asDevice, func(m *Merge) *Device { return &m.Merged }),
	one("reason", asText, func(m *Merge) *string { return &m.Reason }))

var baselineKind = signedBy("baseline", BaselineMeaning, 1, 1, func(b *Baseline) *By { return &b.By },
	one("device", asDevice, func(b *Baseline) *Device { return &b.Device }),
	one("driver", asDriver, func(b *Baseline) *Driver { return &b.Driver }),
	one("name", asText, func(b *Baseline) *string { return &b.Name }),
	one("snapshot", asDigest, func(b *Baseline) *[32]byte { return &b.Snapshot }))

var commissioningKind = signedBy("commissioning", CommissioningMeaning, 1, 1, func(c *Commissioning) *By { return &c.By },
	one("device", asDevice, func(c *Commissioning) *Device { return &c.Device }),
	one("procedure", asText, func(c *Commissioning) *string { return &c.Procedure }),
	one("evidence", asDigest, func(c *Commissioning) *[32]byte { return &c.Evidence }),
	one("result", asWord, func(c *Commissioning) *string { return &c.Result }),
	one("remark", asText, func(c *Commissioning) *string { return &c.Remark }))

// Kind implements Statement.
func (e Export) Kind() string { return exportKind.name }

// Text implements Statement.
func (e Export) Text() ([]byte, error) { return exportKind.text(&e) }

// Kind implements Statement.
func (m Merge) Kind() string { return mergeKind.name }

// Text implements Statement.
func (m Merge) Text() ([]byte, error) { return mergeKind.text(&m) }

// Kind implements Statement.
func (b Baseline) Kind() string { return baselineKind.name }

// Text implements Statement.
func (b Baseline) Text() ([]byte, error) { return baselineKind.text(&b) }

// Kind implements Statement.
func (c Commissioning) Kind() string { return commissioningKind.name }

// Text implements Statement.
func (c Commissioning) Text() ([]byte, error) { return commissioningKind.text(&c) }
