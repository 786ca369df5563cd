"""One connection to the broker, from its opening to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .errors import of_answer
from .messages import decode, encode

LINE_BYTES_MAX = 64 << 20
PAUSE_MIN = 0.05
PAUSE_MAX = 5.0


class Lost(ConnectionError):
    """The connection ended before the answer came."""


async def open_streams(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connects to a unix socket, or to tcp://host:port."""
    if address.startswith("tcp://"):
        host, _, port = address[len("tcp://") :].rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port), limit=LINE_BYTES_MAX)
    return await asyncio.open_unix_connection(address, limit=LINE_BYTES_MAX)


async def open_in_time(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """As open_streams(), within PAUSE_MAX.

    asyncio.wait_for of Python before 3.12 forgets that it was cancelled when what it waits for ends
    at the same moment.
    """
    opening = asyncio.create_task(open_streams(address))
    try:
        await asyncio.wait({opening}, timeout=PAUSE_MAX)
        if not opening.done():
            raise asyncio.TimeoutError(f"no connection within {PAUSE_MAX:g} s")
        return opening.result()
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise
    finally:
        opening.cancel()


def _close(opening: asyncio.Task[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[1].close()


async def read_values(reader: asyncio.StreamReader, take: Callable[[dict[str, Any]], None]) -> None:
    """Passes on each complete line; drops a line that was cut off."""
    while True:
        line = await reader.readline()
        if not line.endswith(b"\n"):
            return
        take(decode(line))


def _lose(answer: asyncio.Future[dict[str, Any]]) -> None:
    answer.set_exception(Lost("the connection was lost"))
    answer.exception()  # marks the exception as retrieved


class Channel:
    """Sends values and matches answers by their confirm string; receives batches if subscribed."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        arrived: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self._reader, self._writer = streams
        self._arrived = arrived
        self._last = 0
        self._awaited: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._is_over = False
        self.answers = 0

    def call(self, fields: dict[str, Any]) -> asyncio.Future[dict[str, Any]]:
        """As send()."""
        return self.send(encode(fields))

    def send(self, line: bytes) -> asyncio.Future[dict[str, Any]]:
        """Sends a value. The future returns the answer or raises a refusal, Unconfirmed or Lost."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if self._is_over:
            _lose(answer)
            return answer
        self._last += 1
        confirm = str(self._last)
        self._writer.write(b'%s,"Confirm":"%s"}\n' % (line[:-2], confirm.encode()))
        self._awaited[confirm] = answer
        return answer

    async def drain(self) -> None:
        await self._writer.drain()

    async def answered(self) -> None:
        """Returns when every value so far has its answer."""
        await asyncio.gather(*self._awaited.values(), return_exceptions=True)

    async def run(self) -> None:
        """Reads until the connection ends, raises the reason, and always closes it."""
        try:
            await read_values(self._reader, self._take)
            raise Lost("the broker closed the connection")
        finally:
            self._is_over = True
            self._writer.close()
            for answer in self._awaited.values():
                if not answer.done():
                    _lose(answer)
            self._awaited.clear()

    def _take(self, value: dict[str, Any]) -> None:
        if "topic" in value:
            if self._arrived is not None:
                self._arrived(value)
            return
        answer = self._awaited.pop(value.get("confirm", ""), None)
        if answer is None or answer.done():
            return
        self.answers += 1
        if "error" in value:
            answer.set_exception(of_answer(value.get("code", ""), value["error"]))
        else:
            answer.set_result(value)
