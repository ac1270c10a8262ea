package people

import "errors"

// CodeSheet is what is printed of a set of codes: each of them on two strips, to be cut out, sealed in envelopes and kept in two
// places. It is as secret as a key.
type CodeSheet struct {
	Origin string
	Set    string
	Codes  []string // as they are printed
}

// Sheet returns what is printed of the set.
func (f Fresh) Sheet(origin string) CodeSheet { return CodeSheet{origin, f.Set, f.Codes} }

// CodeSheetTexts are the words around the codes, in the language of those who find the envelopes.
type CodeSheetTexts struct {
	Language string // as HTML names it: "en", "de"
	Title    string
	Purpose  string    // what to do with the page: cut, seal, two places, delete the file
	For      string    // on each strip: "for emergencies at", before the origin
	Number   string    // label of the number
	Place    [2]string // on each strip: where the one copy and the other one is kept
	Use      string    // on each strip: how the code is used
	After    string    // on each strip: what to do after use
}

// HTML returns the sheet as a page of A4 that needs nothing else: no script, no font, nothing from a network.
func (s CodeSheet) HTML(CodeSheetTexts) ([]byte, error) { return nil, errors.ErrUnsupported }
