"""ppmq.aio against a real broker, and a fake one for what a real one does seldom."""

from __future__ import annotations

import asyncio
import signal
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock

import ppmq
from ppmq import Message, Nack, aio, errors
from ppmq.subscriber import log

from .broker import Broker
from .fake import FakeBroker

LIMIT = 60


class Mute(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise ValueError


class Inbox:
    """A subscriber that serves in the background, and what its handler took."""

    def __init__(self, broker: Broker, topic: str, handler: Any = None, **options: Any) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._handler = handler
        self.problems: list[str] = []
        name = topic + "-s"
        options.setdefault("problem", lambda sentence, cause: self.problems.append(sentence))
        self.subscriber = aio.Subscriber(name, self._take, broker=broker.address, **options)

    async def _take(self, message: Any) -> None:
        self._queue.put_nowait(message)
        if self._handler is not None:
            await self._handler(message)

    async def next(self) -> Any:
        return await asyncio.wait_for(self._queue.get(), LIMIT)

    async def nothing(self) -> bool:
        await asyncio.sleep(0.3)
        return self._queue.empty()

    async def __aenter__(self) -> Inbox:
        self.serving = asyncio.create_task(self.subscriber.run())
        return self

    async def __aexit__(self, *unused: object) -> None:
        self.subscriber.stop()
        await asyncio.wait_for(self.serving, LIMIT)


class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)  # it is slow, and complains of a slow machine


