#!/usr/bin/env python3
"""Handles one batch of ppMQ, read from stdin, and ends. Needs no libraries.

systemd starts one such process for each connection of the broker (Accept=yes), and the broker makes
as many connections as Connections allows. Put your own code into work().
"""

import argparse
import json
import socket
import sys


def work(message):
    """Handles a message. Must tolerate redelivery: delivery is at least once."""
    print(message["Payload"], file=sys.stderr, flush=True)


def tell(broker, value):
    """Sends a value to the broker and waits for the confirm, so that no loss goes unnoticed."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(broker)
        connection.sendall(json.dumps(dict(value, Confirm="told")).encode())
        answer = json.loads(connection.makefile("rb").readline() or b'{"error":"no answer"}')
    if "error" in answer:
        sys.exit(answer["error"])


def main():
    parser = argparse.ArgumentParser(description="Handles one batch of ppMQ.")
    parser.add_argument("--broker", default="/run/ppmq/ppmq.socket", help="the broker's socket")
    given = parser.parse_args()
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return  # the batch is incomplete, and is delivered again
    batch = json.loads(line)
    done = []
    try:
        for message in batch["messages"]:
            work(message)
            done.append(message["Key"])
    finally:
        acks = {"Topic": batch["topic"], "Subscriber": batch["subscriber"], "Acks": done}
        tell(given.broker, acks)


if __name__ == "__main__":
    main()
