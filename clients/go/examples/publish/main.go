// Command publish stores messages: publish BROKER-SOCKET TOPIC PAYLOAD...
package main

import (
	"context"
	"log"
	"os"

	"ppmq.io/ppmq"
)

func main() {
	publisher := ppmq.NewPublisher(os.Args[1], ppmq.PublisherOptions{})
	defer publisher.Close()
	var messages []ppmq.Message
	for _, payload := range os.Args[3:] {
		messages = append(messages, ppmq.Text(payload))
	}
	// All or none; returns when they are stored.
	if err := publisher.Publish(context.Background(), os.Args[2], messages...); err != nil {
		log.Fatal(err)
	}
}
