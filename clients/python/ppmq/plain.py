"""ppMQ for programs without asyncio: the same, on a thread that runs a loop of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections import deque
from collections.abc import Coroutine, Iterable
from typing import Any

from . import aio
from .messages import Delivered
from .results import Results
from .subscriber import BROKER, Handler


class _Loop:
    """An event loop on a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="ppmq", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def start(self, work: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class Publisher:
    """ppmq.aio.Publisher for threads: any number of them may share one."""

    def __init__(self, broker: str = BROKER, *, timeout: float = 30, window: int = 1024) -> None:
        self._loop = _Loop()
        self._publisher = aio.Publisher(broker, timeout=timeout, window=window)

    def publish(self, topic: str, *messages: Any) -> None:
        """As ppmq.aio.Publisher.publish."""
        self._loop.start(self._publisher.publish(topic, *messages)).result()

    def submit(self, topic: str, *messages: Any) -> concurrent.futures.Future[None]:
        """Blocks until there is room in the window; the future ends as publish() does."""
        sent: concurrent.futures.Future[concurrent.futures.Future[None]]
        sent = self._loop.start(self._submit(topic, *messages))
        return sent.result()

    async def _submit(self, topic: str, *messages: Any) -> concurrent.futures.Future[None]:
        confirmed: concurrent.futures.Future[None] = concurrent.futures.Future()

        def end(answer: asyncio.Future[Any]) -> None:
            failure = answer.exception()
            if failure is None:
                confirmed.set_result(None)
            else:
                confirmed.set_exception(failure)

        (await self._publisher.submit(topic, *messages)).add_done_callback(end)
        return confirmed

    def publish_all(self, topic: str, messages: Iterable[Any]) -> int:
        """As ppmq.aio.Publisher.publish_all."""
        confirms: deque[concurrent.futures.Future[None]] = deque()
        count = 0
        for message in messages:
            confirms.append(self.submit(topic, message))
            while confirms and confirms[0].done():
                confirms.popleft().result()
                count += 1
        for confirm in confirms:
            confirm.result()
            count += 1
        return count

    def close(self) -> None:
        """Waits for the confirms of what is under way, and closes the connection."""
        self._loop.start(self._publisher.close()).result()
        self._loop.end()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


class Delivery(Delivered):
    """A message that a handler has."""

    _results: Results
    _loop: asyncio.AbstractEventLoop

    def extend(self) -> bool:
        """Asks for more time: its AckRetry begins again. False: it is not out any more."""
        extended = asyncio.run_coroutine_threadsafe(self._results.extend(self), self._loop)
        return extended.result()


class _Threaded(aio.Subscriber):
    """Runs handlers on threads."""

    _delivery = Delivery

    async def handle(self, messages: list[Any]) -> None:
        loop = asyncio.get_running_loop()
        for message in messages:
            message._loop = loop
        handled = messages if self.batches else messages[0]
        await loop.run_in_executor(self.threads, self._handler, handled)

    threads: concurrent.futures.ThreadPoolExecutor


class Subscriber:
    """ppmq.aio.Subscriber for plain functions, which run on threads of its own.

    run() serves on the calling thread's behalf; as a context manager it serves in the background.
    """

    def __init__(self, name: str, handler: Handler, **options: Any) -> None:
        self._subscriber = _Threaded(name, handler, **options)
        self._subscriber.threads = concurrent.futures.ThreadPoolExecutor(256, "ppmq-handler")
        self._loop = _Loop()
        self._serving: concurrent.futures.Future[None] | None = None

    def start(self) -> None:
        """Begins to serve in the background."""
        if self._serving is None:
            self._serving = self._loop.start(self._subscriber.run())

    def run(self) -> None:
        """Serves until stop() is called. Raises Refused when the broker refuses it for good."""
        self.start()
        try:
            self.wait()
        finally:
            self.close()

    def wait(self) -> None:
        """Returns when it serves no more, as run() does."""
        if self._serving is not None:
            self._serving.result()

    def stop(self) -> None:
        """Has run() return once the handlers have; for any thread, and for signal handlers."""
        if not self._loop._loop.is_closed():  # a signal may come late
            self._loop._loop.call_soon_threadsafe(self._subscriber.stop)

    def close(self) -> None:
        """Takes no more, finishes what handlers have begun, and sends the last acknowledgements.

        Not for handlers, which it waits for: they call stop().
        """
        if self._serving is None:
            self.start()
        self.stop()
        assert self._serving is not None
        concurrent.futures.wait([self._serving])
        self._subscriber.threads.shutdown(wait=False)
        if self._loop._thread.is_alive():
            self._loop.end()

    def __enter__(self) -> Subscriber:
        self.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()
