package kit

import "time"

// Span writes a time that has passed as people say it: "4 h", "3 d".
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return T("audit.span.moment")
	case d < 2*time.Hour:
		return T("audit.span.minutes", Data{"N": int(d / time.Minute)})
	case d < 2*day:
		return T("audit.span.hours", Data{"N": int(d / time.Hour)})
	}
	return T("audit.span.days", Data{"N": int(d / day)})
}
