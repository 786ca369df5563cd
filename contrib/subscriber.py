#!/usr/bin/env python3
"""A subscriber of ppMQ in Python that needs no libraries.

Under systemd it uses the socket of its .socket unit; otherwise it listens on --socket. Put your
own code into work(). If it raises an exception, the message is delivered again.
"""

import argparse
import json
import os
import select
import socket
import sys

LISTEN_FDS_START = 3  # the first socket of sd_listen_fds(3)


def work(message):
    """Handles a message. Must tolerate redelivery: delivery is at least once."""
    print(message["Payload"], flush=True)


def tell(broker, value):
    """Sends a value to the broker and waits for the confirm, so that no loss goes unnoticed."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(broker)
        connection.sendall(json.dumps(dict(value, Confirm="told")).encode())
        answer = json.loads(connection.makefile("rb").readline() or b'{"error":"no answer"}')
    if "error" in answer:
        raise RuntimeError(answer["error"])


def handle(batch, name, broker):
    """Handles a batch and acknowledges the handled messages, even if another one fails."""
    done = []
    try:
        for message in batch["messages"]:
            work(message)
            done.append(message["Key"])
    finally:
        if done:
            tell(broker, {"Topic": batch["topic"], "Subscriber": name, "Acks": done})


def handed_over():
    """The socket that systemd listens on, or None."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=LISTEN_FDS_START)
    return None


def listening(path):
    """A socket of the program's own."""
    if os.path.exists(path):
        os.unlink(path)
    own = socket.socket(socket.AF_UNIX)
    own.bind(path)
    os.chmod(path, 0o660)  # the broker must be able to connect
    own.listen()
    return own


def serve(own, name, broker, idle):
    """Reads lines from all connections; returns when nothing has come for `idle` seconds."""
    buffers = {}
    while True:
        ready = select.select([own, *buffers], [], [], idle)[0]
        if not ready:
            return
        for source in ready:
            if source is own:
                buffers[own.accept()[0]] = b""
                continue
            data = source.recv(1 << 16)
            if not data:  # a line without a line feed is incomplete
                del buffers[source]
                source.close()
                continue
            *lines, buffers[source] = (buffers[source] + data).split(b"\n")
            for line in lines:
                handle(json.loads(line), name, broker)


def main():
    parser = argparse.ArgumentParser(description="A subscriber of ppMQ.")
    parser.add_argument("--name", required=True, help="the subscriber's name in the configuration")
    parser.add_argument("--broker", default="/run/ppmq/ppmq.socket", help="the broker's socket")
    parser.add_argument("--socket", help="where to listen, without a socket from systemd")
    parser.add_argument("--idle", type=float, help="end after this many seconds without a batch")
    given = parser.parse_args()
    own = handed_over()
    if own is None and given.socket is None:
        parser.error("--socket is needed without a socket from systemd")
    if own is None:
        # Delivers the unacknowledged messages of an earlier run again, before new ones. Not sent if
        # systemd listens: the batch that started this program is already on its way and would come
        # twice. AckRetry then brings back the messages of a crashed run.
        tell(given.broker, {"Subscriber": given.name, "Command": "RECONNECT"})
        own = listening(given.socket)
    serve(own, given.name, given.broker, given.idle)


if __name__ == "__main__":
    sys.exit(main())
