"""ppMQ for asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Iterable
from typing import Any

from .link import Link
from .messages import NEVER, Message, Nack, encode
from .subscriber import BROKER, Delivery, Subscriber

__all__ = ["NEVER", "Delivery", "Message", "Nack", "Publisher", "Subscriber"]


class Publisher:
    """Publishes messages over one connection and learns that the broker has stored them.

    Values not confirmed when the connection is lost are sent again on the next one, so a message
    may be stored twice. `timeout` is the time from sending a value to its confirm, in seconds.
    A full topic with `WhenFull: block` holds up everything that this publisher sends.
    """

    def __init__(self, broker: str = BROKER, *, timeout: float = 30, window: int = 1024) -> None:
        self._link = Link(broker, timeout, window)

    async def publish(self, topic: str, *messages: Any) -> None:
        """Stores messages, all or none. A value that is not a Message is a payload.

        Raises Refused: nothing was stored. Unreachable: nothing was stored, no broker was there.
        Unconfirmed: the messages may be stored.
        """
        await (await self.submit(topic, *messages))

    async def submit(self, topic: str, *messages: Any) -> asyncio.Future[Any]:
        """Returns as soon as there is room in the window; the future ends as publish() does."""
        return await self._link.send(value(topic, messages))

    async def publish_all(self, topic: str, messages: Iterable[Any] | AsyncIterable[Any]) -> int:
        """Stores a stream of messages, each as one value, with a full window; returns their number.

        Stops at the first failure: the messages before it are stored, those behind it may be.
        """
        confirms: deque[asyncio.Future[Any]] = deque()
        count = 0
        async for message in _each(messages):
            confirms.append(await self.submit(topic, message))
            while confirms and confirms[0].done():
                confirms.popleft().result()
                count += 1
        for confirm in confirms:
            await confirm
            count += 1
        return count

    async def close(self) -> None:
        """Waits for the confirms of all values under way, and closes the connection."""
        await self._link.close()

    async def __aenter__(self) -> Publisher:
        return self

    async def __aexit__(self, *unused: object) -> None:
        await self.close()


def value(topic: str, messages: Iterable[Any]) -> bytes:
    """Messages as they are sent: the program may change its objects afterwards."""
    return encode({"Topic": topic, "Messages": list(map(_fields, messages))})


def _fields(message: Any) -> dict[str, Any]:
    return (message if isinstance(message, Message) else Message(message)).fields()


async def _each(messages: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterable[Any]:
    if isinstance(messages, AsyncIterable):
        async for message in messages:
            yield message
    else:
        for message in messages:
            yield message
