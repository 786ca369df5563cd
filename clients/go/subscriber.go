package ppmq

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"
)

// Subscriber passes pushed messages to a handler. Without a Socket it connects to the broker, and
// again when the connection is lost. With a Socket it listens there, and the broker connects.
type Subscriber struct {
	// Name is the subscriber's name in the broker's configuration.
	Name string
	// Broker is the broker's socket, or tcp://host:port; DefaultBroker if empty.
	Broker string

	// Handle processes a message, and must tolerate redelivery. The message is acknowledged when it
	// returns nil, and nacked otherwise. The context is done when the time that the end of Run allows
	// is over.
	Handle func(context.Context, *Delivery) error
	// HandleBatch replaces Handle: it takes all waiting messages of a topic, which fail together.
	HandleBatch func(context.Context, []*Delivery) error

	// Socket is where to listen, unless systemd has passed a socket.
	Socket string
	// Topics restricts the pushed messages to these topics of the subscriber.
	Topics []string
	// BatchSize is the batch size, if smaller than the configured one; zero means the configured one.
	BatchSize int
	// Workers is the number of connections to open, each with its own batches; 1 if zero.
	Workers int
	// Concurrency is the number of handlers of a topic and worker that run at once; 1 if zero, which
	// keeps the order.
	Concurrency int
	// RetryAfter is the pause of a message whose handler failed; if it is empty, the broker decides. A
	// handler chooses another pause by returning a Nack.
	RetryAfter func(*Delivery, error) string
	// Timeout is the time that the end of Run allows handlers and confirms; 10 s if zero.
	Timeout time.Duration
	// Problem is called with each problem that does not end the subscriber; if nil, it is logged.
	Problem func(sentence string, cause error)

	handlers context.Context
	cancel   context.CancelFunc
}

// Run serves until the context is done, then lets running handlers finish, and returns nil. It
// returns an error when the broker refuses the subscriber for good, or when it cannot listen.
func (s Subscriber) Run(ctx context.Context) error {
	if (s.Handle == nil) == (s.HandleBatch == nil) {
		return errors.New("a subscriber needs one of Handle and HandleBatch")
	}
	if s.Broker == "" {
		s.Broker = DefaultBroker
	}
	if s.Timeout <= 0 {
		s.Timeout = 10 * time.Second
	}
	s.handlers, s.cancel = context.WithCancel(context.Background())
	defer s.cancel()
	if s.Socket != "" || isHandedOver() {
		return s.listen(ctx)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var first error
	var once sync.Once
	var workers sync.WaitGroup
	for i := 0; i == 0 || i < s.Workers; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			if err := s.work(ctx); err != nil {
				once.Do(func() { first = err })
				stop()
			}
		}()
	}
	workers.Wait()
	return first
}

// work runs one subscribed connection after another.
func (s *Subscriber) work(ctx context.Context) error {
	pause := pauseMin
	told := false
	for ctx.Err() == nil {
		served, err := s.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if isFinal(err) {
			return err
		}
		if served || !told {
			told = true
			s.report("subscriber "+s.Name+" is not connected, trying again", err)
		}
		if pause = longer(pause); served {
			pause = pauseMin
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// serve runs a subscribed connection to its end; returns whether it was accepted, and why it ended.
func (s *Subscriber) serve(ctx context.Context) (served bool, err error) {
	conn, err := dial(s.Broker)
	if err != nil {
		return false, err
	}
	var c *channel
	r := newResults(s, func(word request) (incoming, error) { return c.ask(word) })
	c = newChannel(conn, r.arrived)
	over := make(chan error, 1)
	go func() {
		err := c.run()
		r.abandon()
		over <- err
	}()
	defer conn.Close()
	// Batches may come before the answers.
	subscribed := make(chan error, 1)
	go func() { subscribed <- s.subscribe(c) }()
	for {
		select {
		case err := <-subscribed:
			if err != nil && err != errLost {
				r.abandon()
				return false, err
			}
			served = err == nil
		case err := <-over:
			return served, err
		case <-ctx.Done():
			unsubscribe, _ := request{Subscriber: s.Name, Command: "UNSUBSCRIBE"}.encode()
			c.call(unsubscribe, func(incoming, error) {})
			r.close()
			return served, nil
		}
	}
}

func (s *Subscriber) subscribe(c *channel) error {
	topics := s.Topics
	if len(topics) == 0 {
		topics = []string{""}
	}
	for _, topic := range topics {
		r := request{Topic: topic, Subscriber: s.Name, Command: "SUBSCRIBE", BatchSize: s.BatchSize}
		if _, err := c.ask(r); err != nil {
			return err
		}
	}
	return nil
}

// nack returns the value that nacks messages whose handler failed.
func (s *Subscriber) nack(message *Delivery, failure error) request {
	var nack *Nack
	if errors.As(failure, &nack) && nack != nil {
		return request{RetryAfter: nack.RetryAfter, Reason: reason(nack)}
	}
	s.report(fmt.Sprintf("a message of topic %s nacked: the handler failed", message.Topic), failure)
	r := request{Reason: reason(failure)}
	if s.RetryAfter != nil {
		r.RetryAfter = s.RetryAfter(message, failure)
	}
	return r
}

// report tells a problem. A panic of Problem must end neither the program nor the work on a message.
func (s *Subscriber) report(sentence string, cause error) {
	defer func() {
		if p := recover(); p != nil {
			log.Printf("ppmq: %s: %v", sentence, cause)
			log.Printf("ppmq: Problem failed: panic: %v", p)
		}
	}()
	if s.Problem != nil {
		s.Problem(sentence, cause)
	} else {
		log.Printf("ppmq: %s: %v", sentence, cause)
	}
}
