"""A worker: worker.py BROKER-SOCKET SUBSCRIBER. Start several copies if there is enough work."""

import signal
import sys

import ppmq


def work(message):
    """Must tolerate redelivery. Acknowledged when it returns, nacked when it raises."""
    if not message.payload:
        raise ppmq.Nack("empty", ppmq.NEVER)  # to the dead letters
    print(message.payload, flush=True)


subscriber = ppmq.Subscriber(sys.argv[2], work, broker=sys.argv[1], workers=2)
signal.signal(signal.SIGTERM, lambda *unused: subscriber.stop())
subscriber.run()
