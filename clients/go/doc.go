// Package ppmq is a client of ppMQ, a persistent message queue with priorities.
//
// A Publisher stores messages and learns that the broker has stored them. A Subscriber passes each
// pushed message to a handler, acknowledges it when the handler returns nil, and nacks it
// otherwise. Both connect again when the connection is lost.
package ppmq

// DefaultBroker is the default socket of the broker.
const DefaultBroker = "/run/ppmq/ppmq.socket"
