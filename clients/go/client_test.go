package ppmq

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var ctx = context.Background()

func (b *broker) publisher(options PublisherOptions) *Publisher {
	p := NewPublisher(b.address, options)
	b.t.Cleanup(p.Close)
	return p
}

func (b *broker) publish(topic string, messages ...Message) {
	b.t.Helper()
	p := NewPublisher(b.address, PublisherOptions{})
	defer p.Close()
	if err := p.Publish(ctx, topic, messages...); err != nil {
		b.t.Fatal(err)
	}
}

// inbox is a subscriber that serves in the background.
type inbox struct {
	t        *testing.T
	got      chan *Delivery
	problems chan string
	stop     func()
}

func (b *broker) subscribe(topic string, s Subscriber) *inbox {
	in := &inbox{t: b.t, got: make(chan *Delivery, 10_000), problems: make(chan string, 10_000)}
	handle := s.Handle
	s.Name, s.Broker = topic+"-s", b.address
	if s.HandleBatch == nil {
		s.Handle = func(c context.Context, d *Delivery) error {
			in.got <- d
			if handle != nil {
				return handle(c, d)
			}
			return nil
		}
	}
	if s.Problem == nil {
		s.Problem = func(sentence string, cause error) { in.problems <- sentence }
	}
	serving, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(serving) }()
	var once sync.Once
	in.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				b.t.Error(err)
			}
		})
	}
	b.t.Cleanup(in.stop)
	return in
}

func (in *inbox) next() *Delivery {
	in.t.Helper()
	return receive(in.t, in.got)
}

func receive[T any](t *testing.T, from <-chan T) (item T) {
	t.Helper()
	select {
	case item = <-from:
	case <-time.After(limit):
		t.Fatal("nothing came")
	}
	return item
}

func (in *inbox) expect(payload string, attempt int) *Delivery {
	in.t.Helper()
	d := in.next()
	if d.Text() != payload || d.Attempt != attempt {
		in.t.Fatalf("got %s, attempt %d; want %s, attempt %d", d.Text(), d.Attempt, payload, attempt)
	}
	return d
}

func (in *inbox) expectNothing() {
	in.t.Helper()
	select {
	case d := <-in.got:
		in.t.Fatalf("got %s", d.Text())
	case <-time.After(300 * time.Millisecond):
	}
}

func TestClient(t *testing.T) {
	b := startBroker(t, map[string]string{
		"plain": ", AckRetry: 1m, Priorities: 3", "keyed": ", Dedupe: true", "many": "", "dead": "",
		"full": ", MaxMessages: 1, WhenFull: reject", "block": ", MaxMessages: 1",
		"fails": ", DeadLetter: dead", "work": ", AckRetry: 1m", "slow": ", AckRetry: 1m",
		"whole": ", AckRetry: 1m", "sock": ", AckRetry: 1m", "late": ", AckRetry: 300ms", "shown": "",
		"again": "", "rows": "",
	})
	within := func(name string, test func(t *testing.T, b *broker)) {
		t.Run(name, func(t *testing.T) {
			c := *b
			c.t = t
			test(t, &c)
		})
	}
	within("messages come in their order with their fields", fieldsArrive)
	within("a newer message of a key replaces the queued one", keysReplace)
	within("a stream is pipelined", streamIsPipelined)
	within("a refusal has a family and a code", refusals)
	within("a message that a full topic holds is in doubt", heldIsInDoubt)
	within("a handler that fails nacks with its reason", failureNacks)
	within("a message comes again whatever is wrong with its nack", nacksComeAgain)
	within("a nack has its pause whatever is wrong with its error", nacksHaveTheirPause)
	within("a payload is that of the moment at which it was submitted", payloadsOfTheMoment)
	within("workers work at the same time", workersAtOnce)
	within("Extend says whether a message is still out", extending)
	within("a batch is handled as a whole", wholeBatch)
	within("the end finishes what was begun and leaves the rest", endFinishes)
	within("a subscriber listens on its own socket", listens)
	within("a subscriber that the broker does not know ends", unknownEnds)
	within("the examples work", examples)
}

func fieldsArrive(t *testing.T, b *broker) {
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Round(0)
	b.publish("plain",
		Message{Payload: map[string]any{"a": []any{1, "ü <&>"}}, Priority: 2, Expires: tomorrow},
		Text("two words"), Message{Payload: "later", Delay: 400 * time.Millisecond})
	in := b.subscribe("plain", Subscriber{})
	in.expect("two words", 1)
	second := in.expect(`{"a":[1,"ü <&>"]}`, 1)
	if second.Priority != 2 || !second.Expires.Equal(tomorrow) {
		t.Fatalf("got %+v", second)
	}
	in.expect("later", 1)
}

