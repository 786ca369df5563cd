"""A link to the broker that outlives its connections."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from typing import Any

from .channel import PAUSE_MAX, PAUSE_MIN, Channel, Lost, open_in_time
from .errors import Unavailable, Unconfirmed, Unreachable

WINDOW_BYTES = 16 << 20


class _Value:
    def __init__(self, line: bytes) -> None:
        self.line = line
        self.size = len(line)
        self.written = False
        self.in_doubt = False
        self.answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None


class Link:
    """Sends values in their order over one connection, many under way at once.

    When the connection is lost it opens another, after a pause of 50 ms, doubled up to 5 s, and
    sends unanswered values again: at least once. At most `window` values and 16 MiB are under way.
    """

    def __init__(self, address: str, timeout: float, window: int) -> None:
        self._address = address
        self._timeout = timeout
        self._window = window
        self._bytes = 0
        self._under_way: dict[_Value, None] = {}
        self._unwritten: deque[_Value] = deque()
        self._entry = asyncio.Lock()
        self._moved = asyncio.Event()
        self._more = asyncio.Event()
        self._failure = "the broker did not read it in time"
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    async def send(self, line: bytes) -> asyncio.Future[dict[str, Any]]:
        """Returns when there is room; the future ends with the answer."""
        async with self._entry:
            while self._under_way and (
                len(self._under_way) >= self._window or self._bytes + len(line) > WINDOW_BYTES
            ):
                self._moved.clear()
                await self._moved.wait()
            if self._closed:
                raise RuntimeError("closed")
            value = _Value(line)
            value.timer = asyncio.get_running_loop().call_later(self._timeout, self._expire, value)
            self._under_way[value] = None
            self._bytes += value.size
            self._unwritten.append(value)
            self._more.set()
            if self._running is None:
                self._running = asyncio.create_task(self._run())
            return value.answer

    async def close(self) -> None:
        """Takes no more values, and waits until each has its answer or its time is over."""
        self._closed = True
        while self._under_way:
            self._moved.clear()
            await self._moved.wait()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        pause = PAUSE_MIN
        while True:
            while not self._under_way:
                self._more.clear()
                await self._more.wait()
            answers = 0
            try:
                channel = Channel(await open_in_time(self._address))
                answers = await self._serve(channel)
            except (OSError, ValueError, asyncio.TimeoutError) as e:
                why = f": {e}" if str(e) else ""
                self._failure = f"the broker at {self._address} cannot be reached{why}"
            pause = PAUSE_MIN if answers else min(2 * pause, PAUSE_MAX)
            if self._under_way:
                await asyncio.sleep(pause)

    async def _serve(self, channel: Channel) -> int:
        self._unwritten = deque(self._under_way)
        writing = asyncio.create_task(self._write(channel))
        try:
            await channel.run()
        except (OSError, ValueError) as e:
            self._failure = str(e)
        finally:
            writing.cancel()
        return channel.answers

    async def _write(self, channel: Channel) -> None:
        try:
            while True:
                while self._unwritten:
                    value = self._unwritten.popleft()
                    if value in self._under_way:
                        value.written = True
                        answer = channel.send(value.line)
                        answer.add_done_callback(functools.partial(self._end, value))
                        await channel.drain()
                self._more.clear()
                await self._more.wait()
        except OSError:
            pass  # the reading task notices it, too

    def _end(self, value: _Value, answer: asyncio.Future[dict[str, Any]]) -> None:
        failure = answer.exception()
        if value not in self._under_way:
            return
        if isinstance(failure, Lost):
            value.in_doubt = True
            return
        if isinstance(failure, Unavailable) and failure.code == "stopping":
            value.written = value.in_doubt  # nothing was done: it is sent on the next connection
            return
        self._leave(value)
        if value.answer.done():
            return
        if failure is None:
            value.answer.set_result(answer.result())
        elif value.in_doubt:
            value.answer.set_exception(
                Unconfirmed(f"lost unconfirmed, then: {failure}")
            )
        else:
            value.answer.set_exception(failure)

    def _expire(self, value: _Value) -> None:
        self._leave(value)
        if value.answer.done():
            return
        if value.written:
            value.answer.set_exception(Unconfirmed(f"no confirm within {self._timeout:g} s"))
        else:
            value.answer.set_exception(Unreachable(self._failure))

    def _leave(self, value: _Value) -> None:
        del self._under_way[value]
        self._bytes -= value.size
        if value.timer is not None:
            value.timer.cancel()
        self._moved.set()
