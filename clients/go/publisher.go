package ppmq

import (
	"context"
	"time"
)

// Publisher publishes messages over one connection, opened when needed, and learns that the broker has
// stored them. Safe for many goroutines.
//
// Values not confirmed when the connection is lost are sent again on the next one, so a message may be
// stored twice. A full topic with WhenFull: block holds up everything that this publisher sends.
type Publisher struct{ link *link }

// PublisherOptions are the options of a Publisher; the zero value has the defaults.
type PublisherOptions struct {
	// Timeout is the time from sending a value to its confirm; 30 s if zero.
	Timeout time.Duration
	// Window is the largest number of values under way; 1024 if zero.
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

// Publish stores messages, all or none. After ErrUnconfirmed or an error of the context they may be
// stored; after any other error nothing was.
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
		if err := message.check(); err != nil {
			return nil, err
		}
		r.Messages[i] = message.wire()
	}
	v, err := p.link.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Confirm{v}, nil
}

// Close waits for the confirms of all values under way, and closes the connection.
func (p *Publisher) Close() { p.link.close() }

// Confirm is the future outcome of submitted messages.
type Confirm struct{ value *value }

// Done is closed when the confirm, or the reason why there is none, has arrived.
func (c *Confirm) Done() <-chan struct{} { return c.value.done }

// Wait waits for the outcome, and returns what Publish returns.
func (c *Confirm) Wait(ctx context.Context) error {
	select {
	case <-c.value.done:
		return c.value.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