func keysReplace(t *testing.T, b *broker) {
	b.publish("keyed", Message{Payload: "old", Key: "k"})
	b.publish("keyed", Message{Payload: "new", Key: "k"})
	in := b.subscribe("keyed", Subscriber{})
	if d := in.expect("new", 1); d.Key != "k" {
		t.Fatal(d.Key)
	}
	in.expectNothing()
}

func streamIsPipelined(t *testing.T, b *broker) {
	p := b.publisher(PublisherOptions{Window: 100})
	var confirms []*Confirm
	for i := 0; i < 3000; i++ {
		confirm, err := p.Submit(ctx, "many", Message{Payload: i})
		if err != nil {
			t.Fatal(err)
		}
		confirms = append(confirms, confirm)
	}
	for _, confirm := range confirms {
		if err := confirm.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	in := b.subscribe("many", Subscriber{Workers: 2, Concurrency: 4})
	got := map[string]bool{}
	for i := 0; i < 3000; i++ {
		got[in.next().Text()] = true
	}
	if len(got) != 3000 {
		t.Fatal(len(got))
	}
}

func refusals(t *testing.T, b *broker) {
	p := b.publisher(PublisherOptions{})
	err := p.Publish(ctx, "nowhere", Text("x"))
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != "unknown-topic" || !refused.Final() {
		t.Fatal(err)
	}
	both := Message{Delay: time.Second, NotBefore: time.Now().Add(time.Hour)}
	if err := p.Publish(ctx, "plain", both); !errors.Is(err, ErrMalformed) {
		t.Fatal(err)
	}
	b.publish("full", Text("x"))
	err = p.Publish(ctx, "full", Text("y"))
	if !errors.Is(err, ErrTopicFull) || isFinal(err) {
		t.Fatal(err)
	}
	if err := p.Publish(ctx, "plain", Message{Payload: make(chan int)}); err == nil {
		t.Fatal("a channel is no JSON")
	}
	for _, broken := range []Message{{Key: "\xff"}, Text("\xff")} {
		if err := p.Publish(ctx, "keyed", broken); !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
	}
}

func heldIsInDoubt(t *testing.T, b *broker) {
	p := b.publisher(PublisherOptions{Timeout: 500 * time.Millisecond})
	b.publish("block", Text("x"))
	if err := p.Publish(ctx, "block", Text("y")); !errors.Is(err, ErrUnconfirmed) {
		t.Fatal(err)
	}
}

func failureNacks(t *testing.T, b *broker) {
	dead := b.subscribe("dead", Subscriber{})
	b.publish("fails", Text("x"))
	in := b.subscribe("fails", Subscriber{
		RetryAfter: func(*Delivery, error) string { return "0s" },
		Handle: func(_ context.Context, d *Delivery) error {
			if d.Attempt == 1 {
				panic("not\nyet")
			}
			return &Nack{"never mind", Never}
		},
	})
	in.expect("x", 1)
	in.expect("x", 2)
	var letter struct{ Reason, Payload string }
	if err := dead.next().Decode(&letter); err != nil || letter.Reason != "never mind" {
		t.Fatal(letter, err)
	}
	receive(t, in.problems)
}

func nacksComeAgain(t *testing.T, b *broker) {
	var none *Nack
	for _, test := range []struct {
		name    string
		failure error
		retry   func(*Delivery, error) string
	}{
		{"wrong duration", errors.New("not yet"), func(*Delivery, error) string { return "soon" }},
		{"panic", errors.New("not yet"), func(*Delivery, error) string { panic("no") }},
		{"nil pointer", none, nil},
	} {
		b.publish("again", Text(test.name))
		in := b.subscribe("again", Subscriber{
			RetryAfter: test.retry,
			Handle: func(_ context.Context, d *Delivery) error {
				if d.Attempt == 1 {
					return test.failure
				}
				return nil
			},
		})
		in.expect(test.name, 1)
		in.expect(test.name, 2)
		in.stop()
	}
}

// mute cannot say what it is.
type mute struct{ text string }

func (m *mute) Error() string { return m.text }

func nacksHaveTheirPause(t *testing.T, b *broker) {
	dead := b.subscribe("dead", Subscriber{})
	var none *mute
	for failure, reason := range map[error]string{errors.New("no"): "no", none: "<nil>"} {
		b.publish("fails", Text("x"))
		in := b.subscribe("fails", Subscriber{
			RetryAfter: func(*Delivery, error) string { return Never },
			Problem:    func(string, error) { panic("no problem") },
			Handle:     func(context.Context, *Delivery) error { return failure },
		})
		var letter struct{ Reason string }
		if err := dead.next().Decode(&letter); err != nil || letter.Reason != reason {
			t.Fatal(letter, err)
		}
		in.stop()
	}
}

func payloadsOfTheMoment(t *testing.T, b *broker) {
	p := b.publisher(PublisherOptions{})
	row := map[string]int{}
	var last *Confirm
	for i := 0; i < 100; i++ {
		row["i"] = i
		confirm, err := p.Submit(ctx, "rows", Message{Payload: row})
		if err != nil {
			t.Fatal(err)
		}
		last = confirm
	}
	if err := last.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	in := b.subscribe("rows", Subscriber{})
	for i := 0; i < 100; i++ {
		in.expect(fmt.Sprintf(`{"i":%d}`, i), 1)
	}
}

func workersAtOnce(t *testing.T, b *broker) {
	var both sync.WaitGroup
	both.Add(2)
	b.subscribe("work", Subscriber{
		Workers: 2, BatchSize: 1, Topics: []string{"work"},
		Handle: func(context.Context, *Delivery) error {
			both.Done()
			both.Wait()
			return nil
		},
	})
	b.publish("work", Text("a"), Text("b"))
	done := make(chan bool)
	go func() {
		both.Wait()
		close(done)
	}()
	receive(t, done)
}

func extending(t *testing.T, b *broker) {
	extended := make(chan bool, 5)
	b.publish("late", Text("x"))
	in := b.subscribe("late", Subscriber{Handle: func(_ context.Context, d *Delivery) error {
		for i := 0; i < 5; i++ {
			time.Sleep(100 * time.Millisecond)
			is, err := d.Extend()
			if err != nil {
				t.Error(err)
			}
			extended <- is
		}
		return nil
	}})
	d := in.next()
	for i := 0; i < 5; i++ {
		receive(t, extended)
	}
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		is, err := d.Extend() // the acknowledgement is on its way
		if err != nil || time.Now().After(end) {
			t.Fatal(is, err)
		}
		if !is {
			break
		}
	}
}

