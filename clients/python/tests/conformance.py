"""The client under test of `ppmq conformance client`: does what its messages say."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import ppmq
from ppmq import Message, Nack, aio

BROKER = os.environ["PPMQ_SOCKET"]


def message(fields: dict[str, Any]) -> Message:
    return Message(
        fields["Payload"],
        key=fields.get("Key"),
        priority=fields.get("Priority", 0),
        expires=fields.get("Expires"),
        delay=fields.get("Delay"),
        not_before=fields.get("NotBefore"),
    )


async def outcome(confirmed: Any) -> str:
    try:
        await confirmed
        return "ok"
    except ppmq.Refused as e:
        return e.code + (" final" if e.final else "")
    except ppmq.Unconfirmed as e:
        return e.code


async def main() -> None:
    publisher = aio.Publisher(BROKER)

    async def work(delivery: aio.Delivery) -> None:
        task = delivery.payload
        what = task["do"]
        if what == "ack":
            await asyncio.sleep(task.get("afterMillis", 0) / 1000)
        elif what == "fail":
            raise RuntimeError(task["reason"])
        elif what == "nack":
            raise Nack(task["reason"], task["retryAfter"])
        elif what == "extend":
            if not await delivery.extend():
                raise Nack("gone")
        elif what == "publish":
            sent = []
            for value in task["values"]:
                sent.append(await publisher.submit("results", *map(message, value)))
            raise Nack(", ".join([await outcome(confirmed) for confirmed in sent]))
        elif what == "stop":
            subscriber.stop()

    subscriber = aio.Subscriber("conformance", work, broker=BROKER)
    await subscriber.run()
    await publisher.close()


asyncio.run(main())