class WithBroker(Case):
    broker: Broker

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = Broker(
            {
                "plain": ["AckRetry: 1m", "Priorities: 3"],
                "keyed": ["Dedupe: true"],
                "many": [],
                "full": ["MaxMessages: 1", "WhenFull: reject"],
                "block": ["MaxMessages: 1"],
                "dead": [],
                "fails": ["DeadLetter: dead"],
                "again": [],
                "digits": [],
                "work": ["AckRetry: 1m"],
                "slow": ["AckRetry: 1m"],
                "whole": ["AckRetry: 1m"],
                "sock": ["AckRetry: 1m"],
                "late": ["AckRetry: 300ms"],
            }
        )

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.close()

    def publisher(self, **options: Any) -> aio.Publisher:
        return aio.Publisher(self.broker.address, **options)

    async def test_messages_come_in_their_order_with_their_fields(self) -> None:
        tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
        async with self.publisher() as publisher:
            await publisher.publish(
                "plain",
                Message({"a": [1, "ü", None]}, priority=2, expires=tomorrow),
                "two words",
                Message("later", delay=0.4),
            )
        async with Inbox(self.broker, "plain") as inbox:
            first, second = await inbox.next(), await inbox.next()
            self.assertEqual(("two words", 0, 1), (first.payload, first.priority, first.attempt))
            self.assertEqual(({"a": [1, "ü", None]}, 2), (second.payload, second.priority))
            self.assertEqual(tomorrow, second.expires)
            self.assertEqual("later", (await inbox.next()).payload)

    async def test_a_newer_message_of_a_key_replaces_the_queued_one(self) -> None:
        async with self.publisher() as publisher:
            await publisher.publish("keyed", Message("old", key="k"))
            await publisher.publish("keyed", Message("new", key="k"))
        async with Inbox(self.broker, "keyed") as inbox:
            message = await inbox.next()
            self.assertEqual(("k", "new"), (message.key, message.payload))
            self.assertTrue(await inbox.nothing())

    async def test_a_stream_is_pipelined_and_counted(self) -> None:
        async with self.publisher(window=100) as publisher:
            self.assertEqual(3000, await publisher.publish_all("many", map(str, range(3000))))
        async with Inbox(self.broker, "many", workers=2, concurrency=4) as inbox:
            got = {(await inbox.next()).payload for _ in range(3000)}
            self.assertEqual(3000, len(got))

    async def test_a_payload_is_that_of_the_moment_at_which_it_was_submitted(self) -> None:
        payload = {"i": 0}

        def stream() -> Any:
            for payload["i"] in range(3, 6):
                yield payload

        async with self.publisher() as publisher:
            confirms = []
            for payload["i"] in range(3):
                confirms.append(await publisher.submit("many", payload))
            await asyncio.gather(*confirms)
            await publisher.publish_all("many", stream())

        def publish() -> None:
            with ppmq.Publisher(self.broker.address) as plain:
                plain.publish_all("many", stream())

        await asyncio.to_thread(publish)
        async with Inbox(self.broker, "many") as inbox:
            got = [(await inbox.next()).payload["i"] for _ in range(9)]
            self.assertEqual([0, 1, 2, 3, 4, 5, 3, 4, 5], got)

    async def test_refusals_have_a_class_and_a_code(self) -> None:
        async with self.publisher() as publisher:
            with self.assertRaises(ppmq.UnknownName) as unknown:
                await publisher.publish("nowhere", "x")
            self.assertEqual("unknown-topic", unknown.exception.code)
            self.assertTrue(unknown.exception.final)
            with self.assertRaises(ppmq.Malformed):
                await publisher.publish("plain", Message("x", delay="soon"))
            await publisher.publish("full", "x")
            with self.assertRaises(ppmq.TopicFull) as full:
                await publisher.publish("full", "y")
            self.assertFalse(full.exception.final)

    async def test_a_topic_that_holds_its_producers_leaves_a_message_in_doubt(self) -> None:
        publisher = self.publisher(timeout=0.5)
        await publisher.publish("block", "x")
        with self.assertRaises(ppmq.Unconfirmed):
            await publisher.publish("block", "y")
        await publisher.close()

    async def test_a_handler_that_raises_nacks_with_its_reason(self) -> None:
        async def handler(message: Any) -> None:
            if message.attempt == 1:
                raise ValueError("not\nyet")
            raise Nack("never mind", ppmq.NEVER)

        async with self.publisher() as publisher:
            await publisher.publish("fails", "x")
        async with Inbox(self.broker, "dead") as dead:
            async with Inbox(self.broker, "fails", handler, retry_after=0) as inbox:
                self.assertEqual(1, (await inbox.next()).attempt)
                self.assertEqual(2, (await inbox.next()).attempt)
                letter = (await dead.next()).payload
                self.assertEqual(("never mind", "x"), (letter["reason"], letter["payload"]))
                self.assertEqual(1, len(inbox.problems))

    async def test_a_nack_has_its_pause_whatever_is_wrong_with_the_exception(self) -> None:
        async def handler(message: Any) -> None:
            raise Mute

        def problem(sentence: str, cause: Any) -> None:
            raise cause or ValueError

        for options in ({"problem": problem}, {"problem": log}):
            with self.subTest(options):
                async with self.publisher() as publisher:
                    await publisher.publish("fails", "x")
                async with Inbox(self.broker, "dead") as dead:
                    async with Inbox(
                        self.broker, "fails", handler, retry_after=ppmq.NEVER, **options
                    ):
                        with self.assertLogs("ppmq"):
                            self.assertEqual("Mute", (await dead.next()).payload["reason"])

    async def test_a_message_comes_again_whatever_is_wrong_with_its_nack(self) -> None:
        async def handler(message: Any) -> None:
            if message.attempt == 1:
                raise Mute if message.payload == "mute" else ValueError

        def problem(sentence: str, cause: Any) -> None:
            raise ValueError

        async with self.publisher() as publisher:
            for payload, options in (
                ("wrong duration", {"retry_after": "soon"}),
                ("no duration", {"retry_after": lambda message, failure: object()}),
                ("problem", {"problem": problem}),
                ("mute", {}),
            ):
                with self.subTest(payload):
                    await publisher.publish("again", payload)
                    async with Inbox(self.broker, "again", handler, **options) as inbox:
                        self.assertEqual(1, (await inbox.next()).attempt)
                        again = await inbox.next()
                        self.assertEqual((payload, 2), (again.payload, again.attempt))

    async def test_a_number_of_any_length_arrives(self) -> None:
        reader, writer = await asyncio.open_unix_connection(self.broker.address)
        value = '{"Topic":"digits","Messages":[{"Payload":%s},{"Payload":7}],"Confirm":"x"}'
        writer.write((value % ("12" * 3000)).encode())
        self.assertEqual(b'{"confirm":"x"}\n', await reader.readline())
        writer.close()
        async with Inbox(self.broker, "digits") as inbox:
            self.assertEqual("12" * 3000, str((await inbox.next()).payload))
            self.assertEqual(7, (await inbox.next()).payload)

    async def test_workers_work_at_the_same_time(self) -> None:
        both = asyncio.Event()
        running = 0

        async def handler(message: Any) -> None:
            nonlocal running
            running += 1
            if running == 2:
                both.set()
            await asyncio.wait_for(both.wait(), LIMIT)

        async with Inbox(self.broker, "work", handler, workers=2, batch_size=1, topics=["work"]):
            async with self.publisher() as publisher:
                await publisher.publish("work", "a", "b")
            await asyncio.wait_for(both.wait(), LIMIT)

    async def test_extend_says_whether_a_message_is_still_out(self) -> None:
        extended: asyncio.Queue[bool] = asyncio.Queue()

        async def handler(message: Any) -> None:
            for _ in range(5):
                await asyncio.sleep(0.1)
                extended.put_nowait(await message.extend())

        async with self.publisher() as publisher:
            await publisher.publish("late", "x")
        async with Inbox(self.broker, "late", handler) as inbox:
            message = await inbox.next()
            for _ in range(5):
                await asyncio.wait_for(extended.get(), LIMIT)
            while await message.extend():
                await asyncio.sleep(0.01)  # the acknowledgement is on its way

    async def test_a_batch_is_handled_as_a_whole(self) -> None:
        async with self.publisher() as publisher:
            await publisher.publish("whole", "a", "b", "c")
        async with Inbox(self.broker, "whole", batches=True) as inbox:
            self.assertEqual(["a", "b", "c"], [m.payload for m in await inbox.next()])

    async def test_stop_finishes_what_was_begun_and_leaves_the_rest(self) -> None:
        begun = asyncio.Event()

        async def handler(message: Any) -> None:
            begun.set()
            await asyncio.sleep(0.2)

        async with self.publisher() as publisher:
            await publisher.publish("slow", "first", "second")
        async with Inbox(self.broker, "slow", handler):
            await begun.wait()
        async with Inbox(self.broker, "slow") as inbox:
            message = await inbox.next()
            self.assertEqual(("second", 2), (message.payload, message.attempt))
            self.assertTrue(await inbox.nothing())

    async def test_a_subscriber_listens_on_its_own_socket(self) -> None:
        async with Inbox(self.broker, "sock", socket=self.broker.own) as inbox:
            async with self.publisher() as publisher:
                await publisher.publish("sock", "x")
            self.assertEqual("x", (await inbox.next()).payload)
        async with Inbox(self.broker, "sock", socket=self.broker.own) as inbox:
            self.assertTrue(await inbox.nothing())  # it was acknowledged

    async def test_a_subscriber_that_the_broker_does_not_know_ends(self) -> None:
        subscriber = aio.Subscriber("nobody", print, broker=self.broker.address, workers=2)
        with self.assertRaises(ppmq.UnknownName):
            await asyncio.wait_for(subscriber.run(), LIMIT)

    async def test_what_is_no_json_is_told_to_the_caller(self) -> None:
        async with self.publisher() as publisher:
            with self.assertRaises(ValueError):
                await publisher.publish("plain", float("nan"))