func wholeBatch(t *testing.T, b *broker) {
	b.publish("whole", Text("a"), Text("b"), Text("c"))
	got := make(chan []*Delivery, 1)
	b.subscribe("whole", Subscriber{HandleBatch: func(_ context.Context, all []*Delivery) error {
		got <- all
		return nil
	}})
	if all := receive(t, got); len(all) != 3 || all[2].Text() != "c" {
		t.Fatal(len(all))
	}
}

func endFinishes(t *testing.T, b *broker) {
	b.publish("slow", Text("first"), Text("second"))
	in := b.subscribe("slow", Subscriber{Handle: func(context.Context, *Delivery) error {
		time.Sleep(200 * time.Millisecond)
		return nil
	}})
	in.expect("first", 1)
	in.stop()
	in = b.subscribe("slow", Subscriber{})
	in.expect("second", 2)
	in.expectNothing()
}

func listens(t *testing.T, b *broker) {
	in := b.subscribe("sock", Subscriber{Socket: b.own})
	b.publish("sock", Text("x"))
	in.expect("x", 1)
	in.stop()
	in = b.subscribe("sock", Subscriber{Socket: b.own})
	in.expectNothing() // it was acknowledged
}

func unknownEnds(t *testing.T, b *broker) {
	handle := func(context.Context, *Delivery) error { return nil }
	err := Subscriber{Name: "nobody", Broker: b.address, Workers: 2, Handle: handle}.Run(ctx)
	if !errors.Is(err, ErrUnknownName) {
		t.Fatal(err)
	}
}

