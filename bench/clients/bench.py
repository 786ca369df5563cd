"""Publishes and consumes with the client for Python: bench.py SOCKET TOPIC SUBSCRIBER MESSAGES."""

import sys
import time

import ppmq


def main():
    broker, topic, name, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])

    def measured(work):
        begun, cpu = time.monotonic(), time.process_time()
        work()
        return time.monotonic() - begun, time.process_time() - cpu

    def publish():
        with ppmq.Publisher(broker) as publisher:
            publisher.publish_all(topic, (f"{i:0100}" for i in range(count)))

    done = 0

    def take(_message):
        nonlocal done
        done += 1
        if done == count:
            subscriber.stop()

    subscriber = ppmq.Subscriber(name, take, broker=broker)
    print(*measured(publish), *measured(subscriber.run))


main()
