// Command worker is a subscriber: worker BROKER-SOCKET SUBSCRIBER. Start several copies if
// there is enough work.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"ppmq.io/ppmq"
)

// work must tolerate redelivery. Acknowledged when it returns nil, nacked otherwise.
func work(_ context.Context, message *ppmq.Delivery) error {
	if message.Text() == "" {
		return &ppmq.Nack{Reason: "empty", RetryAfter: ppmq.Never} // to the dead letters
	}
	fmt.Println(message.Text())
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	worker := ppmq.Subscriber{Broker: os.Args[1], Name: os.Args[2], Handle: work, Workers: 2}
	if err := worker.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
