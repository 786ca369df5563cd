package ppmq

import (
	"context"
	"time"
)

// Publisher stores messages and learns that the broker keeps them, over one connection that is
// opened when needed. Safe for many goroutines.
//
// What is not confirmed when the connection is lost is sent again on the next one: a message may be
// stored twice. A topic that is full and holds its producers (WhenFull: block) holds up all of a
// publisher.
type Publisher struct{ link *link }

// PublisherOptions are what a Publisher may be told; the zero value is good.
type PublisherOptions struct {
	// Timeout is how long a value may take from its sending to its confirm; 30 s if zero.
	Timeout time.Duration
	// Window is how many values may be under way; 1024 if zero.
	Window int
}

// NewPublisher returns a publisher to the broker at a unix socket, or at tcp://host:port.
func NewPublisher(broker string, options PublisherOptions) *Publisher {
	if options.Timeout <= 0 {
		options.Timeout = 30 * time.Second
	}
	if options.Window <= 0 {
		options.Window = 1024
	}
	return &Publisher{newLink(broker, options.Timeout, options.Window)}
}

// Publish stores messages, all or none. ErrUnconfirmed, and an error of the context, say that they
// may be stored; any other error, that nothing was.
func (p *Publisher) Publish(ctx context.Context, topic string, messages ...Message) error {
	confirm, err := p.Submit(ctx, topic, messages...)
	if err != nil {
		return err
	}
	return confirm.Wait(ctx)
}

// Submit returns as soon as there is room in the window.
func (p *Publisher) Submit(ctx context.Context, topic string, messages ...Message) (*Confirm, error) {
	r := request{Topic: topic, Messages: make([]wireMessage, len(messages))}
	for i, message := range messages {
		r.Messages[i] = message.wire()
	}
	v, err := p.link.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Confirm{v}, nil
}

// Close waits for the confirms of what is under way, and closes the connection.
func (p *Publisher) Close() { p.link.close() }

// Confirm is what becomes of messages that were submitted.
type Confirm struct{ value *value }

// Done is closed when the confirm, or the reason why there is none, is there.
func (c *Confirm) Done() <-chan struct{} { return c.value.done }

// Wait waits for it, and returns what Publish returns.
func (c *Confirm) Wait(ctx context.Context) error {
	select {
	case <-c.value.done:
		return c.value.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
