package formats

import (
	"maps"
	"slices"
	"strings"
)

// Code is a code of a code system. An empty System is DICOM's own, DCM.
type Code struct{ System, Value, Text string }

// Class is what a kind of records is in the terms of DICOM PS3.15 A.5, which FHIR's audit events share.
type Class struct {
	Kind    string
	ID      Code   // of the event
	Types   []Code // of the event, the most telling first
	Action  byte   // C, R, U, D or E
	Outcome int    // where the record does not say how it ended: 0, 4, 8 or 12
	Text    string // what happened, for people
	Alone   bool   // one person acted without a second one, in an emergency
}

// ours is the code system of what DICOM has no code for.
const ours = "countersign"

// The events that say which way something went: then other systems want to know from where, and to where.
var (
	Export = Code{"", "110106", "Export"}
	Import = Code{"", "110107", "Import"}
)

// The events of PS3.16, CID 400, and their types, CID 401 to 403 and 405, that records are.
var (
	application    = Code{"", "110100", "Application Activity"}
	securityAlert  = Code{"", "110113", "Security Alert"}
	authentication = Code{"", "110114", "User Authentication"}

	started        = Code{"", "110120", "Application Start"}
	stopped        = Code{"", "110121", "Application Stop"}
	login          = Code{"", "110122", "Login"}
	logout         = Code{"", "110123", "Logout"}
	networkConfig  = Code{"", "110128", "Network Configuration"}
	securityConfig = Code{"", "110129", "Security Configuration"}
	softwareConfig = Code{"", "110131", "Software Configuration"}
	restricted     = Code{"", "110132", "Use of Restricted Function"}
	auditStopped   = Code{"", "110133", "Audit Recording Stopped"}
	auditStarted   = Code{"", "110134", "Audit Recording Started"}
	objectSecurity = Code{"", "110135", "Object Security Attributes Changed"}
	rolesChanged   = Code{"", "110136", "Security Roles Changed"}
	userSecurity   = Code{"", "110137", "User Security Attributes Changed"}
	override       = Code{"", "110127", "Emergency Override Started"}
	overrideEnded  = Code{"", "110138", "Emergency Override Stopped"}
	serviceStarted = Code{"", "110141", "Local Service Operation Started"}
	serviceStopped = Code{"", "110142", "Local Service Operation Stopped"}
)

func our(value, text string) Code { return Code{ours, value, text} }

// own is a class of an event type of our own, beside the code of DICOM that comes nearest.
func own(kind string, id Code, near []Code, action byte, outcome int, text string) Class {
	return Class{Kind: kind, ID: id, Types: append(near, our(kind, text)), Action: action, Outcome: outcome, Text: text}
}

// named is a class that one of DICOM's codes says all of.
func named(kind string, id, of Code, outcome int, text string) Class {
	return Class{Kind: kind, ID: id, Types: []Code{of}, Action: 'E', Outcome: outcome, Text: text}
}

// alert is a security alert, whose action is always E.
func alert(kind string, near Code, outcome int, text string) Class {
	return own(kind, securityAlert, []Code{near}, 'E', outcome, text)
}

// glass is an alert about what one person does alone.
func glass(kind string, near Code, outcome int, text string) Class {
	c := alert(kind, near, outcome, glassText+text)
	c.Alone = true
	return c
}

const (
	glassText = "Break-glass: "
	drillText = "Drill: "
)