func examples(t *testing.T, b *broker) {
	programs := t.TempDir()
	build := exec.Command("go", "build", "-o", programs, "./examples/...")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if said, err := exec.Command(programs+"/publish", b.address, "shown", "a", "b").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	expectOutput(t, exec.Command(programs+"/worker", b.address, "shown-s"), "a", "b")

	// Closing must not remove the file, as with systemd's.
	own, err := net.ListenUnix("unix", &net.UnixAddr{Name: b.own, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	own.SetUnlinkOnClose(false)
	file, err := own.File()
	if err != nil {
		t.Fatal(err)
	}
	own.Close()
	activated := exec.Command("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`,
		programs+"/activated", b.address, "sock-s")
	activated.ExtraFiles = []*os.File{file}
	b.publish("sock", Text("woken"))
	expectOutput(t, activated, "woken")
}

// expectOutput starts a program, and ends it when it has printed these lines.
func expectOutput(t *testing.T, program *exec.Cmd, lines ...string) {
	t.Helper()
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(limit, func() { program.Process.Kill() })
	defer late.Stop()
	scanner := bufio.NewScanner(out)
	for _, line := range lines {
		if !scanner.Scan() || scanner.Text() != line {
			t.Errorf("got %q, want %q", scanner.Text(), line)
		}
	}
	program.Process.Signal(os.Interrupt)
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
}

func TestWhatAKilledBrokerDidNotConfirmIsSentAgain(t *testing.T) {
	b := startBroker(t, map[string]string{"jobs": ""})
	in := b.subscribe("jobs", Subscriber{})
	p := b.publisher(PublisherOptions{Window: 50})
	published := make(chan error, 1)
	go func() {
		var last *Confirm
		for i := 0; i < 2000; i++ {
			confirm, err := p.Submit(ctx, "jobs", Message{Payload: i})
			if err != nil {
				published <- err
				return
			}
			last = confirm
		}
		published <- last.Wait(ctx)
	}()
	got := map[string]bool{in.next().Text(): true}
	b.kill()
	b.start()
	if err := receive(t, published); err != nil {
		t.Fatal(err)
	}
	for len(got) < 2000 {
		got[in.next().Text()] = true
	}
}

func TestNoBrokerStoresNothing(t *testing.T) {
	p := NewPublisher("/nowhere/ppmq.socket", PublisherOptions{Timeout: 200 * time.Millisecond})
	defer p.Close()
	if err := p.Publish(ctx, "t", Text("x")); !errors.Is(err, ErrUnreachable) {
		t.Fatal(err)
	}
}

func TestOutcomes(t *testing.T) {
	stopping := `,"error":"e","code":"stopping"close`
	doubt := `,"error":"e","code":"in-doubt"`
	confirmed := `,"gone":[]`
	for _, test := range []struct {
		name   string
		script []string
		sent   int
		want   error
	}{
		{"sent again after a lost connection", []string{"", confirmed}, 2, nil},
		{"sent again when the broker was stopping", []string{stopping, confirmed}, 2, nil},
		{"in doubt is unconfirmed", []string{doubt}, 1, ErrUnconfirmed},
		{"refused after a lost connection", []string{"", `,"error":"e","code":"topic-full"`}, 2, ErrUnconfirmed},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := startFake(t, test.script...)
			p := NewPublisher(f.address, PublisherOptions{})
			defer p.Close()
			err := p.Publish(ctx, "t", Text("x"))
			if !errors.Is(err, test.want) || f.values != test.sent {
				t.Fatal(err, f.values)
			}
		})
	}
}

func TestALongBatchIsNackedInValuesThatTheBrokerTakes(t *testing.T) {
	const count = 45_000
	messages := make([]string, count)
	for i := range messages {
		messages[i] = fmt.Sprintf(`{"Key":"%d","Payload":%d}`, i, i)
	}
	f := startFake(t, strings.Split(strings.Repeat(`,"gone":[] `, 12), " ")...)
	f.push = `{"topic":"t","subscriber":"s","messages":[` + strings.Join(messages, ",") + `]}`
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- Subscriber{
			Name: "s", Broker: f.address, Problem: func(string, error) {},
			HandleBatch: func(context.Context, []*Delivery) error { return errors.New("not yet") },
		}.Run(serving)
	}()
	nacked := map[string]bool{}
	for end := time.Now().Add(limit); len(nacked) < count; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(len(nacked))
		}
		f.mu.Lock()
		for _, keys := range f.nacks {
			if len(keys) > 20_000 {
				t.Fatal(len(keys))
			}
			for _, key := range keys {
				nacked[key] = true
			}
		}
		f.mu.Unlock()
	}
	stop()
	if err := receive(t, ended); err != nil {
		t.Fatal(err)
	}
}

func TestCodes(t *testing.T) {
	for code, want := range map[string]error{
		"denied": ErrDenied, "too-large": ErrMalformed, "not-of-topic": ErrUnknownName,
		"disk-full": ErrUnavailable, "topic-full": ErrTopicFull,
	} {
		if err := error(&Refused{Code: code}); !errors.Is(err, want) {
			t.Error(code)
		}
	}
	if r := (&Refused{Code: "new-code"}); !r.Final() || errors.Is(r, ErrUnavailable) {
		t.Error("a code that is not known is final, and of no family")
	}
}

func TestAReasonIsCutAtACharacter(t *testing.T) {
	long := strings.Repeat("ü", 600) + strconv.Itoa(1)
	if got := reason(errors.New("a" + long)); got != "a"+strings.Repeat("ü", 511) {
		t.Error(len(got))
	}
}
