// Publishes and consumes with the client for Go: SOCKET TOPIC SUBSCRIBER MESSAGES
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"ppmq.io/ppmq"
)

func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func measured(work func() error) string {
	begun, before := time.Now(), cpu()
	if err := work(); err != nil {
		log.Fatal(err)
	}
	return fmt.Sprint(time.Since(begun).Seconds(), " ", (cpu() - before).Seconds())
}

func main() {
	broker, topic, name := os.Args[1], os.Args[2], os.Args[3]
	count, err := strconv.Atoi(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	published := measured(func() error {
		publisher := ppmq.NewPublisher(broker, ppmq.PublisherOptions{})
		defer publisher.Close()
		confirms := make(chan *ppmq.Confirm, 1024)
		end := make(chan error, 1)
		go func() {
			var failure error
			for confirm := range confirms {
				if err := confirm.Wait(ctx); err != nil {
					failure = err
				}
			}
			end <- failure
		}()
		for i := 0; i < count; i++ {
			confirm, err := publisher.Submit(ctx, topic, ppmq.Text(fmt.Sprintf("%0100d", i)))
			if err != nil {
				return err
			}
			confirms <- confirm
		}
		close(confirms)
		return <-end
	})
	var done int64
	take := func(context.Context, *ppmq.Delivery) error {
		if atomic.AddInt64(&done, 1) == int64(count) {
			stop()
		}
		return nil
	}
	worker := ppmq.Subscriber{Name: name, Broker: broker, Handle: take}
	fmt.Println(published, measured(func() error { return worker.Run(ctx) }))
}
