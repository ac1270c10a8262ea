package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/app/ui/export"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/bundle"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/preflight"
	"countersign/internal/statement"
)

// export is the screen on which the log is handed out.
func (c *composer) export() *export.View {
	engine := &exports{engine: c.engine, record: c.record, known: bundle.NewExports(c.db)}
	return export.New(c.ctx, export.Deps{
		Exports: engine, Log: c.log, Board: c.board, Devices: engine.devices, People: c.roster.People,
		Me: func() (people.Person, bool) {
			if who := c.seat.Current(); who != nil {
				return who.Person, true
			}
			return people.Person{}, false
		},
		Prove: c.seat.Prove, SeatChanged: c.seat.Changed, SignIn: c.signIn.Ask, Hint: c.hint(c.options),
		Places: export.Places, Free: preflight.Free, Show: export.OpenFolder, Result: c.result, Now: time.Now,
	}, c.runner, c.open)
}

// everywhere are the commands that need no section of the rail.
func (c *composer) everywhere() []shell.Command {
	return []shell.Command{{ID: "export", Label: "export.command", Menu: shell.MenuFile, Key: "E", Modifier: shell.Ctrl, Do: c.toExport}}
}

func (c *composer) toExport() { c.open(shell.Route{Screen: export.Screen}) }

// exports is the engine of bundles as the screen wants it.
type exports struct {
	*engine
	record *record
	known  *bundle.Exports

	looking sync.Mutex
	read    int64 // records of which the devices are in names
	names   []string
}

// devices are those that records name, in the order of their names. What was read once is not read again.
func (e *exports) devices(ctx context.Context) ([]string, error) {
	e.looking.Lock()
	defer e.looking.Unlock()
	err := e.record.log.Each(ctx, e.read, func(r audit.Record) error {
		if device, ok := r.Body.Text("device"); ok && device != "" {
			if at, there := slices.BinarySearch(e.names, device); !there {
				e.names = slices.Insert(e.names, at, device)
			}
		}
		e.read = r.Seq + 1
		return ctx.Err()
	})
	return slices.Clone(e.names), err
}

// Span implements export.Exports.
func (e *exports) Span(ctx context.Context, from, to time.Time) (first, next int64, err error) {
	return bundle.Span(ctx, e.record.log, from, to)
}

// List implements export.Exports.
func (e *exports) List(ctx context.Context) ([]export.Earlier, error) {
	all, err := e.known.List(ctx)
	list := make([]export.Earlier, 0, len(all))
	for _, one := range all {
		list = append(list, export.Earlier{Seq: one.Seq, At: one.At, By: one.By.Name, Failed: one.Failed, From: one.From, To: one.To, Shown: one.Shown,
			Scope: string(one.Scope), For: one.For, File: one.File, Fingerprint: one.Fingerprint, Receipt: export.ReceiptState(one.Receipt), Auditor: one.Auditor})
	}
	return list, err
}

// selected is a selection in the engine's words.
func selected(s export.Selection) bundle.Selection {
	in := bundle.Selection{From: s.From, To: s.To, Device: s.Device, Person: s.Person, Reason: s.Reason}
	for _, without := range s.Without {
		switch without {
		case export.SignIns:
			in.Without = append(in.Without, bundle.SignIns)
		case export.Words:
			in.Without = append(in.Without, bundle.Comments, bundle.Accounts)
		}
	}
	return in
}

// Preview implements export.Exports.
func (e *exports) Preview(ctx context.Context, s export.Selection, progress func(done, of int64)) (export.Preview, error) {
	p, err := bundle.Look(ctx, e.record.log, selected(s), progress)
	return export.Preview(p), err
}

// Write implements export.Exports.
func (e *exports) Write(ctx context.Context, o export.Order, progress func(stage string, done, of int64)) (export.Made, error) {
	request := bundle.Request{
		Source: e.record.log, Exports: e.known, Selection: selected(o.Selection), For: o.For, Folder: o.Folder, Recipient: o.Recipient,
		Actor: console, Program: "countersign " + version, Simulated: e.options.training, Frames: e.outside,
	}
	if o.Signer != nil {
		if err := policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Export, Person: o.Signer.Policy()}); err != nil {
			return export.Made{}, err
		}
		request.Actor, request.Sign = o.Signer.Actor(), e.signing(o.Signer)
	}
	if sheet, err := e.record.roster.Sheet(ctx); err == nil { // before a founding there are no words
		request.Genesis = strings.Join(sheet.Words, " ")
	}
	made, err := bundle.Write(ctx, request, progress)
	if err != nil {
		return export.Made{}, err
	}
	m := made.Manifest
	out := export.Made{Path: made.Path, Size: made.Size, Records: m.Shown, From: m.From, To: m.To, Equal: true, Verdict: string(made.Report.Verdict),
		Findings: len(made.Report.Findings) + int(made.Report.More), Broken: made.Broken, Fingerprint: made.Fingerprint, Code: made.Code, Encrypted: made.Encrypted}
	if made.Signed {
		out.By = o.Signer.Name
	}
	return out, nil
}

// signing is how a person whose key is open signs for an export.
func (e *exports) signing(signer *people.Signer) func(context.Context, bundle.Said) (string, error) {
	return func(_ context.Context, said bundle.Said) (string, error) {
		by, err := e.record.roster.By(signer.Person)
		if err != nil {
			return "", err
		}
		by.Log = statement.LogHead{Origin: said.Head.Origin, Size: said.Head.Size, Root: said.Head.Root}
		text, err := statement.Export{By: by, From: said.From, To: said.To, Manifest: said.Manifest, For: said.For}.Text()
		if err != nil {
			return "", err
		}
		return signer.Sign(text)
	}
}

// outside are the records of emergencies that the log has not taken in.
func (e *exports) outside(ctx context.Context) ([][]byte, error) {
	_ = e.importer.Take(ctx) // what it does not take is outside
	return e.importer.Outside(ctx, e.journals.Folder(), e.mirror.Folder())
}
