"""ppMQ for programs without asyncio: wraps ppmq.aio on a thread with its own event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from . import aio
from .messages import Delivered
from .results import Results
from .subscriber import BROKER, Handler


COROUTINE = "a coroutine function is a handler of ppmq.aio.Subscriber"
OVER = "closed, or made before this process was forked"
LOOK_INTERVAL = 1.0


class _Loop:
    """An event loop on a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._asking = threading.Lock()  # so that nothing is asked of a loop that is to stop
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, name="ppmq", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)  # somebody may wait for them
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def is_over(self) -> bool:
        """Also in a process that was forked since: no thread goes along."""
        return self._is_ended or not self._thread.is_alive()

    def is_lost(self) -> bool:
        """Nothing that was started will end: it was left to the process before the fork."""
        return not self._is_ended and not self._thread.is_alive()

    def start(self, work: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        with self._asking:
            if self.is_over():
                work.close()
                raise RuntimeError(OVER)
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Waits for what it starts."""
        try:
            return self.start(work).result()
        except concurrent.futures.CancelledError:
            raise RuntimeError(OVER) from None

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Makes the loop call it, after all earlier calls; does not wait."""
        with self._asking:
            if self.is_over():
                raise RuntimeError(OVER)
            self._loop.call_soon_threadsafe(function, *args)

    def end(self) -> None:
        with self._asking:
            if not self.is_over():
                self._is_ended = True
                self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class _Stream:
    """Passes the messages of one thread to the loop.

    Thread and loop do not wait for each other at each message: Python threads that do so wait for
    the interpreter most of the time. The thread adds messages to a buffer, and when the window is
    full waits until half of it is free; the loop takes all messages in the buffer.
    """

    def __init__(self, loop: _Loop, publisher: aio.Publisher, topic: str, window: int) -> None:
        self._loop = loop
        self._publisher = publisher
        self._topic = topic
        self._window = window
        self._laid_down: deque[bytes] = deque()
        self._is_called = False
        self._changed = threading.Condition()  # guards the fields below it
        self._under_way = 0
        self._confirmed = 0
        self._failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()  # the loop keeps only weak references

    def send(self, message: Any) -> bool:
        """Waits for room; returns false when a message has failed."""
        try:
            value = aio.value(self._topic, [message])
        except Exception as e:
            with self._changed:
                self._failure = self._failure or e
            return False
        with self._changed:
            if self._under_way >= self._window:
                self._changed.wait_for(lambda: self._under_way <= self._window // 2)
            if self._failure is not None:
                return False
            self._under_way += 1
        self._laid_down.append(value)
        if not self._is_called:
            self._is_called = True
            self._loop.call(self._take)
        return True

    def _take(self) -> None:
        self._is_called = False  # before it looks: a message added later calls again
        while self._laid_down:
            task = asyncio.get_running_loop().create_task(self._send(self._laid_down.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._settle)

    async def _send(self, value: bytes) -> None:
        await (await self._publisher._link.send(value))

    def _settle(self, task: asyncio.Task[None]) -> None:
        """Also where the loop was to stop before the task began: it is cancelled then."""
        self._tasks.discard(task)
        failure = RuntimeError(OVER) if task.cancelled() else task.exception()
        with self._changed:
            self._under_way -= 1
            self._confirmed += failure is None
            self._failure = self._failure or failure
            if self._under_way in (0, self._window // 2):
                self._changed.notify()

    def end(self) -> int:
        """Waits for all; returns the number of confirmed messages."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0)
            if self._failure is not None:
                raise self._failure
            return self._confirmed


class Publisher:
    """ppmq.aio.Publisher for threads; any number of threads may share one."""

    def __init__(self, broker: str = BROKER, *, timeout: float = 30, window: int = 1024) -> None:
        self._loop = _Loop()
        self._window = window
        self._publisher = aio.Publisher(broker, timeout=timeout, window=window)

    def publish(self, topic: str, *messages: Any) -> None:
        """As ppmq.aio.Publisher.publish."""
        self._loop.run(self._publisher.publish(topic, *messages))

    def submit(self, topic: str, *messages: Any) -> concurrent.futures.Future[None]:
        """Blocks until there is room in the window; the future ends as publish() does."""
        confirmed: concurrent.futures.Future[None]
        confirmed = self._loop.run(self._submit(topic, *messages))
        return confirmed

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
        stream = _Stream(self._loop, self._publisher, topic, self._window)
        for message in messages:
            if not stream.send(message):
                break
        return stream.end()

    def close(self) -> None:
        """Waits for the confirms of all values under way, and closes the connection."""
        if not self._loop.is_over():
            with contextlib.suppress(RuntimeError):  # another thread closes it too
                self._loop.run(self._publisher.close())
            self._loop.end()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


class Delivery(Delivered):
    """A message that a handler received."""

    _results: Results
    _loop: _Loop

    def extend(self) -> bool:
        """Restarts the message's AckRetry. False: it is no longer in flight."""
        try:
            return bool(self._loop.run(self._results.extend(self)))
        except RuntimeError:
            return False  # the handler outlived its subscriber


class _Threaded(aio.Subscriber):
    """Runs handlers on threads."""

    _delivery = Delivery

    async def handle(self, messages: list[Any]) -> None:
        for message in messages:
            message._loop = self.loop
        handled = messages if self.batches else messages[0]
        await asyncio.get_running_loop().run_in_executor(self.threads, self._run, handled)

    def _run(self, handled: Any) -> None:
        try:
            result = self._handler(handled)
        except BaseException as e:
            if isinstance(e, Exception) and not isinstance(e, StopIteration):
                raise
            # No future may have StopIteration, and the loop would end with what is no Exception.
            raise RuntimeError(f"{type(e).__name__} {e}".rstrip()) from e
        if inspect.iscoroutine(result):
            result.close()
            raise TypeError(COROUTINE)

    threads: concurrent.futures.ThreadPoolExecutor
    loop: _Loop


class Subscriber:
    """ppmq.aio.Subscriber for plain functions, which run on separate threads.

    run() blocks the calling thread until it ends; a context manager serves in the background.
    """

    def __init__(self, name: str, handler: Handler, **options: Any) -> None:
        if inspect.iscoroutinefunction(handler):
            raise TypeError(COROUTINE)
        self._subscriber = _Threaded(name, handler, **options)
        self._subscriber.threads = concurrent.futures.ThreadPoolExecutor(256, "ppmq-handler")
        self._loop = self._subscriber.loop = _Loop()
        self._serving: concurrent.futures.Future[None] | None = None

    def start(self) -> None:
        """Starts to serve in the background."""
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
        """Returns when it has stopped serving, as run() does."""
        if self._loop.is_lost():
            raise RuntimeError(OVER)
        if self._serving is not None:
            # A signal does not wake a thread that is about to wait, and Python runs its handler,
            # which may call stop(), when the main thread looks next.
            while not self._serving.done():
                concurrent.futures.wait([self._serving], timeout=LOOK_INTERVAL)
            self._serving.result()

    def stop(self) -> None:
        """Makes run() return when the handlers have; for any thread and for signal handlers."""
        if not self._loop.is_over():  # a signal may come late
            self._loop._loop.call_soon_threadsafe(self._subscriber.stop)

    def close(self) -> None:
        """Takes no more, lets running handlers finish, and sends the last acknowledgements.

        A handler must not call it, since it waits for handlers: call stop() there.
        """
        if self._loop.is_over():
            return
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
