package mdns

// Type is a service type that the source asks for.
type Type struct {
	Name string // "_mbap._tcp"
	Port int    // the registered one, 0 for none
	What string // what announces it, in a few words for a person who decides whether to look
}

// Types returns what the source asks for, the most telling first. All are over TCP, so that an endpoint can be made of
// an answer. A type is a claim, never proof. From the IANA registry of service names; _iostream is not registered and
// was seen from ser2net.
func Types() []Type {
	return []Type{
		{"_mbap._tcp", 502, "Modbus: plant, sterilisers, gas, and devices behind gateways"},
		{"_iostream._tcp", 0, "a serial port on the network (ser2net)"},
		{"_mist._tcp", 0, "a medical device that describes itself (Medical Interoperability Service Type)"},
		{"_ieee11073-20701._tcp", 6464, "a medical device that speaks SDC"},
		{"_hl7._tcp", 2575, "an HL7 version 2 interface"},
		{"_dicom._tcp", 11112, "imaging: a modality or an archive"},
		{"_lxi._tcp", 0, "bench test equipment"},
		{"_scpi-raw._tcp", 5025, "bench test equipment, raw SCPI"},
	}
}
