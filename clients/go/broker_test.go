package ppmq

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

const limit = time.Minute

// broker is a real one, started by the program. Each topic has a subscriber, NAME-s.
type broker struct {
	t         *testing.T
	directory string
	address   string
	own       string // the socket of subscriber sock-s
	process   *exec.Cmd
}

func startBroker(t *testing.T, topics map[string]string) *broker {
	directory, err := os.MkdirTemp("", "ppmq-")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{t: t, directory: directory}
	b.address, b.own = directory+"/ppmq.socket", directory+"/own.socket"
	var names []string
	for name := range topics {
		names = append(names, name)
	}
	sort.Strings(names)
	var subscribers, entries strings.Builder
	for _, name := range names {
		fmt.Fprintf(&subscribers, "  - Name: %s-s\n", name)
		if name == "sock" {
			fmt.Fprintf(&subscribers, "    Socket: %s\n", b.own)
		}
		fmt.Fprintf(&entries, "  - {Name: %s, Subscribers: [%s-s]%s}\n", name, name, topics[name])
	}
	config := fmt.Sprintf("ServerSocket: %s\nDataPath: %s/data\nSync: never\nSubscribers:\n%sTopics:\n%s",
		b.address, directory, subscribers.String(), entries.String())
	if err := os.WriteFile(directory+"/ppmq.yaml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	b.start()
	t.Cleanup(func() {
		b.kill()
		os.RemoveAll(directory)
	})
	return b
}

func (b *broker) start() {
	program := os.Getenv("PPMQ")
	if program == "" {
		program, _ = filepath.Abs("../../ppmq")
	}
	b.process = exec.Command(program, "serve", "-c", b.directory+"/ppmq.yaml")
	log, err := os.Create(b.directory + "/log")
	if err != nil {
		b.t.Fatal(err)
	}
	defer log.Close()
	b.process.Stderr = log
	out, err := b.process.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.process.Start(); err != nil {
		b.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ppmq: ready" {
			return
		}
	}
	said, _ := os.ReadFile(b.directory + "/log")
	b.t.Fatalf("the broker did not start: %s", said)
}

func (b *broker) kill() {
	b.process.Process.Kill()
	b.process.Wait()
}

// fake is a broker that does as the test says, for what a real one does seldom.
type fake struct {
	address string
	push    string
	mu      sync.Mutex
	values  int
	nacks   [][]string
	script  []string
}

// startFake answers each value by the next entry of the script: fields of the answer, after which
// the connection ends with "close"; or "", and it ends without. After the first answer it pushes
// the batch, if there is one.
func startFake(t *testing.T, script ...string) *fake {
	f := &fake{address: t.TempDir() + "/fake.socket", script: script}
	own, err := net.Listen("unix", f.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Close() })
	go func() {
		for {
			conn, err := own.Accept()
			if err != nil {
				return
			}
			go f.serve(conn)
		}
	}()
	return f
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, lineBytesMax)
	for lines.Scan() {
		var value struct {
			Confirm string
			Nacks   []string
		}
		if json.Unmarshal(lines.Bytes(), &value) != nil {
			return
		}
		f.mu.Lock()
		f.values++
		if value.Nacks != nil {
			f.nacks = append(f.nacks, value.Nacks)
		}
		isFirst := f.values == 1
		answer := f.script[0]
		f.script = f.script[1:]
		f.mu.Unlock()
		if answer == "" {
			return
		}
		fmt.Fprintf(conn, `{"confirm":"%s"%s}`+"\n", value.Confirm, strings.TrimSuffix(answer, "close"))
		if isFirst && f.push != "" {
			fmt.Fprintln(conn, f.push)
		}
		if strings.HasSuffix(answer, "close") {
			return
		}
	}
}
