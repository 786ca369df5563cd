"""Subscribers pass pushed messages to a handler, and report the results to the broker."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Sequence
from typing import Any, Union

from .listening import listen
from .messages import Delivered, Duration, Nack, duration, reason, said
from .results import Results
from .working import work

BROKER = "/run/ppmq/ppmq.socket"

Handler = Callable[[Any], Any]
Problem = Callable[[str, BaseException | None], None]
RetryAfter = Union[Duration, None, Callable[[Any, BaseException], Duration | None]]


def log(sentence: str, cause: BaseException | None) -> None:
    """The default receiver of problems."""
    why = "" if cause is None else f": {said(cause)}"
    logging.getLogger("ppmq").warning("%s%s", sentence, why)


def _harmless(problem: Problem) -> Problem:
    def tell(sentence: str, cause: BaseException | None) -> None:
        try:
            problem(sentence, cause)
        except Exception as e:
            log(sentence, cause)
            log("problem failed", e)

    return tell


class Delivery(Delivered):
    """A message that a handler received."""

    _results: Results

    async def extend(self) -> bool:
        """Restarts the message's AckRetry. False: it is no longer in flight."""
        return await self._results.extend(self)


class Subscriber:
    """Passes each message to `handler`: acknowledged when it returns, nacked when it raises.

    Without `socket` it opens `workers` connections to the broker, each with batches of its
    own, and opens them again when they are lost. With `socket` it listens there, or on a socket
    passed by systemd, and the broker connects.

    `handler` is a function or a coroutine function; with `batches=True` it takes a list of
    messages, which fail together. `concurrency` handlers of a topic and worker run at once; with 1
    they run in order. `retry_after` is for messages whose handler failed: a duration, NEVER, or a
    function of the message and the exception. `topics` and `batch_size` restrict what the broker
    sends. `timeout` is the time that stop() allows handlers and confirms. `problem` is called with
    each problem that does not end the subscriber; by default problems are logged.
    """

    _delivery: type[Delivered] = Delivery

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        broker: str = BROKER,
        batches: bool = False,
        socket: str | None = None,
        topics: Sequence[str] = (),
        batch_size: int | None = None,
        workers: int = 1,
        concurrency: int = 1,
        retry_after: RetryAfter = None,
        timeout: float = 10,
        problem: Problem = log,
    ) -> None:
        if workers < 1 or concurrency < 1 or (batch_size is not None and batch_size < 1):
            raise ValueError("workers, concurrency and batch_size must be at least 1")
        self.name = name
        self.broker = broker
        self.batches = batches
        self.socket = socket
        self.topics = tuple(topics)
        self.batch_size = batch_size
        self.workers = workers
        self.concurrency = 1 if batches else concurrency
        self.timeout = timeout
        self.problem = _harmless(problem)
        self._handler = handler
        self._retry_after = retry_after
        self._stopped: asyncio.Event | None = None
        self._stop_early = False

    async def run(self) -> None:
        """Serves until stop() is called, or raises Refused when the broker refuses it for good."""
        self._stopped = asyncio.Event()
        if self._stop_early:
            return
        if self.socket is not None:
            await listen(self, self._stopped)
            return
        workers = [asyncio.create_task(work(self, self._stopped)) for _ in range(self.workers)]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._stopped.set()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        for end in ended:
            if isinstance(end, BaseException):
                raise end

    def stop(self) -> None:
        """Makes run() return when the running handlers have finished."""
        self._stop_early = True
        if self._stopped is not None:
            self._stopped.set()

    async def handle(self, messages: list[Any]) -> None:
        """Runs the handler."""
        result = self._handler(messages if self.batches else messages[0])
        if inspect.isawaitable(result):
            await result

    def nack(self, message: Delivered, failure: BaseException) -> dict[str, Any]:
        """The fields that nack a message whose handler failed."""
        if isinstance(failure, Nack):
            pause = failure.retry_after
        else:
            self.problem(f"a message of topic {message.topic} nacked: the handler failed", failure)
            pause = self._pause(message, failure)
        fields = {"Reason": reason(failure)}
        return fields if pause is None else {**fields, "RetryAfter": duration(pause)}

    def _pause(self, message: Delivered, failure: BaseException) -> Duration | None:
        if not callable(self._retry_after):
            return self._retry_after
        try:
            return self._retry_after(message, failure)
        except Exception as e:
            self.problem("retry_after failed", e)
            return None
