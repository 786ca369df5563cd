// A subscriber of ppMQ in Go that needs no libraries. Under systemd it uses the socket of its .socket
// unit; otherwise it listens on OWN-SOCKET. Usage: subscriber NAME BROKER-SOCKET OWN-SOCKET
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
)

type message struct {
	Key      string
	Payload  json.RawMessage
	Priority int
	Attempt  int
}

type batch struct {
	Topic    string
	Messages []message
}

type request struct {
	Topic      string   `json:",omitempty"`
	Subscriber string   `json:",omitempty"`
	Acks       []string `json:",omitempty"`
	Command    string   `json:",omitempty"`
	Confirm    string
}

// work handles a message. It must tolerate redelivery.
func work(m message) error {
	_, err := fmt.Println(string(m.Payload))
	return err
}

// tell sends a request to the broker and waits for the confirm.
func tell(broker string, r request) error {
	connection, err := net.Dial("unix", broker)
	if err != nil {
		return err
	}
	defer connection.Close()
	r.Confirm = "told"
	if err := json.NewEncoder(connection).Encode(r); err != nil {
		return err
	}
	var answer struct{ Error string }
	if err := json.NewDecoder(connection).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != "" {
		return fmt.Errorf("refused: %s", answer.Error)
	}
	return nil
}

// handle handles the messages of a batch and acknowledges those that succeeded.
func handle(b batch, name, broker string) error {
	var done []string
	var failed error
	for _, m := range b.Messages {
		if failed = work(m); failed != nil {
			break
		}
		done = append(done, m.Key)
	}
	if len(done) > 0 {
		if err := tell(broker, request{Topic: b.Topic, Subscriber: name, Acks: done}); err != nil {
			return err
		}
	}
	return failed
}

// listening returns the socket that systemd listens on, or the program's own. Before it listens on
// its own socket, it requests the unacknowledged messages of an earlier run. It does not if systemd
// listens: the batch that started this program is already on its way and would come twice. AckRetry
// then brings back the messages of a crashed run.
func listening(name, broker, path string) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && os.Getenv("LISTEN_FDS") == "1" {
		return net.FileListener(os.NewFile(3, "systemd"))
	}
	if err := tell(broker, request{Subscriber: name, Command: "RECONNECT"}); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	own, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return own, os.Chmod(path, 0o660) // the broker must be able to connect
}

// read handles every complete line; a line without a line feed is incomplete.
func read(connection net.Conn, name, broker string) {
	defer connection.Close()
	lines := bufio.NewReader(connection)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var b batch
		if err := json.Unmarshal(line, &b); err != nil {
			log.Fatal(err)
		}
		if err := handle(b, name, broker); err != nil {
			log.Fatal(err) // after the next start RECONNECT brings back the unacknowledged messages
		}
	}
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: subscriber NAME BROKER-SOCKET OWN-SOCKET")
	}
	name, broker := os.Args[1], os.Args[2]
	own, err := listening(name, broker, os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := own.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go read(connection, name, broker)
	}
}