// classes are all kinds of records that the console writes.
var classes = index([]Class{
	named("console.started", application, started, 0, "Console started"),
	named("console.stopped", application, stopped, 0, "Console stopped"),
	alert("console.network", networkConfig, 0, "Search on the network allowed or ended"),

	alert("log.epoch", securityConfig, 0, "The machine's key changed"),
	alert("log.rolled-back", objectSecurity, 12, "A copy knows of a longer or another log"),
	alert("log.set-aside", auditStopped, 12, "Damaged log set aside"),
	alert("log.fork", auditStarted, 4, "This log follows one that could not go on"),

	alert("people.genesis", userSecurity, 0, "Log founded by two persons"),
	alert("people.enrolled", userSecurity, 0, "Person enrolled"),
	alert("people.role", rolesChanged, 0, "Role given"),
	alert("people.suspended", userSecurity, 0, "Person suspended"),
	alert("people.restored", userSecurity, 0, "Person may act again"),
	alert("people.revoked", userSecurity, 0, "Person's part ended for good"),
	alert("people.key-rotated", userSecurity, 0, "Personal key replaced"),
	alert("people.sealed-codes", userSecurity, 0, "Sealed codes printed"),
	alert("policy.signed", securityConfig, 0, "Rules put in force"),
	alert("profile.approved", securityConfig, 0, "Writing with a profile or register map allowed"),
	named("people.signed-in", authentication, login, 0, "Signed in"),
	named("people.signed-out", authentication, logout, 0, "Signed out"),
	named("people.wrong-passphrase", authentication, login, 4, "Wrong passphrase"),
	named("people.proved", authentication, login, 0, "Right passphrase after wrong ones"),
	named("people.vouched", authentication, login, 0, "A colleague was there when somebody signed in"),

	own("device.identified", securityAlert, []Code{serviceStarted}, 'E', 0, "Device identified"),
	own("device.read", application, nil, 'R', 0, "Device read"),
	own("device.released", securityAlert, []Code{serviceStopped}, 'E', 0, "Device released"),

	own("change.requested", application, nil, 'C', 0, "Change requested"),
	own("change.mismatch", application, nil, 'E', 4, "A blind entry differed"),
	own("change.approved", application, nil, 'U', 0, "Change approved"),
	own("change.returned", application, nil, 'U', 0, "Request returned to be edited"),
	own("change.refused", application, nil, 'U', 0, "Change refused"),
	own("change.withdrawn", application, nil, 'U', 0, "Request withdrawn"),
	own("change.expired", application, nil, 'U', 0, "Request expired"),
	own("change.superseded", application, nil, 'U', 0, "Request superseded"),
	own("change.comment", application, nil, 'U', 0, "Remark on a request"),
	alert("change.waived", restricted, 4, "A change is allowed although a patient may be connected"),
	alert("change.stopped", restricted, 4, "A change ended before anything was sent"),
	alert("change.intent", restricted, 0, "An approval is used: settings are being written"),
	alert("change.outcome", softwareConfig, 0, "Settings written and read back"),
	alert("change.resolved", softwareConfig, 0, "What was unknown was read"),
	alert("change.accepted", softwareConfig, 0, "What the device took instead was accepted"),
	alert("template.signed", securityConfig, 0, "Template signed"),
	alert("template.ended", securityConfig, 0, "Template ended"),

	own("cosign.exported", Export, nil, 'R', 0, "A request left for another console"),
	alert("cosign.trusted", securityConfig, 0, "Another console was recognised by its words"),
	own("cosign.seen", Import, nil, 'C', 0, "Heads of another console's log seen"),
	alert("cosign.refused", objectSecurity, 12, "Another console's log was forked or rolled back"),
	own("cosign.mismatch", application, nil, 'E', 4, "A blind entry for another console differed"),
	own("cosign.returned", application, nil, 'U', 0, "Another console's request returned"),
	named("cosign.wrong-passphrase", authentication, login, 4, "Wrong passphrase"),
	own("cosign.signed", Export, nil, 'R', 0, "An approval left for another console"),
	own("cosign.taken", Import, nil, 'C', 0, "An approval from another console came in"),

	glass("emergency.opened", override, 4, "emergency session opened"),
	glass("emergency.extended", restricted, 4, "session extended"),
	glass("emergency.continued", override, 4, "interrupted session continued"),
	glass("emergency.intent", restricted, 4, "settings are being written"),
	glass("emergency.outcome", softwareConfig, 4, "settings written and read back"),
	glass("emergency.stopped", restricted, 4, "nothing was sent"),
	glass("emergency.closed", overrideEnded, 0, "session ended"),
	glass("emergency.interrupted", overrideEnded, 8, "session interrupted"),
	glass("emergency.paper", auditStopped, 8, "entered from paper while nothing could be recorded"),
	alert("emergency.imported", auditStarted, 4, "Records of a process that is gone were taken in"),
	alert("emergency.strange", objectSecurity, 12, "A record in the emergency journal that no session wrote"),
	own("emergency.account", application, nil, 'C', 0, glassText+"account written"),
	own("emergency.reviewed", application, nil, 'C', 0, glassText+"session reviewed"),
	own("emergency.drift", application, nil, 'R', 0, glassText+"what the device held afterwards"),
	own("emergency.done", application, nil, 'E', 0, drillText+"finished"),

	own("export.made", Export, nil, 'R', 0, "Records exported"),
	own("export.failed", Export, nil, 'R', 8, "An export could not be finished"),
	own("export.receipt", Import, nil, 'C', 0, "An auditor's receipt taken in"),
	own("backup.made", Export, nil, 'R', 0, "Backup made"),
	alert("backup.restored", auditStarted, 12, "The console was put back from a backup"),
	own("retention.archived", Export, nil, 'R', 0, "An archive is kept somewhere for good"),
	alert("retention.hold", securityConfig, 0, "Legal hold placed"),
	alert("retention.released", securityConfig, 0, "Legal hold released"),
})

// index gives each class its kind, and each kind of an emergency session the drill's beside it: nothing that is practised is an
// emergency to whoever counts those.
func index(rows []Class) map[string]*Class {
	all := make(map[string]*Class, len(rows))
	for i := range rows {
		all[rows[i].Kind] = &rows[i]
		if ending, of := strings.CutPrefix(rows[i].Kind, emergencyPrefix); of && rows[i].Alone && ending != "paper" {
			c := own(drillPrefix+ending, application, nil, 'E', 0, drillText+strings.TrimPrefix(rows[i].Text, glassText))
			all[c.Kind] = &c
		}
	}
	return all
}

// unknown is the class of a kind that is not in the table: a later version's.
var unknown = own("other", application, nil, 'E', 0, "Record of a kind that this version does not know")

// drill is the class of what a later version practises.
var drill = own("drill", application, nil, 'E', 0, "Drill")

// Classes returns the classes of all kinds that this version writes, in the order of the kinds.
func Classes() []Class {
	all := make([]Class, 0, len(classes))
	for _, kind := range slices.Sorted(maps.Keys(classes)) {
		all = append(all, *classes[kind])
	}
	return all
}
