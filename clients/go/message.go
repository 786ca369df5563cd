package ppmq

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is a message to publish.
type Message struct {
	// Payload is any value that encoding/json accepts, encoded when it is published. A string must be
	// UTF-8.
	Payload any
	// Key: in a topic with Dedupe the message replaces the queued message with the same key.
	Key string
	// Priority: 0 is the highest.
	Priority int
	// Expires is zero for a message that never expires.
	Expires time.Time
	// Delay is how long the broker holds the message back.
	Delay time.Duration
	// NotBefore is the moment until which it holds the message back; set only one of the two.
	NotBefore time.Time
}

// check refuses what encoding/json would change: two keys could become one.
func (m Message) check() error {
	if !utf8.ValidString(m.Key) {
		return &Refused{codeMalformed, "the key is not UTF-8"}
	}
	if text, is := m.Payload.(string); is && !utf8.ValidString(text) {
		return &Refused{codeMalformed, "the payload is not UTF-8"}
	}
	return nil
}

// Text returns a message with a string as its payload.
func Text(payload string) Message { return Message{Payload: payload} }

type wireMessage struct {
	Key       string `json:",omitempty"`
	Payload   any
	Expires   string `json:",omitempty"`
	Priority  int    `json:",omitempty"`
	Delay     string `json:",omitempty"`
	NotBefore string `json:",omitempty"`
}

func (m Message) wire() wireMessage {
	w := wireMessage{Key: m.Key, Payload: m.Payload, Priority: m.Priority}
	w.Expires, w.NotBefore = moment(m.Expires), moment(m.NotBefore)
	if m.Delay != 0 {
		w.Delay = m.Delay.String()
	}
	return w
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// request is a value to the broker.
type request struct {
	Topic      string        `json:",omitempty"`
	Subscriber string        `json:",omitempty"`
	Messages   []wireMessage `json:",omitempty"`
	Acks       []string      `json:",omitempty"`
	Nacks      []string      `json:",omitempty"`
	RetryAfter string        `json:",omitempty"`
	Reason     string        `json:",omitempty"`
	Extend     []string      `json:",omitempty"`
	Command    string        `json:",omitempty"`
	BatchSize  int           `json:",omitempty"`
}

func (r request) encode() ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false) // the broker delivers the text unchanged
	err := encoder.Encode(r)
	return line.Bytes(), err
}

// incoming is a value from the broker: an answer, or a batch if Topic is set.
type incoming struct {
	Confirm    string
	Error      *string
	Code       string
	Gone       []string
	Topic      string
	Subscriber string
	Messages   []pushed
}

type pushed struct {
	Key      string
	Payload  json.RawMessage
	Expires  string
	Priority int
	Attempt  int
}

// Delivery is a message that a handler received.
type Delivery struct {
	Topic string
	// Key names the message within its topic.
	Key string
	// Payload is the published JSON text.
	Payload  json.RawMessage
	Priority int
	// Attempt is 1 for the first delivery, more for a redelivery.
	Attempt int
	// Expires is zero for a message that never expires.
	Expires time.Time

	results *results
}

func newDelivery(topic string, p pushed, r *results) *Delivery {
	if p.Attempt == 0 {
		p.Attempt = 1
	}
	expires, _ := time.Parse(time.RFC3339Nano, p.Expires) // "" and year 0 are zero
	return &Delivery{topic, p.Key, p.Payload, p.Priority, p.Attempt, expires, r}
}

// Text returns the characters of a payload that is a string, and the JSON text of any other.
func (d *Delivery) Text() string {
	var text string
	if json.Unmarshal(d.Payload, &text) == nil {
		return text
	}
	return string(d.Payload)
}

// Decode stores the payload in the value that v points to.
func (d *Delivery) Decode(v any) error { return json.Unmarshal(d.Payload, v) }

// Extend restarts the topic's AckRetry for the message. False: the message is no longer in flight.
func (d *Delivery) Extend() (bool, error) { return d.results.extend(d) }

// Nack is an error with which a handler sets the reason of a failure and the pause before
// redelivery.
type Nack struct {
	Reason string
	// RetryAfter is a duration such as 10m, or Never. If it is empty, the broker decides: 1 s, doubled
	// with each delivery, at most 5 min.
	RetryAfter string
}

// Never as Nack.RetryAfter: the message is not delivered again, and becomes a dead letter.
const Never = "never"

func (n *Nack) Error() string { return n.Reason }

const reasonBytesMax = 1024

// reason returns a failure as one line that the broker keeps without cutting it.
func reason(failure error) string {
	said := fmt.Sprint(failure) // also where its Error panics, such as that of a nil pointer
	text := strings.ToValidUTF8(strings.Join(strings.Fields(said), " "), "?")
	if len(text) <= reasonBytesMax {
		return text
	}
	end := reasonBytesMax
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
