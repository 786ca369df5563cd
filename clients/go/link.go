package ppmq

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const windowBytes = 16 << 20

// link sends values in their order over one connection, many under way at once. When the connection
// is lost it opens another, after a pause of 50 ms, doubled up to 5 s, and sends unanswered values
// again: at least once. The window and 16 MiB bound the values under way.
type link struct {
	address string
	timeout time.Duration
	window  int
	entry   chan struct{} // held by the caller whose turn it is to enter

	mu       sync.Mutex // guards the fields below it
	underWay *list.List // of *value, oldest first
	next     *list.Element
	bytes    int
	failure  error
	current  *channel
	running  bool
	closed   bool
	moved    chan struct{} // closed and replaced at each change of the fields above
}

type value struct {
	line    []byte
	element *list.Element
	written bool
	inDoubt bool
	timer   *time.Timer
	done    chan struct{}
	answer  incoming
	err     error
}

func newLink(address string, timeout time.Duration, window int) *link {
	if address == "" {
		address = DefaultBroker
	}
	return &link{
		address:  address,
		timeout:  timeout,
		window:   window,
		entry:    make(chan struct{}, 1),
		underWay: list.New(),
		failure:  errors.New("it did not read the value in time"),
		moved:    make(chan struct{}),
	}
}

// wake makes all waiting goroutines check again; the lock is held.
func (l *link) wake() {
	close(l.moved)
	l.moved = make(chan struct{})
}

// send returns when there is room for the value.
func (l *link) send(ctx context.Context, r request) (*value, error) {
	line, err := r.encode()
	if err != nil {
		return nil, err
	}
	select {
	case l.entry <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.entry }()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && l.underWay.Len() > 0 &&
		(l.underWay.Len() >= l.window || l.bytes+len(line) > windowBytes) {
		moved := l.moved
		l.mu.Unlock()
		select {
		case <-moved:
			l.mu.Lock()
		case <-ctx.Done():
			l.mu.Lock()
			return nil, ctx.Err()
		}
	}
	if l.closed {
		return nil, ErrClosed
	}
	v := &value{line: line, done: make(chan struct{})}
	v.element = l.underWay.PushBack(v)
	v.timer = time.AfterFunc(l.timeout, func() { l.expire(v) })
	l.bytes += len(line)
	if l.next == nil {
		l.next = v.element
	}
	l.wake()
	if !l.running {
		l.running = true
		go l.run()
	}
	return v, nil
}

// ask sends a value and waits for its answer.
func (l *link) ask(r request) (incoming, error) {
	v, err := l.send(context.Background(), r)
	if err != nil {
		return incoming{}, err
	}
	<-v.done
	return v.answer, v.err
}

// close takes no more values, and waits until each has its answer or its time is over.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.wake()
	for l.underWay.Len() > 0 {
		l.await()
	}
	if l.current != nil {
		l.current.conn.Close()
	}
}

// await waits until something changes; the lock is held before and after.
func (l *link) await() {
	moved := l.moved
	l.mu.Unlock()
	<-moved
	l.mu.Lock()
}

func (l *link) run() {
	pause := pauseMin
	for l.awaitWork() {
		answers := 0
		if conn, err := dial(l.address); err != nil {
			l.fail(err)
		} else {
			c := newChannel(conn, nil)
			l.begin(c)
			go l.write(c)
			l.fail(c.run())
			answers = c.answered()
		}
		if pause = longer(pause); answers > 0 {
			pause = pauseMin
		}
		if !l.isIdle() {
			time.Sleep(pause)
		}
	}
}

// awaitWork waits for a value to send; returns false when none will come.
func (l *link) awaitWork() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.underWay.Len() == 0 {
		if l.closed {
			l.running = false
			return false
		}
		l.await()
	}
	return true
}

func (l *link) isIdle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.underWay.Len() == 0
}

func (l *link) begin(c *channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = c
	l.next = l.underWay.Front()
	if l.closed && l.underWay.Len() == 0 {
		c.conn.Close()
	}
}

func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failure = err
	l.current = nil
	l.wake()
}

func (l *link) write(c *channel) {
	for {
		v := l.unwritten(c)
		if v == nil {
			return
		}
		c.call(v.line, func(answer incoming, err error) { l.end(v, answer, err) })
	}
}

// unwritten waits for the next value to write; returns nil when the connection is over.
func (l *link) unwritten(c *channel) *value {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.current == c && l.next == nil {
		l.await()
	}
	if l.current != c {
		return nil
	}
	v := l.next.Value.(*value)
	l.next = l.next.Next()
	v.written = true
	return v
}

func (l *link) end(v *value, answer incoming, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var refused *Refused
	switch {
	case v.element == nil: // its time was over
	case err == errLost:
		v.inDoubt = true
	case errors.As(err, &refused) && refused.Code == codeStopping:
		v.written = v.inDoubt // nothing was done: it is sent on the next connection
	case err != nil && v.inDoubt:
		l.leave(v, answer, &Unconfirmed{"lost unconfirmed, then: " + err.Error()})
	default:
		l.leave(v, answer, err)
	}
}

func (l *link) expire(v *value) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case v.element == nil:
	case v.written:
		l.leave(v, incoming{}, &Unconfirmed{fmt.Sprintf("no confirm within %v", l.timeout)})
	default:
		l.leave(v, incoming{}, fmt.Errorf("%w: %v", ErrUnreachable, l.failure))
	}
}

// leave ends a value; the lock is held.
func (l *link) leave(v *value, answer incoming, err error) {
	if l.next == v.element {
		l.next = v.element.Next()
	}
	l.underWay.Remove(v.element)
	v.element = nil
	v.timer.Stop()
	l.bytes -= len(v.line)
	v.answer, v.err = answer, err
	close(v.done)
	l.wake()
}
