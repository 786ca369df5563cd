// Command activated is a subscriber that systemd starts by its socket: activated BROKER-SOCKET
// SUBSCRIBER [SOCKET]. Started by hand it listens at SOCKET, as the broker's configuration names it.
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

func work(_ context.Context, message *ppmq.Delivery) error {
	fmt.Println(message.Text())
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	subscriber := ppmq.Subscriber{Broker: os.Args[1], Name: os.Args[2], Handle: work}
	if len(os.Args) > 3 {
		subscriber.Socket = os.Args[3]
	}
	if err := subscriber.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
