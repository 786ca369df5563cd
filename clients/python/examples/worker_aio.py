"""A worker for asyncio: worker_aio.py BROKER-SOCKET SUBSCRIBER. Does 10 messages at once."""

import asyncio
import signal
import sys

from ppmq import aio


async def work(message):
    """Must tolerate redelivery. Acknowledged when it returns, nacked when it raises."""
    print(message.payload, flush=True)


async def main():
    subscriber = aio.Subscriber(sys.argv[2], work, broker=sys.argv[1], concurrency=10)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, subscriber.stop)
    await subscriber.run()


asyncio.run(main())
