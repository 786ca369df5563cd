package ppmq

import (
	"bytes"
	"container/list"
	"sync"
)

// lane has the messages of a topic that were pushed and are not settled. Each key occurs once, so
// it holds no more than is in flight. handle takes one message, or all waiting messages.
type lane struct {
	handle  func([]*Delivery)
	whole   bool
	abreast int

	mu      sync.Mutex // guards the fields below it
	waiting *list.List // of *Delivery
	places  map[string]*list.Element
	running map[string]*Delivery
	tasks   int
	idle    *sync.Cond
}

func newLane(handle func([]*Delivery), whole bool, abreast int) *lane {
	l := &lane{handle: handle, whole: whole, abreast: abreast, waiting: list.New()}
	l.places = map[string]*list.Element{}
	l.running = map[string]*Delivery{}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// add adds a pushed message. If a handler already has it, it is not handled twice: that result
// counts. A newer version of its key, which begins at the first attempt, replaces it: then that
// result does not count.
func (l *lane) add(messages []*Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fresh := range messages {
		if held := l.running[fresh.Key]; held != nil {
			if fresh.Attempt > held.Attempt && bytes.Equal(fresh.Payload, held.Payload) {
				continue
			}
			delete(l.running, fresh.Key)
		}
		if place := l.places[fresh.Key]; place != nil {
			place.Value = fresh
		} else {
			l.places[fresh.Key] = l.waiting.PushBack(fresh)
		}
	}
	for n := l.waiting.Len(); n > 0 && l.tasks < l.abreast; n-- {
		l.tasks++
		go l.work()
	}
}

func (l *lane) work() {
	for {
		l.mu.Lock()
		var taken []*Delivery
		for l.waiting.Len() > 0 && (l.whole || len(taken) == 0) {
			message := l.waiting.Remove(l.waiting.Front()).(*Delivery)
			delete(l.places, message.Key)
			l.running[message.Key] = message
			taken = append(taken, message)
		}
		if len(taken) == 0 {
			l.tasks--
			l.idle.Broadcast()
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.handle(taken)
	}
}

// settle settles a message and reports whether this result counts. No later result will.
func (l *lane) settle(message *Delivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running[message.Key] != message {
		return false
	}
	delete(l.running, message.Key)
	return true
}

// stop starts no more handlers.
func (l *lane) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting.Init()
	l.places = map[string]*list.Element{}
}

// abandon forgets all messages: running handlers continue, but their results do not count.
func (l *lane) abandon() {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = map[string]*Delivery{}
}

// finish returns when no handler runs.
func (l *lane) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.tasks > 0 {
		l.idle.Wait()
	}
}
