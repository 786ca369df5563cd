"""The pushed messages that are not settled, by topic."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from .messages import Delivered


class Lane:
    """The messages of a topic. Each key occurs once, so a lane holds no more than is in flight.

    `handle` takes one message, or all waiting messages; up to `abreast` calls run at once.
    """

    def __init__(
        self, handle: Callable[[list[Delivered]], Awaitable[None]], whole: bool, abreast: int
    ) -> None:
        self._handle = handle
        self._whole = whole
        self._abreast = abreast
        self._waiting: dict[str, Delivered] = {}
        self._running: dict[str, Delivered] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, messages: list[Delivered]) -> None:
        """Adds a message. If a handler already has it, it is not handled twice: that result counts.

        A newer version of its key, which begins at the first attempt, replaces it: then that
        result does not count.
        """
        for fresh in messages:
            held = self._running.get(fresh.key)
            if held is not None:
                if fresh.attempt > held.attempt and fresh.payload == held.payload:
                    continue
                del self._running[fresh.key]
            self._waiting[fresh.key] = fresh
        for _ in range(min(self._abreast - len(self._tasks), len(self._waiting))):
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while self._waiting:
            taken = list(self._waiting.values())
            taken = taken if self._whole else taken[:1]
            for message in taken:
                del self._waiting[message.key]
                self._running[message.key] = message
            try:
                await self._handle(taken)
            finally:
                for message in taken:
                    self.settle(message)
        # Not only when the loop notices its end: a message added before that needs another task.
        self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def settle(self, message: Delivered) -> bool:
        """Settles a message; returns whether this result counts. No later result will."""
        if self._running.get(message.key) is not message:
            return False
        del self._running[message.key]
        return True

    def stop(self) -> None:
        """Starts no more handlers."""
        self._waiting.clear()

    def abandon(self) -> None:
        """Forgets all messages: running handlers continue, but their results do not count."""
        self._waiting.clear()
        self._running.clear()

    async def finish(self, timeout: float | None) -> None:
        """Waits for the handlers, and cancels those that take too long."""
        if self._tasks:
            late = (await asyncio.wait(list(self._tasks), timeout=timeout))[1]
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=timeout)
