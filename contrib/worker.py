#!/usr/bin/env python3
"""A worker of ppMQ in Python that needs no libraries: it connects to the broker and subscribes.

Start several copies if there is enough work: each gets its own batches. Put your own code into
work(). If it raises an exception, the message is delivered again.
"""

import argparse
import json
import socket
import sys


def work(message):
    """Handles a message. Must tolerate redelivery: delivery is at least once."""
    print(message["Payload"], flush=True)


def serve(broker, name, batches):
    """Handles batches and acknowledges their messages; returns when the broker is gone."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(broker)
        connection.sendall(json.dumps({"Subscriber": name, "Command": "SUBSCRIBE"}).encode())
        for line in connection.makefile("rb"):
            value = json.loads(line)
            if "error" in value:
                sys.exit(value["error"])
            done = []
            try:
                for message in value["messages"]:
                    work(message)
                    done.append(message["Key"])
            finally:
                acks = {"Topic": value["topic"], "Subscriber": name, "Acks": done}
                connection.sendall(json.dumps(acks).encode())
            batches -= 1
            if batches == 0:
                return


def main():
    parser = argparse.ArgumentParser(description="A worker of ppMQ.")
    parser.add_argument("--name", required=True, help="the subscriber's name in the configuration")
    parser.add_argument("--broker", default="/run/ppmq/ppmq.socket", help="the broker's socket")
    parser.add_argument("--batches", type=int, default=-1, help="end after this many batches")
    given = parser.parse_args()
    serve(given.broker, given.name, given.batches)


if __name__ == "__main__":
    main()
