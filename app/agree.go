package main

import (
	"context"
	"image"
	"os"
	"time"

	"countersign/app/ui/changes"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/app/ui/templates"
	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/policy"
	"countersign/internal/qr"
	"countersign/internal/statement"
)

// rules are those in force: the site's, or the minimum.
func (c *composer) rules(ctx context.Context) (policy.Policy, error) {
	rules, err := c.roster.Rules(ctx)
	return rules.Policy, err
}

// changes are the two pages of requests: of this console, and of another one.
func (c *composer) changes(o options) (*changes.Screen, *changes.Elsewhere) {
	deps := changes.Deps{
		Desk: c.desk, Seat: c.seat, People: c.roster.People, Devices: c.inventory, Execute: c.execute,
		Rules: c.rules, Resolve: c.resolve, Station: c.station, QR: func(text string) (image.Image, error) { return qr.Image(text, 4) }, Folder: outbox(),
		Again: func(r change.Request, key string) {
			c.page.Again(r, key)
			c.open(shell.Route{Screen: "device", ID: key})
		},
		Keep: func(r change.Request, key string) {
			c.begin(key, func(d drivers.Description) []drivers.Change { return values(r, d) })
		},
		Labels: labels(all.All()), Board: c.board, Open: c.open, SignIn: c.signIn.Ask, Now: time.Now,
		Changed: c.refresh,
		Result:  func(s kit.State, sentence string, details func()) { c.shell.Result(s, sentence, details) },
	}
	return changes.New(c.ctx, deps, c.runner), changes.NewElsewhere(c.ctx, deps, c.runner)
}

// outbox is the folder that files for other laptops go to unless a person names another one.
func outbox() string {
	folder, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	return folder
}

// resolve reads what a device holds after a write whose outcome is unknown.
func (c *composer) resolve(ctx context.Context, id string, d inventory.Device) (change.Result, error) {
	conversation := d.Session()
	if conversation == nil {
		return change.Result{}, fault.New(fault.PortGone, d.Name(), nil)
	}
	return c.desk.Resolve(ctx, conversation, id)
}

// standing is the page of templates.
func (c *composer) standing() *templates.Screen {
	return templates.New(c.ctx, templates.Deps{Desk: c.desk, People: c.roster.People, Prove: c.seat.Prove, Devices: c.inventory.Devices, Open: c.open, Now: time.Now}, c.runner)
}

// keep begins a template with what is staged for a device.
func (c *composer) keep(key string, staged []drivers.Change) {
	c.begin(key, func(drivers.Description) []drivers.Change { return staged })
}

func (c *composer) begin(key string, values func(drivers.Description) []drivers.Change) {
	kit.Load(c.runner.Lane(c.ctx), func(ctx context.Context) (inventory.Device, error) {
		d, err := c.inventory.Device(key)
		if err != nil || d.Read != nil {
			return d, err
		}
		if err := c.inventory.ReadAll(ctx, c.seat.Actor(), key); err != nil { // what was read before a write is forgotten after it
			return d, err
		}
		return c.inventory.Device(key)
	}, func(d inventory.Device, err error) {
		if err == nil && (d.Driver == nil || d.Read == nil) {
			err = fault.New(fault.PortGone, d.Name(), nil)
		}
		if err != nil {
			c.shell.Fault(err)
			return
		}
		description := d.Read.Description
		c.templates.Begin(templates.Draft{Driver: d.Driver, Identity: d.Identity, Description: description, Values: values(description)})
		c.open(shell.Route{Screen: "templates"})
	})
}

// values are those of a verified request, as a device describes its settings.
func values(r change.Request, d drivers.Description) []drivers.Change {
	var all []drivers.Change
	for _, l := range r.Set {
		setting, ok := d.Setting(l.ID)
		if !ok {
			continue
		}
		if v, err := statement.ParseToken(setting.Kind, l.Wanted); err == nil {
			all = append(all, drivers.Change{Setting: l.ID, Wanted: v})
		}
	}
	return all
}

// labels are how the devices of these drivers call their settings.
func labels(known []drivers.Driver) map[string]map[drivers.SettingID]string {
	all := map[string]map[drivers.SettingID]string{}
	for _, d := range known {
		if l, ok := d.(drivers.Labeler); ok {
			all[d.About().ID] = l.Labels()
		}
	}
	return all
}
