package ppmq

import "errors"

// The families of errors, for errors.Is.
var (
	// ErrDenied: this user lacks permission.
	ErrDenied = errors.New("denied")
	// ErrMalformed: the value itself is wrong, or too large.
	ErrMalformed = errors.New("malformed")
	// ErrUnknownName: there is no such topic or subscriber, or the subscriber does not belong to the
	// topic.
	ErrUnknownName = errors.New("unknown name")
	// ErrTopicFull: the topic has no room now.
	ErrTopicFull = errors.New("topic full")
	// ErrUnavailable: the broker is stopping, or its disk is full; sending the value again later is
	// safe.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnreachable: the value was not sent within the time. Nothing was done.
	ErrUnreachable = errors.New("the broker was not reached")
	// ErrUnconfirmed: the value was sent, but whether it takes effect is not known.
	ErrUnconfirmed = errors.New("unconfirmed")
	// ErrClosed: the publisher was already closed.
	ErrClosed = errors.New("closed")
)

const (
	codeInDoubt   = "in-doubt"
	codeMalformed = "malformed"
	codeStopping  = "stopping"
)

// errLost: the connection ended before the answer came.
var errLost = errors.New("the connection was lost")

var families = map[string]error{
	"denied":             ErrDenied,
	codeMalformed:        ErrMalformed,
	"too-large":          ErrMalformed,
	"unknown-topic":      ErrUnknownName,
	"unknown-subscriber": ErrUnknownName,
	"not-of-topic":       ErrUnknownName,
	"topic-full":         ErrTopicFull,
	"disk-full":          ErrUnavailable,
	"unavailable":        ErrUnavailable,
	codeStopping:         ErrUnavailable,
}

// Refused is a refusal of the broker: nothing was done, nor will be.
type Refused struct {
	// Code is one of the codes of PROTOCOL.md. More may be added.
	Code string
	// Reason is a sentence for people.
	Reason string
}

func (r *Refused) Error() string { return r.Reason }

// Is compares with the family of the code, such as ErrTopicFull.
func (r *Refused) Is(target error) bool { return families[r.Code] == target }

// Final reports whether the same value would be refused again. An unknown code is final.
func (r *Refused) Final() bool {
	family := families[r.Code]
	return family != ErrTopicFull && family != ErrUnavailable
}

// Unconfirmed has the reason why it is not known whether a value takes effect.
type Unconfirmed struct{ Reason string }

func (u *Unconfirmed) Error() string { return u.Reason }

// Is reports whether target is ErrUnconfirmed.
func (u *Unconfirmed) Is(target error) bool { return target == ErrUnconfirmed }

func isFinal(err error) bool {
	var refused *Refused
	return errors.As(err, &refused) && refused.Final()
}
