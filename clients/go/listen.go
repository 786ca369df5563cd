package ppmq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
)

const listenFdsStart = 3 // the first socket of sd_listen_fds(3)

func isHandedOver() bool {
	return os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && os.Getenv("LISTEN_FDS") == "1"
}

// listen serves the connections of the broker to the subscriber's own socket.
func (s *Subscriber) listen(ctx context.Context) error {
	l := newLink(s.Broker, s.Timeout, 1024)
	defer l.close()
	own, err := s.own(l)
	if err != nil {
		return err
	}
	r := newResults(s, l.ask)
	var mu sync.Mutex
	connections := map[net.Conn]bool{}
	failed := make(chan error, 1)
	go func() {
		for {
			conn, err := own.Accept()
			if err != nil {
				failed <- err
				return
			}
			mu.Lock()
			connections[conn] = true
			mu.Unlock()
			go func() {
				err := readValues(conn, r.arrived)
				conn.Close()
				mu.Lock()
				delete(connections, conn)
				mu.Unlock()
				if err != io.EOF && !errors.Is(err, net.ErrClosed) {
					s.report("a connection of the broker ended", err)
				}
			}()
		}
	}()
	err = nil
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	own.Close() // removes its file
	r.close()
	mu.Lock()
	defer mu.Unlock()
	for conn := range connections {
		conn.Close()
	}
	return err
}

// own returns the socket that systemd listens on, or a socket of the program's own.
func (s *Subscriber) own(l *link) (net.Listener, error) {
	if isHandedOver() {
		// No RECONNECT: the batch that started this program is already on its way.
		return net.FileListener(os.NewFile(listenFdsStart, "systemd"))
	}
	// Sent before the socket exists, so that nothing comes twice.
	_, err := l.ask(request{Subscriber: s.Name, Command: "RECONNECT"})
	if isFinal(err) {
		return nil, err
	}
	if err != nil {
		s.report("RECONNECT was not sent to the broker", err)
	}
	network, where := network(s.Socket)
	if network == "unix" {
		if err := removeStale(where); err != nil {
			return nil, err
		}
	}
	own, err := net.Listen(network, where)
	if err == nil && network == "unix" {
		err = os.Chmod(where, 0o660) // the broker must be able to connect
	}
	return own, err
}

// removeStale removes a stale socket file, which would keep this program from listening.
func removeStale(path string) error {
	file, err := os.Stat(path)
	if err != nil {
		return nil // net.Listen reports the fault, if any
	}
	if file.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is not a socket", path)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return fmt.Errorf("another process listens at %s", path)
	}
	return os.Remove(path)
}
