// Package ppmq is a client of ppMQ, a persistent message queue with priorities.
//
// A Publisher stores messages and learns that the broker keeps them. A Subscriber hands each message
// that the broker pushes to a handler, acknowledges it when the handler returns nil, and nacks it
// otherwise. Both connect again when the connection is lost.
package ppmq

// DefaultBroker is the broker's socket unless another is named.
const DefaultBroker = "/run/ppmq/ppmq.socket"
