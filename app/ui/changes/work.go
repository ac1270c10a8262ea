package changes

import (
	"context"
	"image"
	"strings"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/task"

	"golang.org/x/text/unicode/norm"
)

// What follows runs in the background, each piece in a lane of its own that nothing stops: a key that was opened must be
// taken in or locked, and what was recorded or written must be told.

func work[T any](s *Screen, do func(context.Context) (T, error), show func(T, error)) {
	aside(s, do, func(v T, err error) {
		show(v, err)
		s.render()
		if s.shown && s.model.id != "" {
			s.page.settle()
		}
	})
}

// aside is work that leaves the keyboard where it is.
func aside[T any](s *Screen, do func(context.Context) (T, error), show func(T, error)) {
	s.render()
	kit.Load(s.runner.Lane(s.ctx), do, func(v T, err error) {
		show(v, err)
		s.render()
	})
}

// prove opens the second person's key. Who is signed in stays signed in.
func (s *Screen) prove(personID, passphrase string) {
	number, person, ok := s.model.prove(personID)
	if !ok {
		s.render()
		return
	}
	work(s, func(ctx context.Context) (*people.Signer, error) {
		return s.deps.Seat.Prove(ctx, person.ID, passphrase)
	}, func(signer *people.Signer, err error) {
		if s.model.proved(number, signer, err) {
			s.compare(nil)
		}
	})
}

// compare has the entries compared with the request.
func (s *Screen) compare(entries []change.Entry) {
	id := s.model.id
	number, person, ok := s.model.compare()
	if !ok {
		return
	}
	work(s, func(ctx context.Context) (change.Agreed, error) {
		return s.deps.Desk.Compare(ctx, person, id, entries)
	}, func(agreed change.Agreed, err error) {
		s.model.compared(number, agreed, err)
	})
}

// sign signs what was agreed to and locks the key whatever comes of it.
func (s *Screen) sign() {
	number, signer, agreed, ok := s.model.sign()
	if !ok {
		return
	}
	work(s, func(ctx context.Context) (struct{}, error) {
		defer signer.Lock()
		return struct{}{}, s.deps.Desk.Approve(ctx, signer, agreed)
	}, func(_ struct{}, err error) { s.model.signed(number, err) })
}

// decide opens another person's key, signs a decision with its reason and locks the key: it never leaves this function.
func (s *Screen) decide(a act, personID, passphrase, reason string) {
	id := s.model.id
	number, person, ok := s.model.decide(a, naming, personID)
	if !ok {
		s.render()
		return
	}
	sign := map[act]func(context.Context, *people.Signer, string, string) error{
		refuse: s.deps.Desk.Refuse, giveBack: s.deps.Desk.Return, accept: s.deps.Desk.Accept}[a]
	work(s, func(ctx context.Context) (struct{}, error) {
		signer, err := s.deps.Seat.Prove(ctx, person.ID, passphrase)
		if err != nil {
			return struct{}{}, err
		}
		defer signer.Lock()
		return struct{}{}, sign(ctx, signer, id, reason)
	}, func(_ struct{}, err error) { s.model.signed(number, err) })
}

// waive opens the keys of proposer and approver, signs with both that a patient may be connected, and locks them.
func (s *Screen) waive(approverID string, passphrases [2]string, reason string) {
	r, _ := s.model.request()
	number, approver, ok := s.model.decide(waive, naming, approverID)
	if !ok {
		s.render()
		return
	}
	work(s, func(ctx context.Context) (struct{}, error) {
		var signers [2]*people.Signer
		for i, id := range []string{r.Signer.ID, approver.ID} {
			signer, err := s.deps.Seat.Prove(ctx, id, passphrases[i])
			if err != nil {
				return struct{}{}, err
			}
			defer signer.Lock()
			signers[i] = signer
		}
		return struct{}{}, s.deps.Desk.Waive(ctx, signers, r.ID, reason)
	}, func(_ struct{}, err error) {
		if s.model.signed(number, err); err == nil {
			delete(s.model.writes, r.ID) // the attempt that the waiver answers is over
		}
		s.load()
	})
}

// comment adds a remark to the request in the name of who is signed in.
func (s *Screen) comment(text string) {
	id, signer := s.model.id, s.deps.Seat.Current()
	if signer == nil || strings.TrimSpace(text) == "" {
		s.deps.SignIn()
		return
	}
	text = norm.NFC.String(strings.Join(strings.Fields(text), " ")) // as statements keep texts
	aside(s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.deps.Desk.Comment(ctx, signer, id, text)
	}, func(_ struct{}, err error) {
		if s.model.id != id {
			return
		}
		switch s.model.notice = (notice{err: err}); {
		case err == nil:
			s.page.talk.entry.SetText("")
		case fault.Is(err, fault.Mismatch):
			s.model.notice = notice{state: kit.Caution, what: kit.T("changes.comment.value"), more: kit.T("changes.comment.value.more")}
		}
		s.load()
	})
}

