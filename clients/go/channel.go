package ppmq

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	pauseMin     = 50 * time.Millisecond
	pauseMax     = 5 * time.Second
	lineBytesMax = 64 << 20
)

func dial(address string) (net.Conn, error) {
	network, where := network(address)
	return net.DialTimeout(network, where, pauseMax)
}

// network splits tcp://host:port; any other address is the path of a unix socket.
func network(address string) (string, string) {
	if where := strings.TrimPrefix(address, "tcp://"); where != address {
		return "tcp", where
	}
	return "unix", address
}

func longer(pause time.Duration) time.Duration {
	if pause *= 2; pause > pauseMax {
		return pauseMax
	}
	return pause
}

// readValues passes on each complete line; a line that was cut off is dropped.
func readValues(from io.Reader, take func(incoming)) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), lineBytesMax)
	lines.Split(wholeLines)
	for lines.Scan() {
		var value incoming
		if err := json.Unmarshal(lines.Bytes(), &value); err != nil {
			return fmt.Errorf("the broker sent no JSON: %w", err)
		}
		take(value)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}

func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	advance, line, err := bufio.ScanLines(data, atEOF)
	if atEOF && advance == len(data) && advance == len(line) {
		return advance, nil, err // without a line feed
	}
	return advance, line, err
}

// channel is one connection to the broker, from its opening to its end. It sends values and matches
// answers by their confirm string, and receives batches if subscribed. Safe for many goroutines.
type channel struct {
	conn    net.Conn
	arrived func(incoming)

	// Keeps values whole and in their order. Separate from mu, because the broker stops reading when
	// nobody reads its answers.
	writing sync.Mutex

	mu      sync.Mutex // guards the fields below it
	last    uint64
	awaited map[string]func(incoming, error)
	over    bool
	answers int
}

func newChannel(conn net.Conn, arrived func(incoming)) *channel {
	return &channel{conn: conn, arrived: arrived, awaited: map[string]func(incoming, error){}}
}

// call sends a value, a line of JSON; end is called once, with the answer, a refusal, Unconfirmed or
// errLost.
func (c *channel) call(line []byte, end func(incoming, error)) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	over := c.over
	var confirm string
	if !over {
		c.last++
		confirm = strconv.FormatUint(c.last, 10)
		c.awaited[confirm] = end
	}
	c.mu.Unlock()
	if over {
		end(incoming{}, errLost)
		return
	}
	asking := make([]byte, 0, len(line)+40)
	asking = append(asking, bytes.TrimSuffix(line, []byte("}\n"))...)
	asking = append(asking, `,"Confirm":"`+confirm+"\"}\n"...)
	if _, err := c.conn.Write(asking); err != nil {
		c.conn.Close() // ends run, and every awaited answer
	}
}

// ask sends a value and waits for the answer.
func (c *channel) ask(r request) (incoming, error) {
	type outcome struct {
		answer incoming
		err    error
	}
	done := make(chan outcome, 1)
	line, err := r.encode()
	if err != nil {
		return incoming{}, err
	}
	c.call(line, func(answer incoming, err error) { done <- outcome{answer, err} })
	o := <-done
	return o.answer, o.err
}

// run reads until the connection ends, and returns the reason.
func (c *channel) run() error {
	err := readValues(c.conn, c.take)
	c.conn.Close()
	c.mu.Lock()
	c.over = true
	awaited := c.awaited
	c.awaited = nil
	c.mu.Unlock()
	for _, end := range awaited {
		end(incoming{}, errLost)
	}
	return err
}

func (c *channel) take(value incoming) {
	if value.Topic != "" {
		if c.arrived != nil {
			c.arrived(value)
		}
		return
	}
	c.mu.Lock()
	end := c.awaited[value.Confirm]
	delete(c.awaited, value.Confirm)
	if end != nil {
		c.answers++
	}
	c.mu.Unlock()
	switch {
	case end == nil:
	case value.Error == nil:
		end(value, nil)
	case value.Code == codeInDoubt:
		end(value, &Unconfirmed{*value.Error})
	default:
		end(value, &Refused{value.Code, *value.Error})
	}
}

func (c *channel) answered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers
}
