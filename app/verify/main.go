// Countersign-verify is the auditor's tool: it reads an export bundle, believes nothing of it, and says what it proves. It is one
// file without cgo, needs no network, writes nothing but what it is asked to, and never opens a console's data.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"countersign/internal/fault"
	"countersign/internal/verify"
)

// version is set by the linker.
var version = "unversioned"

const usage = `countersign-verify: says what an export bundle of a Countersign console proves. It believes nothing and needs no network.

  countersign-verify [flags] BUNDLE
  countersign-verify keygen FILE
        makes an auditor's key for receipts: the secret in FILE, the public half in FILE.pub
  countersign-verify --version

Flags
  --genesis 'WORDS'   the twelve words from the founders' paper, or the SHA-256 of the founding in hexadecimal. Without it the
                      verdict is UNANCHORED at best: a log that was made up as a whole cannot be told from a true one.
  --previous FILE     a bundle of the same console from before; may be given several times
  --receipt FILE      a receipt from before; may be given several times
  --head 'ORIGIN SIZE ROOT'
                      a head of the log that was kept elsewhere, the root in base64; may be given several times
  --identity FILE     the age identities to decrypt the bundle with
  --json              say it for programs
  --receipt-out FILE --as NAME --key FILE
                      write a receipt of this verification, signed with the auditor's key; not for a bundle that failed

Exit status
  0 VERIFIED   1 VERIFIED WITH FINDINGS   2 wrong usage   3 UNANCHORED   4 FAILED   5 the medium cannot be read
`

// The exit codes besides those of the verdicts.
const (
	exitUsage  = 2
	exitMedium = 5
)

// errUsage is what the caller asked for and cannot be.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// list is a flag that may be given several times.
type list []string

// String implements flag.Value.
func (l *list) String() string { return fmt.Sprint(*l) }

// Set implements flag.Value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// asked is the command line.
type asked struct {
	genesis, identity, receiptOut, as, key string
	previous, receipts, heads              list
	json, version                          bool
	bundle                                 string
}

func parse(args []string) (a asked, err error) {
	flags := flag.NewFlagSet("countersign-verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&a.genesis, "genesis", "", "")
	flags.StringVar(&a.identity, "identity", "", "")
	flags.StringVar(&a.receiptOut, "receipt-out", "", "")
	flags.StringVar(&a.as, "as", "", "")
	flags.StringVar(&a.key, "key", "", "")
	flags.Var(&a.previous, "previous", "")
	flags.Var(&a.receipts, "receipt", "")
	flags.Var(&a.heads, "head", "")
	flags.BoolVar(&a.json, "json", false, "")
	flags.BoolVar(&a.version, "version", false, "")
	if err := flags.Parse(args); err != nil {
		return a, fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case a.version:
		return a, nil
	case flags.NArg() != 1:
		return a, fmt.Errorf("%w: one bundle is verified at a time", errUsage)
	case a.receiptOut != "" && (a.as == "" || a.key == ""):
		return a, fmt.Errorf("%w: --receipt-out needs --as and --key", errUsage)
	}
	a.bundle = flags.Arg(0)
	return a, nil
}

// run does what the command line asks for, and returns how the program ends.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	if len(args) == 2 && args[0] == "keygen" {
		return ended(errs, keygen(args[1], out))
	}
	a, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return 0
	}
	if err != nil {
		fmt.Fprint(errs, verify.Clean(err.Error())+"\n\n"+usage)
		return exitUsage
	}
	if a.version {
		fmt.Fprintln(out, "countersign-verify "+version)
		return 0
	}
	report, err := a.verify(ctx, errs)
	if err != nil {
		return ended(errs, err)
	}
	if err := a.say(report, out); err != nil {
		return ended(errs, err)
	}
	if err := a.receipt(report); err != nil {
		return ended(errs, err)
	}
	return report.Verdict.ExitCode()
}

// ended says why there is no verdict.
func ended(errs io.Writer, err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, verify.Clean("countersign-verify: "+err.Error()))
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitMedium
}

func (a asked) verify(ctx context.Context, errs io.Writer) (verify.Report, error) {
	o := verify.Options{Genesis: a.genesis, Progress: progress(errs)}
	identities, err := readIdentities(a.identity)
	if err != nil {
		return verify.Report{}, err
	}
	if o.Known, err = a.known(ctx, identities); err != nil {
		return verify.Report{}, err
	}
	b, err := openBundle(a.bundle, identities)
	if err != nil {
		return verify.Report{}, err
	}
	defer b.Close()
	report, err := verify.Bundle(ctx, b, b.size, o)
	o.Progress(0, 0, 0)
	if fault.Is(err, fault.Cancelled) {
		return report, errors.New("interrupted: there is no verdict")
	}
	return report, err
}

func (a asked) say(report verify.Report, out io.Writer) error {
	if !a.json {
		return report.Text(out)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(report)
}

// progress shows on a terminal, and nowhere else, how far it has come. Step 0 takes it away again.
func progress(errs io.Writer) func(step int, done, of int64) {
	file, ok := errs.(*os.File)
	if !ok {
		return func(int, int64, int64) {}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int, int64, int64) {}
	}
	last := int64(-1)
	return func(step int, done, of int64) {
		percent := int64(100)
		if of > 0 {
			percent = 100 * done / of
		}
		if at := int64(step)*1000 + percent; at != last {
			last = at
			text := ""
			if step > 0 {
				text = fmt.Sprintf("step %d of 9: %d %%", step, percent)
			}
			fmt.Fprintf(file, "\r%-24s\r%s", "", text)
		}
	}
}
