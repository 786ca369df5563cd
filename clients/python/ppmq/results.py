"""Passes pushed messages to handlers, and reports the results to the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .channel import PAUSE_MAX, PAUSE_MIN, Lost
from .errors import Error, Refused
from .lanes import Lane
from .messages import Delivered

if TYPE_CHECKING:
    from .subscriber import Subscriber

KEYS_MAX = 10_000  # in one value; the broker takes 20,000 nacks

Say = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Results:
    """Takes batches, and reports their results to the broker."""

    def __init__(self, options: Subscriber, say: Say) -> None:
        self._options = options
        self._say = say
        self._lanes: dict[str, Lane] = {}
        self._acks: dict[str, list[str]] = {}
        self._words: set[asyncio.Task[None]] = set()
        self._stopped = False

    def arrived(self, batch: dict[str, Any]) -> None:
        if self._stopped:
            return
        topic = batch["topic"]
        messages = []
        for fields in batch["messages"]:
            message = self._options._delivery(topic, fields)
            message._results = self  # type: ignore[attr-defined]
            messages.append(message)
        lane = self._lanes.get(topic)
        if lane is None:
            lane = Lane(self._handle, self._options.batches, self._options.concurrency)
            self._lanes[topic] = lane
        lane.add(messages)

    async def _handle(self, messages: list[Delivered]) -> None:
        failure: BaseException | None = None
        try:
            await self._options.handle(messages)
        except (Exception, asyncio.CancelledError) as e:
            failure = e
        counting = [m for m in messages if self._lanes[m.topic].settle(m)]
        if not counting:
            return
        topic = counting[0].topic
        if failure is None:
            if not self._acks.get(topic):
                asyncio.get_running_loop().call_soon(self._flush, topic)
            self._acks.setdefault(topic, []).extend(m.key for m in counting)
        else:
            why = self._why(counting[0], failure)
            self._tell_keys(topic, "Nacks", [m.key for m in counting], why)

    def _why(self, message: Delivered, failure: BaseException) -> dict[str, Any]:
        try:
            return self._options.nack(message, failure)
        except Exception as e:
            # The message must not stay with a subscriber that is done with it.
            self._options.problem("a message is nacked without a reason: it cannot be said", e)
            return {}

    def _flush(self, topic: str) -> None:
        self._tell_keys(topic, "Acks", self._acks.pop(topic, []), {})

    def _tell_keys(self, topic: str, name: str, keys: list[str], rest: dict[str, Any]) -> None:
        for i in range(0, len(keys), KEYS_MAX):
            self._tell(topic, {name: keys[i : i + KEYS_MAX], **rest})

    def _tell(self, topic: str, fields: dict[str, Any]) -> None:
        value = {"Topic": topic, "Subscriber": self._options.name, **fields}
        task = asyncio.create_task(self._confirmed(value))
        self._words.add(task)
        task.add_done_callback(self._words.discard)

    async def _confirmed(self, value: dict[str, Any]) -> None:
        """Sends a result until it is confirmed or the connection ends; repeats do no harm."""
        pause = PAUSE_MIN
        while True:
            try:
                await self._say(value)
                return
            except Lost:
                return
            except Error as e:
                if isinstance(e, Refused) and e.final:
                    self._options.problem("the broker refuses a result of messages", e)
                    if value.pop("RetryAfter", None) is None:
                        return  # otherwise the broker decides, so that they come again
                    continue
            pause = min(2 * pause, PAUSE_MAX)
            await asyncio.sleep(pause)

    async def extend(self, message: Delivered) -> bool:
        value = {"Topic": message.topic, "Subscriber": self._options.name, "Extend": [message.key]}
        try:
            return message.key not in (await self._say(value)).get("gone", ())
        except Lost:
            return False

    async def close(self) -> None:
        """Lets running handlers finish, and waits for the confirms of their results."""
        self._stopped = True
        for lane in self._lanes.values():
            lane.stop()
        timeout = self._options.timeout
        await asyncio.gather(*(lane.finish(timeout) for lane in self._lanes.values()))
        for topic in list(self._acks):
            self._flush(topic)
        if self._words:
            await asyncio.wait(list(self._words), timeout=timeout)
        self.abandon()

    def abandon(self) -> None:
        """Notes that the connection is lost: the broker delivers its messages in flight again."""
        self._stopped = True
        for lane in self._lanes.values():
            lane.abandon()
        for word in self._words:
            word.cancel()
