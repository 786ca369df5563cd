// Command conformance is the client under test of ppmq conformance client: it does what its messages
// say.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"strings"
	"time"

	"ppmq.io/ppmq"
)

type task struct {
	Do          string
	AfterMillis int
	Reason      string
	RetryAfter  string
	Values      [][]fields
}

type fields struct {
	Payload   any
	Key       string
	Priority  int
	Expires   time.Time
	Delay     string
	NotBefore time.Time
}

func (f fields) message() ppmq.Message {
	delay, _ := time.ParseDuration(f.Delay)
	return ppmq.Message{Payload: f.Payload, Key: f.Key, Priority: f.Priority,
		Expires: f.Expires, Delay: delay, NotBefore: f.NotBefore}
}

func publish(ctx context.Context, publisher *ppmq.Publisher, values [][]fields) error {
	var confirms []*ppmq.Confirm
	for _, value := range values {
		var messages []ppmq.Message
		for _, f := range value {
			messages = append(messages, f.message())
		}
		confirm, err := publisher.Submit(ctx, "results", messages...)
		if err != nil {
			return err
		}
		confirms = append(confirms, confirm)
	}
	var outcomes []string
	for _, confirm := range confirms {
		outcomes = append(outcomes, outcome(confirm.Wait(ctx)))
	}
	return &ppmq.Nack{Reason: strings.Join(outcomes, ", ")}
}

func outcome(err error) string {
	var refused *ppmq.Refused
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ppmq.ErrUnconfirmed):
		return "in-doubt"
	case errors.As(err, &refused) && refused.Final():
		return refused.Code + " final"
	case refused != nil:
		return refused.Code
	}
	return err.Error()
}

func main() {
	broker := os.Getenv("PPMQ_SOCKET")
	publisher := ppmq.NewPublisher(broker, ppmq.PublisherOptions{})
	ctx, stop := context.WithCancel(context.Background())
	work := func(handling context.Context, message *ppmq.Delivery) error {
		var t task
		if err := message.Decode(&t); err != nil {
			return err
		}
		switch t.Do {
		case "ack":
			time.Sleep(time.Duration(t.AfterMillis) * time.Millisecond)
		case "fail":
			return errors.New(t.Reason)
		case "nack":
			return &ppmq.Nack{Reason: t.Reason, RetryAfter: t.RetryAfter}
		case "extend":
			if isOut, err := message.Extend(); !isOut {
				if err == nil {
					err = &ppmq.Nack{Reason: "gone"}
				}
				return err
			}
		case "publish":
			return publish(handling, publisher, t.Values)
		case "stop":
			stop()
		}
		return nil
	}
	err := ppmq.Subscriber{Name: "conformance", Broker: broker, Handle: work}.Run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	publisher.Close()
}