class AfterKill(Case):
    async def test_what_was_not_confirmed_is_sent_again_to_the_next_broker(self) -> None:
        broker = Broker({"jobs": []})
        self.addCleanup(broker.close)
        got: set[Any] = set()
        done = asyncio.Event()

        def handler(message: Any) -> None:
            got.add(message.payload)
            if len(got) == 2000:
                done.set()

        subscriber = aio.Subscriber(
            "jobs-s", handler, broker=broker.address, problem=lambda sentence, cause: None
        )
        serving = asyncio.create_task(subscriber.run())
        async with aio.Publisher(broker.address, window=50) as publisher:
            publishing = asyncio.create_task(publisher.publish_all("jobs", range(2000)))
            while not got:
                await asyncio.sleep(0.001)
            await asyncio.to_thread(broker.end, signal.SIGKILL)
            await asyncio.to_thread(broker.start)
            self.assertEqual(2000, await asyncio.wait_for(publishing, LIMIT))
        await asyncio.wait_for(done.wait(), LIMIT)
        subscriber.stop()
        await serving


    async def test_what_was_out_on_a_lost_connection_is_not_extended(self) -> None:
        broker = Broker({"jobs": []})
        self.addCleanup(broker.close)
        lost = asyncio.Event()
        extended: asyncio.Queue[bool] = asyncio.Queue()

        async def handler(message: Any) -> None:
            await asyncio.wait_for(lost.wait(), LIMIT)
            extended.put_nowait(await message.extend())

        async with aio.Publisher(broker.address) as publisher:
            await publisher.publish("jobs", "x")
        async with Inbox(broker, "jobs", handler, problem=lambda *unused: lost.set()) as inbox:
            await inbox.next()
            await asyncio.to_thread(broker.end, signal.SIGKILL)
            self.assertFalse(await asyncio.wait_for(extended.get(), LIMIT))
            broker.start()


