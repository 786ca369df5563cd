package ppmq

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

const keysMax = 10_000 // in one value; the broker takes 20,000 nacks

// results takes batches, and reports their results to the broker.
type results struct {
	options *Subscriber
	say     func(request) (incoming, error)

	mu      sync.Mutex // guards the fields below it
	lanes   map[string]*lane
	acks    map[string][]string
	stopped bool
	over    chan struct{}
	words   sync.WaitGroup
}

func newResults(options *Subscriber, say func(request) (incoming, error)) *results {
	return &results{
		options: options,
		say:     say,
		lanes:   map[string]*lane{},
		acks:    map[string][]string{},
		over:    make(chan struct{}),
	}
}

func (r *results) arrived(batch incoming) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return
	}
	l := r.lanes[batch.Topic]
	if l == nil {
		whole := r.options.HandleBatch != nil
		abreast := r.options.Concurrency
		if whole || abreast < 1 {
			abreast = 1
		}
		l = newLane(r.handle, whole, abreast)
		r.lanes[batch.Topic] = l
	}
	messages := make([]*Delivery, len(batch.Messages))
	for i, p := range batch.Messages {
		messages[i] = newDelivery(batch.Topic, p, r)
	}
	l.add(messages)
}

func (r *results) handle(messages []*Delivery) {
	failure := r.run(messages)
	topic := messages[0].Topic
	var nack request
	if failure != nil {
		nack = r.why(messages[0], failure)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var keys []string
	for _, message := range messages {
		if r.lanes[topic].settle(message) {
			keys = append(keys, message.Key)
		}
	}
	if len(keys) == 0 {
		return
	}
	if failure != nil {
		nack.Topic = topic
		for _, part := range parts(keys) {
			nack.Nacks = part
			r.tell(nack)
		}
		return
	}
	if len(r.acks[topic]) == 0 {
		r.words.Add(1)
		go r.flush(topic) // together with other results that are ready by then
	}
	r.acks[topic] = append(r.acks[topic], keys...)
}

// why has the fields of a nack. The message must not stay out because they cannot be said.
func (r *results) why(message *Delivery, failure error) (nack request) {
	defer func() {
		if p := recover(); p != nil { // of RetryAfter, or of the error
			nack = request{}
			r.options.report("a message is nacked without a reason: it cannot be said",
				fmt.Errorf("panic: %v", p))
		}
	}()
	return r.options.nack(message, failure)
}

func (r *results) run(messages []*Delivery) (failure error) {
	defer func() {
		if p := recover(); p != nil {
			failure = fmt.Errorf("panic: %v", p)
		}
	}()
	if r.options.HandleBatch != nil {
		return r.options.HandleBatch(r.options.handlers, messages)
	}
	return r.options.Handle(r.options.handlers, messages[0])
}

func (r *results) flush(topic string) {
	defer r.words.Done()
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := r.acks[topic]
	delete(r.acks, topic)
	for _, part := range parts(keys) {
		r.tell(request{Topic: topic, Acks: part})
	}
}

// parts splits keys for values that the broker takes.
func parts(keys []string) (parts [][]string) {
	for len(keys) > keysMax {
		parts = append(parts, keys[:keysMax])
		keys = keys[keysMax:]
	}
	return append(parts, keys)
}

// tell sends a result until it is confirmed or the connection ends; repeats do no harm. The lock is
// held, so that results and close stay in order.
func (r *results) tell(word request) {
	word.Subscriber = r.options.Name
	r.words.Add(1)
	go func() {
		defer r.words.Done()
		for pause := pauseMin; ; pause = longer(pause) {
			_, err := r.say(word)
			if err == nil || err == errLost {
				return
			}
			if isFinal(err) {
				r.options.report("the broker refuses a result of messages", err)
				if word.RetryAfter == "" {
					return
				}
				word.RetryAfter = "" // the broker decides, so that they come again
				continue
			}
			select {
			case <-r.over:
				return
			case <-time.After(pause):
			}
		}
	}()
}

func (r *results) extend(message *Delivery) (bool, error) {
	answer, err := r.say(request{
		Topic:      message.Topic,
		Subscriber: r.options.Name,
		Extend:     []string{message.Key},
	})
	if errors.Is(err, errLost) {
		return false, nil
	}
	for _, gone := range answer.Gone {
		if gone == message.Key {
			return false, nil
		}
	}
	return err == nil, err
}

// close lets running handlers finish, and waits for the confirms of their results.
func (r *results) close() {
	r.mu.Lock()
	r.stopped = true
	lanes := make([]*lane, 0, len(r.lanes))
	for _, l := range r.lanes {
		lanes = append(lanes, l)
	}
	r.mu.Unlock()
	for _, l := range lanes {
		l.stop()
	}
	handled := make(chan struct{})
	go func() {
		for _, l := range lanes {
			l.finish()
		}
		close(handled)
	}()
	r.await(handled, r.options.cancel)
	said := make(chan struct{})
	go func() {
		r.words.Wait()
		close(said)
	}()
	r.await(said, func() {})
	r.abandon()
}

// await waits for the options' time, and as long again after late was called.
func (r *results) await(done <-chan struct{}, late func()) {
	select {
	case <-done:
		return
	case <-time.After(r.options.Timeout):
		late()
	}
	select {
	case <-done:
	case <-time.After(r.options.Timeout):
	}
}

// abandon notes that the connection is lost: the broker delivers its messages in flight again.
func (r *results) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for _, l := range r.lanes {
		l.abandon()
	}
	select {
	case <-r.over:
	default:
		close(r.over)
	}
}
