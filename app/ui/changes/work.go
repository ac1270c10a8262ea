package changes

import (
	"context"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/people"
	"countersign/internal/task"
)

// What follows runs in the background, each piece in a lane of its own that nothing stops: a key that was opened must be
// taken in or locked, and what was recorded or written must be told.

func work[T any](s *Screen, do func(context.Context) (T, error), show func(T, error)) {
	s.render()
	kit.Load(s.runner.Lane(s.ctx), do, func(v T, err error) {
		show(v, err)
		s.render()
		if s.shown && s.model.id != "" {
			s.page.settle()
		}
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

// refuse opens the second person's key, signs the refusal and locks the key: it never leaves this function.
func (s *Screen) refuse(personID, passphrase, reason string) {
	id := s.model.id
	number, person, ok := s.model.decide(refuse, naming, personID)
	if !ok {
		s.render()
		return
	}
	work(s, func(ctx context.Context) (struct{}, error) {
		signer, err := s.deps.Seat.Prove(ctx, person.ID, passphrase)
		if err != nil {
			return struct{}{}, err
		}
		defer signer.Lock()
		return struct{}{}, s.deps.Desk.Refuse(ctx, signer, id, reason)
	}, func(_ struct{}, err error) { s.model.signed(number, err) })
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
