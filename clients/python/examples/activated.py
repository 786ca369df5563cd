"""A subscriber that systemd starts by its socket: activated.py BROKER-SOCKET SUBSCRIBER [SOCKET].

Started by hand it listens at SOCKET, as the broker's configuration names it.
"""

import signal
import sys

import ppmq


def work(message):
    print(message.payload, flush=True)


socket = sys.argv[3] if len(sys.argv) > 3 else ""
subscriber = ppmq.Subscriber(sys.argv[2], work, broker=sys.argv[1], socket=socket)
signal.signal(signal.SIGTERM, lambda *unused: subscriber.stop())
subscriber.run()