// export makes the package for another laptop, and the picture of it.
func (s *Screen) export() {
	id, number := s.model.id, s.model.flow.number
	s.model.handed = &handover{busy: true}
	work(s, func(ctx context.Context) (h *handover, err error) {
		h = &handover{}
		if h.pkg, err = s.deps.Station.Export(ctx, id); err != nil {
			return nil, err
		}
		h.code, err = s.picture(h.pkg.Code)
		return h, err
	}, func(h *handover, err error) {
		if number != s.model.flow.number {
			return
		}
		if s.model.handed = h; err != nil {
			s.model.leave()
			s.model.notice = told(err)
		}
	})
}

// picture draws the code of a package, where it has one.
func (s *Screen) picture(code string) (image.Image, error) {
	if code == "" || s.deps.QR == nil {
		return nil, nil
	}
	return s.deps.QR(code)
}

// save writes the package to a file.
func (s *Screen) save(path string) {
	h := s.model.handed
	if h == nil || h.busy || len(h.pkg.File) == 0 {
		return
	}
	h.busy = true
	work(s, func(context.Context) (string, error) { return save(path, h.pkg) }, func(name string, err error) {
		h.busy, s.model.notice = false, notice{}
		if h.saved = name; err != nil {
			h.saved, s.model.notice = "", told(err)
		}
	})
}

// take takes in what another laptop gave: the file of that name, or what a scanner typed.
func (s *Screen) take(text string) {
	number := s.model.flow.number
	if s.model.flow.act != take || s.model.flow.stage != open {
		return
	}
	s.model.flow.stage = signing
	work(s, func(ctx context.Context) (change.Request, error) {
		data, err := given(text)
		if err != nil {
			return change.Request{}, err
		}
		return s.deps.Station.Take(ctx, s.deps.Seat.Actor(), data)
	}, func(r change.Request, err error) {
		if number != s.model.flow.number {
			return
		}
		if err != nil {
			s.model.flow.stage, s.model.notice = open, told(err)
			return
		}
		s.model.leave()
		s.model.notice = notice{state: kit.Approved, what: kit.T("changes.take.done", kit.Data{"Name": s.model.approvedBy(r)}), more: kit.T("changes.take.done.more")}
		if s.load(); r.ID != s.model.id {
			s.deps.Open(shell.Route{Screen: "changes", ID: r.ID})
		}
	})
}

// withdraw takes the request back with the key of who is signed in.
func (s *Screen) withdraw() {
	id, signer := s.model.id, s.deps.Seat.Current()
	number, _, ok := s.model.decide(withdraw, confirming, "")
	if !ok {
		return
	}
	work(s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.deps.Desk.Withdraw(ctx, signer, id)
	}, func(_ struct{}, err error) { s.model.signed(number, err) })
}

// write has the request written to its device. It is in the list of tasks meanwhile, and no screen that is left or shown
// drops it.
func (s *Screen) write() {
	r, device, w, ok := s.model.start()
	if !ok {
		return
	}
	told := make(chan struct{}, 1)
	s.runner.Watch(s.ctx, told, s.render)
	name := kit.T("changes.task", kit.Data{"Serial": r.Device.Serial})
	labels := map[drivers.SettingID]string{}
	for _, l := range r.Set {
		labels[l.ID] = s.model.label(r.Driver.ID, l.ID)
	}
	work(s, func(ctx context.Context) (result change.Result, err error) {
		defer close(told)
		err = s.deps.Board.Run(ctx, name, func(ctx context.Context, p *task.Progress) error {
			p.Step(kit.T("changes.task.check"))
			result, err = s.deps.Execute(ctx, r.ID, device, func(done int, steps []change.Step) {
				w.progress(done, steps)
				p.Set(int64(done), int64(len(steps)))
				if done < len(steps) {
					p.Step(labels[steps[done].ID])
				}
				select {
				case told <- struct{}{}:
				default:
				}
			})
			return err
		})
		return result, err
	}, func(result change.Result, err error) {
		s.model.wrote(r.ID, result, err)
		state, sentence := written(r, result, err)
		s.deps.Result(state, sentence, func() { s.deps.Open(shell.Route{Screen: "changes", ID: r.ID}) })
		s.load()
	})
}
