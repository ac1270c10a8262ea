package main

import (
	"errors"
	"flag"
	"fmt"
)

// options are what the command line says.
type options struct {
	training bool
	data     string
	ward     string
	outline  string
	language string
	rebuild  bool
	mirror   string
	restore  string // the backup to put back
	identity string // the file of the identity that opens it
	setAside bool   // what is in the data folder may get another name
}

// origin names the log when it is made.
func (o options) origin() string {
	if o.training {
		return "training/" + workstation()
	}
	return "site/" + workstation()
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("countersign", flag.ContinueOnError)
	flags.BoolVar(&o.training, "training", false, "practise on simulated devices, with a data folder of its own; no real device is touched")
	flags.StringVar(&o.data, "data", "", "the data `folder`; without it, one in this user's configuration folder")
	flags.StringVar(&o.ward, "ward", "", "in training, the `program` that simulates the ward; without it, countersign-sim beside this one")
	flags.StringVar(&o.outline, "outline", "", "keep a list of everything visible in this `file`, for automated tests of the window")
	flags.StringVar(&o.language, "language", "", "en or de; without it, the system's")
	flags.BoolVar(&o.rebuild, "rebuild", false, "open no window; make the tables beside the audit log again, print whether they held what the log says, and end")
	flags.StringVar(&o.mirror, "mirror", "", "a second `folder` for the records of emergencies, on another drive for one; without it, one in this user's cache folder")
	flags.StringVar(&o.restore, "restore", "", "open no window; put a console back from this backup `file` into the data folder, which must be new or empty, and end")
	flags.StringVar(&o.identity, "identity", "", "with -restore, the `file` of the age identity that opens a sealed backup")
	flags.BoolVar(&o.setAside, "set-aside", false, "with -restore, give a data folder that is not empty another name; nothing is deleted")
	showVersion := flags.Bool("version", false, "print the version and end")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(flags.Output(), "countersign: %q is not an option; try -help\n", flags.Arg(0))
		return o, errors.New("arguments")
	}
	if *showVersion {
		fmt.Println("countersign", version)
		return o, flag.ErrHelp
	}
	return o, nil
}
