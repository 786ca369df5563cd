"""Workers: connections to the broker that subscribe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .channel import PAUSE_MAX, PAUSE_MIN, Channel, open_in_time
from .errors import Error, Refused
from .results import Results

if TYPE_CHECKING:
    from .subscriber import Subscriber


async def work(options: Subscriber, stopped: asyncio.Event) -> None:
    """A worker: one subscribed connection after another."""
    pause = PAUSE_MIN
    told = False
    while not stopped.is_set():
        served = False
        try:
            streams = await open_in_time(options.broker)
            served, failure = await _session(options, streams, stopped)
        except (OSError, asyncio.TimeoutError) as e:
            failure = e
        if stopped.is_set():
            return
        if isinstance(failure, Refused) and failure.final:
            raise failure
        if served or not told:
            told = True
            options.problem(f"subscriber {options.name} is not connected, trying again", failure)
        pause = PAUSE_MIN if served else min(2 * pause, PAUSE_MAX)
        await _wait(stopped, pause)


async def _wait(stopped: asyncio.Event, time: float) -> None:
    try:
        await asyncio.wait_for(stopped.wait(), time)
    except asyncio.TimeoutError:
        pass


async def _session(
    options: Subscriber,
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    stopped: asyncio.Event,
) -> tuple[bool, BaseException | None]:
    """Runs a subscribed connection; returns whether it was accepted, and why it ended."""

    async def say(value: dict[str, Any]) -> dict[str, Any]:
        return await channel.call(value)

    results = Results(options, say)
    channel = Channel(streams, results.arrived)
    reading = asyncio.ensure_future(channel.run())
    stopping = asyncio.ensure_future(stopped.wait())
    served = False
    try:
        subscribe: dict[str, Any] = {"Subscriber": options.name, "Command": "SUBSCRIBE"}
        if options.batch_size is not None:
            subscribe["BatchSize"] = options.batch_size
        topics = [{"Topic": topic} for topic in options.topics] or [{}]
        for answer in [channel.call({**topic, **subscribe}) for topic in topics]:
            either: set[asyncio.Future[Any]] = {answer, stopping}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                answer.result()
        served = not stopping.done()  # batches may come before the answers
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            unsubscribe = channel.call({"Subscriber": options.name, "Command": "UNSUBSCRIBE"})
            unsubscribe.add_done_callback(lambda done: done.exception())
            await results.close()
            return served, None
        return served, reading.exception()
    except (Error, OSError) as e:
        return served, e
    finally:
        results.abandon()
        stopping.cancel()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