class WithoutBroker(Case):
    async def test_a_broker_that_is_not_there_stores_nothing(self) -> None:
        async with aio.Publisher("/nowhere/ppmq.socket", timeout=0.2) as publisher:
            with self.assertRaisesRegex(ppmq.Unreachable, "/nowhere/ppmq.socket .* No such file"):
                await publisher.publish("t", "x")

    async def test_a_publisher_closes_when_an_attempt_to_connect_ends_at_that_moment(self) -> None:
        publisher = aio.Publisher("/nowhere/ppmq.socket", timeout=20)
        link = publisher._link

        async def fail(*unused: Any, **options: Any) -> Any:
            assert link._running is not None
            asyncio.get_running_loop().call_soon(link._running.cancel)
            raise FileNotFoundError

        with mock.patch("asyncio.open_unix_connection", fail):
            await publisher.submit("t", "x")
            assert link._running is not None
            self.assertTrue((await asyncio.wait({link._running}, timeout=5))[0])

    async def outcome(self, *script: Any) -> Any:
        async with FakeBroker(list(script)) as fake:
            async with aio.Publisher(fake.address, timeout=20) as publisher:
                try:
                    await publisher.publish("t", "x")
                    return len(fake.values)
                except ppmq.Error as e:
                    return e

    async def test_a_value_is_sent_again_after_a_lost_connection(self) -> None:
        self.assertEqual(2, await self.outcome(None, {}))

    async def test_a_value_is_sent_again_when_the_broker_was_stopping(self) -> None:
        stopping = {"error": "the broker is stopping", "code": "stopping", "close": True}
        self.assertEqual(2, await self.outcome(stopping, {}))

    async def test_a_long_batch_is_nacked_in_values_that_the_broker_takes(self) -> None:
        async def handler(messages: Any) -> None:
            raise ValueError

        messages = [{"Key": str(i), "Payload": i} for i in range(45_000)]
        batch = {"topic": "t", "subscriber": "s", "messages": messages}
        async with FakeBroker([{"push": batch}] + [{} for _ in range(10)]) as fake:
            subscriber = aio.Subscriber(
                "s", handler, broker=fake.address, batches=True, problem=lambda *unused: None
            )
            serving = asyncio.create_task(subscriber.run())
            nacked: list[str] = []
            while len(nacked) < 45_000:
                await asyncio.sleep(0.01)
                nacked = [key for value in fake.values for key in value.get("Nacks", [])]
            subscriber.stop()
            await serving
            self.assertEqual(45_000, len(set(nacked)))
            self.assertLessEqual(max(len(value.get("Nacks", [])) for value in fake.values), 20_000)

    async def test_in_doubt_is_unconfirmed(self) -> None:
        failure = await self.outcome({"error": "the disk", "code": "in-doubt"})
        self.assertIsInstance(failure, ppmq.Unconfirmed)

    async def test_a_refusal_after_a_lost_connection_leaves_it_in_doubt(self) -> None:
        failure = await self.outcome(None, {"error": "full", "code": "topic-full"})
        self.assertIsInstance(failure, ppmq.Unconfirmed)

    async def test_an_unknown_code_is_final(self) -> None:
        failure = await self.outcome({"error": "e", "code": "new-code"})
        self.assertEqual(
            (ppmq.Refused, "new-code", True), (type(failure), failure.code, failure.final)
        )

    def test_families(self) -> None:
        self.assertIsInstance(errors.of_answer("denied", ""), ppmq.Denied)
        self.assertIsInstance(errors.of_answer("too-large", ""), ppmq.Malformed)
        self.assertIsInstance(errors.of_answer("not-of-topic", ""), ppmq.UnknownName)
        self.assertIsInstance(errors.of_answer("disk-full", ""), ppmq.Unavailable)


if __name__ == "__main__":
    unittest.main()
