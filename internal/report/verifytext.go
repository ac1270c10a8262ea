package report

import (
	"encoding/base64"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/founding"
)

// writeVerify writes what a person does with a bundle who trusts neither it nor the console.
func writeVerify(t *text, s *Summary) {
	h := s.Heading
	t.printf("HOW TO CHECK THIS EXPORT\n\nSite    %s\nLog     %s\nMade    %s by %s\n", cases.Visible(h.Site), cases.Visible(h.Origin), h.Made.UTC().Format("2006-01-02T15:04:05.000Z"), cases.Visible(h.Program))
	t.printf("Scope   %s; %s\n", scopeWord(h), period(h))
	t.printf("Head    %d records, root %s\n", h.Head.Size, base64.StdEncoding.EncodeToString(h.Head.Root[:]))
	for _, stamp := range stamps(h) {
		t.printf("*** %s ***\n", stamp)
	}
	t.printf("\nThe founding of the log, by which everything else is known:\n")
	if s.Founding == nil {
		t.printf("  its record is not shown in this export\n")
	} else {
		t.printf("  SHA-256  %s\n", founding.Digits(s.Founding))
		if words, err := founding.Words(s.Founding); err == nil {
			t.printf("  words    %s\n           %s\n", strings.Join(words[:6], " "), strings.Join(words[6:], " "))
		}
	}
	t.printf("%s", procedure)
	if h.Scope != formats.Full {
		t.printf("%s", withheld)
	}
	t.printf("%s", algorithm)
}

const procedure = `
WHAT TO DO

1. Get the program countersign-verify from somebody you trust, not from whoever gave you this export.
   It needs no network and no installation, and believes nothing that an export says of itself.
2. Get the fingerprint of the founding from somebody you trust: the two people who founded the log wrote
   it down or printed it. Do not use the one above for that: it is part of what you are checking.
3. Run
       countersign-verify --genesis "<fingerprint or twelve words>" <this export>
   and, where you have an earlier export or a receipt of one, name it too: the program then proves that
   nothing that was there is gone.
4. Read the verdict.
       VERIFIED                the records are those that were signed, as far as they are shown
       VERIFIED WITH FINDINGS  so they are, and something in them asks for a second look
       UNANCHORED              they agree with each other; who founded the log was not compared
       FAILED                  something was changed, is missing or was made up; the first place is named
   It answers three questions separately: was anything altered, is anything missing, are the signers known.

The files for people, report/ and csv/, are made from the records by a program. Step 8 below makes them again
and compares: in a verified export they say what the records say.
`

const withheld = `
This export does not show every record. Hashes stand for those that are withheld, so that nothing could be
slipped in or changed among the ones that are shown; what the others say is not here.
`

const algorithm = `
HOW IT IS CHECKED, IN SHORT

Every step can be done again by another program. The format is described in the document "bundle" of the
project.

1. MANIFEST lists every file with its size and SHA-256; MACHINE is the machine's signature over MANIFEST, and
   EXPORT, where it is there, the statement of the person who exported.
2. The founding: two signatures over one text, whose SHA-256 is compared with the one that you brought.
3. keys/roster.jsonl has the statements by which people came, changed their roles or keys, and left. Each is
   signed by those who could do that then. keys/epochs.txt has the machine's keys: "epoch <number> <record>
   <how it follows> <public key, base64>"; each is signed by the one before.
4. log/leaves-*.jsonl has the records, one JSON object a line in exactly one spelling. The hash of a record is
   SHA-256 over a zero byte and its line without the end of line (RFC 6962). "prev" is the hash of the record
   before. All hashes make a Merkle tree (RFC 6962); log/outside.txt has the roots of the subtrees that are
   not shown: "node <from> <to> <SHA-256>". The roots at the sizes of log/checkpoints.txt must be those that
   the machine signed, each with the key of its epoch.
5. "stmt" of a record is a statement with the signatures of its persons (C2SP signed note, Ed25519). It names
   the size and root of the log as its signers saw it: every signature vouches for all that came before.
6. What must be true of the whole is checked again: nobody approves their own request, an approval is used
   once, every writing has an intent and an outcome, and so on.
7. log/consistency.txt proves that this log continues the one of the export before (RFC 6962).
8. Every file besides log/, emergency/frames.jsonl, MANIFEST, MACHINE and EXPORT is made again from the records
   and compared, byte for byte.
9. The verdict, and what only this machine's own key vouches for.
`
