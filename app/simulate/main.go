// Countersign-sim is the simulated ward: devices that are not there, on serial lines and addresses that are, in a
// process of their own. The training mode of the console, the story and the tests talk to it as they would to the real
// ones. It is not a model of patients or therapy, and whatever it names says that it is simulated.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// version is set by the linker.
var version = "unversioned"

const usage = `countersign-sim: a simulated ward for training and tests. Nothing in it is a real device.

  countersign-sim --ward DIR [--interfaces loopback|all|none] [--name TEXT] [--with-parent] [--quiet]
        runs a ward until it is interrupted (SIGINT, SIGTERM)
  countersign-sim fault --ward DIR SERIAL FAULT [N]
        makes a device of a running ward misbehave
  countersign-sim clear --ward DIR SERIAL FAULT
        makes it behave again
  countersign-sim list --ward DIR
        lists the devices of a running ward and their faults
  countersign-sim --version

Flags
  --ward DIR      the ward's folder. It is made if needed, and must be open to nobody else. While the ward runs it holds
                    ports/        one serial port for each serial device (not on Windows)
                    ward.json     what there is; it appears when all of it is up
                    control.sock  where the commands fault, clear and list arrive (on Windows an address in ward.json)
  --interfaces W  where network devices announce themselves: loopback (the default: only this machine hears them and can
                  connect), all (every interface that can carry multicast; others on the network can connect), none
  --name TEXT     is added to every announced name, so that two wards can be told apart
  --with-parent   stop when standard input closes, as it does when the program that started the ward has ended
  --quiet         log warnings only

On a terminal the commands fault, clear and list can also be typed while the ward runs, without --ward.

When all is up, one line "ready DIR/ward.json" goes to standard output. The log goes to standard error.

Faults, and what N means
  unplug [N]      the cable is pulled: now, or after N more bytes from the device. Clear it to plug the device in again
  silence         nothing that the device sends arrives
  garbage N       every Nth byte from the device is another one
  refuse          the device says no to every write
  ignore          the device acknowledges a write and does nothing
  clamp N         the device acknowledges a write and sets N below what was asked
  revert N        the device takes a write and goes back to what it had after N reports
  badclock N      the device's clock is N seconds ahead
  swap            another unit of the same model answers
  patient         the device is measuring a (simulated) patient
`

// errUsage asks for the program to be called in another way.
var errUsage = errors.New("countersign-sim --help says how it is used")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program, with its exit status.
func run(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, stdin, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, err)
		return 2
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func dispatch(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return ask(ctx, args, stdout)
	}
	var o options
	var parent, quiet, showVersion bool
	flags := newFlags(&o.folder)
	flags.StringVar(&o.interfaces, "interfaces", onLoopback, "")
	flags.StringVar(&o.name, "name", "", "")
	flags.BoolVar(&parent, "with-parent", false, "")
	flags.BoolVar(&quiet, "quiet", false, "")
	flags.BoolVar(&showVersion, "version", false, "")
	if err := parse(flags, args); err != nil {
		return err
	}
	switch {
	case showVersion:
		fmt.Fprintln(stdout, "countersign-sim", version)
		return nil
	case o.folder == "":
		return fmt.Errorf("the ward needs a folder (--ward DIR): %w", errUsage)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is one word too many: %w", flags.Arg(0), errUsage)
	}
	level := slog.LevelInfo
	if quiet {
		level = slog.LevelWarn
	}
	o.log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	return runWard(ctx, o, parent, stdin, stdout)
}

// runWard keeps a ward until ctx ends or, with a parent, standard input does.
func runWard(ctx context.Context, o options, parent bool, stdin *os.File, stdout io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w, err := openWard(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	switch {
	case parent:
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			o.log.Info("the program that started the ward has ended")
			stop()
		}()
	case isTerminal(stdin):
		go w.converse(stdin, stdout)
	}
	fmt.Fprintln(stdout, "ready", w.folder.wardFile())
	<-ctx.Done()
	return nil
}

// ask sends a command to a running ward and prints what it answers.
func ask(ctx context.Context, args []string, stdout io.Writer) error {
	var folder string
	flags := newFlags(&folder)
	if err := parse(flags, args[1:]); err != nil {
		return err
	}
	if folder == "" {
		return fmt.Errorf("which ward is meant (--ward DIR)? %w", errUsage)
	}
	line := strings.Join(append(args[:1:1], flags.Args()...), " ")
	if _, err := parseCommand(line); err != nil {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	answer, err := send(ctx, folder, line)
	if err != nil {
		return err
	}
	for _, line := range answer {
		fmt.Fprintln(stdout, line)
	}
	return nil
}

func newFlags(folder *string) *flag.FlagSet {
	flags := flag.NewFlagSet("countersign-sim", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(folder, "ward", "", "")
	return flags
}

func parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	return err
}
