"""The plain half: threads instead of coroutines."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator
from typing import Any

import ppmq

from .broker import Broker

LIMIT = 60
EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"


def failing_with(failure: type[BaseException]) -> Any:
    def fail() -> None:
        raise failure

    return fail


class Plain(unittest.TestCase):
    broker: Broker

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = Broker(
            {
                "plain": [],
                "many": [],
                "long": ["AckRetry: 1m"],
                "sock": ["AckRetry: 1m"],
                "shown": [],
                "fails": [],
                "async": [],
                "shut": [],
            }
        )

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.close()

    def publisher(self) -> ppmq.Publisher:
        return ppmq.Publisher(self.broker.address)

    def test_a_publish_returns_when_it_is_stored_and_raises_what_is_refused(self) -> None:
        got: queue.Queue[Any] = queue.Queue()
        with self.publisher() as publisher:
            publisher.publish("plain", "a", ppmq.Message({"b": 1}))
            self.assertIsNone(publisher.submit("plain", "c").result(LIMIT))
            with self.assertRaises(ppmq.UnknownName):
                publisher.publish("nowhere", "x")
            with self.assertRaises(ppmq.UnknownName):
                publisher.submit("nowhere", "x").result(LIMIT)
        with ppmq.Subscriber("plain-s", got.put, broker=self.broker.address):
            self.assertEqual(
                ["a", {"b": 1}, "c"], [got.get(timeout=LIMIT).payload for _ in range(3)]
            )

    def test_many_threads_share_a_publisher(self) -> None:
        got: queue.Queue[Any] = queue.Queue()
        with self.publisher() as publisher:
            counts = []
            threads = [
                threading.Thread(
                    target=lambda: counts.append(publisher.publish_all("many", range(200)))
                )
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(LIMIT)
            self.assertEqual([200] * 4, counts)
        with ppmq.Subscriber("many-s", got.put, broker=self.broker.address, concurrency=4):
            self.assertEqual(800, len([got.get(timeout=LIMIT) for _ in range(800)]))

    def test_a_stream_ends_with_the_first_message_that_fails(self) -> None:
        with ppmq.Publisher(self.broker.address, window=1) as publisher:
            with self.assertRaises(ppmq.UnknownName):
                publisher.publish_all("nowhere", range(100))
            with self.assertRaises(ppmq.Malformed):
                publisher.publish_all("plain", [ppmq.Message("x", delay="soon")] * 3)

    def test_a_handler_extends_from_its_thread(self) -> None:
        got: queue.Queue[Any] = queue.Queue()
        with ppmq.Subscriber(
            "long-s", lambda message: got.put(message.extend()), broker=self.broker.address
        ):
            with self.publisher() as publisher:
                publisher.publish("long", "x")
            self.assertTrue(got.get(timeout=LIMIT))

    def failing(self, fail: Any) -> list[str]:
        """The reasons of a handler that fails the first time, when the message has come again."""
        done = threading.Event()
        reasons: list[str] = []

        def handle(message: Any) -> None:
            if message.attempt > 1:
                done.set()
            else:
                fail()

        with self.publisher() as publisher, ppmq.Subscriber(
            "fails-s",
            handle,
            broker=self.broker.address,
            retry_after=0,
            problem=lambda sentence, cause: reasons.append(str(cause)),
        ):
            publisher.publish("fails", "x")
            self.assertTrue(done.wait(LIMIT))
        return reasons

    def test_a_handler_may_fail_in_any_way(self) -> None:
        self.assertEqual(["StopIteration"], self.failing(lambda: next(iter([]))))
        self.assertEqual(["SystemExit 3"], self.failing(lambda: sys.exit(3)))
        for failure in KeyboardInterrupt, GeneratorExit, asyncio.CancelledError:
            with self.subTest(failure):
                self.assertEqual([failure.__name__], self.failing(failing_with(failure)))

    def test_a_coroutine_function_is_no_handler(self) -> None:
        async def handle(message: Any) -> None:
            pass

        with self.assertRaisesRegex(TypeError, "aio"):
            ppmq.Subscriber("plain-s", handle, broker=self.broker.address)
        done = threading.Event()
        with ppmq.Subscriber(
            "async-s",
            lambda message: handle(message),
            broker=self.broker.address,
            problem=lambda sentence, cause: done.set(),
        ), self.publisher() as publisher:
            publisher.publish("async", "x")
            self.assertTrue(done.wait(LIMIT))

    def test_a_publisher_may_be_closed_twice_and_says_that_it_is_closed(self) -> None:
        with self.publisher() as publisher:
            publisher.publish("shut", "x")
            publisher.close()
        for publish in (
            lambda: publisher.publish("shut", "y"),
            lambda: publisher.submit("shut", "y"),
            lambda: publisher.publish_all("shut", ["y"]),
        ):
            with self.assertRaisesRegex(RuntimeError, "^closed"):
                publish()

    def test_threads_that_publish_when_it_is_closed_do_not_hang(self) -> None:
        def publish(publisher: ppmq.Publisher) -> None:
            with contextlib.suppress(RuntimeError):
                while True:
                    publisher.publish("shut", "x")

        for _ in range(20):
            publisher = self.publisher()
            threads = [threading.Thread(target=publish, args=[publisher]) for _ in range(8)]
            for thread in threads:
                thread.start()
            publisher.publish("shut", "y")
            publisher.close()
            for thread in threads:
                thread.join(LIMIT)
                self.assertFalse(thread.is_alive())

    def ended_stream(self, publisher: ppmq.Publisher, end: Any) -> str:
        """What publish_all raises when the loop ends with its message under way."""
        is_sent = threading.Event()
        raised: queue.Queue[BaseException] = queue.Queue()

        def messages() -> Any:
            yield "x"
            is_sent.set()

        def publish() -> None:
            try:
                publisher.publish_all("plain", messages())
            except BaseException as e:
                raised.put(e)

        thread = threading.Thread(target=publish, daemon=True)
        thread.start()
        self.assertTrue(is_sent.wait(LIMIT))
        end()
        return repr(raised.get(timeout=LIMIT))

    def test_a_stream_says_that_its_publisher_was_closed(self) -> None:
        over = repr(RuntimeError("closed, or made before this process was forked"))
        with self.subTest("before the loop begins to send"):
            publisher = ppmq.Publisher("/nowhere/ppmq.socket")
            gate = threading.Event()
            publisher._loop.call(gate.wait)

            def stop_and_open() -> None:
                publisher._loop.call(publisher._loop._loop.stop)
                gate.set()

            self.assertEqual(over, self.ended_stream(publisher, stop_and_open))
        with self.subTest("while it sends"):
            publisher = ppmq.Publisher("/nowhere/ppmq.socket")

            def stop_later() -> None:
                publisher._loop.run(asyncio.sleep(0.01))  # the task has begun
                publisher._loop.end()

            self.assertEqual(over, self.ended_stream(publisher, stop_later))

    def test_a_forked_process_is_told_that_its_publisher_stayed_behind(self) -> None:
        with self.publisher() as publisher:
            publisher.publish("shut", "x")
            child = os.fork()
            if child == 0:
                signal.alarm(LIMIT)  # ends it if it hangs
                try:
                    publisher.publish("shut", "y")
                except RuntimeError as e:
                    publisher.close()
                    os._exit(0 if "forked" in str(e) else 2)
                finally:
                    os._exit(3)
            self.assertEqual(0, os.waitpid(child, 0)[1])
            publisher.publish("shut", "z")

    def test_a_forked_process_may_close_the_subscriber_that_stayed_behind(self) -> None:
        with ppmq.Subscriber("plain-s", print, broker=self.broker.address) as subscriber:
            child = os.fork()
            if child == 0:
                signal.alarm(LIMIT)  # ends it if it hangs
                try:
                    # Its loop shares a socket with that of the parent.
                    subscriber._loop._loop.call_soon_threadsafe = lambda *unused: os._exit(2)
                    subscriber.stop()
                    subscriber.close()
                    subscriber.wait()
                except RuntimeError as e:
                    os._exit(0 if "forked" in str(e) else 3)
                finally:
                    os._exit(4)
            self.assertEqual(0, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    def test_run_ends_by_stop_of_another_thread(self) -> None:
        subscriber = ppmq.Subscriber("plain-s", print, broker=self.broker.address)
        threading.Timer(0.2, subscriber.stop).start()
        subscriber.run()

    def test_run_ends_by_a_signal_that_does_not_wake_its_thread(self) -> None:
        subscriber = ppmq.Subscriber("plain-s", print, broker=self.broker.address)
        before = signal.signal(signal.SIGUSR1, lambda *unused: subscriber.stop())
        self.addCleanup(signal.signal, signal.SIGUSR1, before)

        def take_signal() -> None:
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

        threading.Timer(0.2, take_signal).start()
        late = threading.Timer(LIMIT, subscriber.stop)
        late.start()
        subscriber.run()
        self.assertTrue(late.is_alive())
        late.cancel()

    def test_run_raises_what_the_broker_refuses_for_good(self) -> None:
        with self.assertRaises(ppmq.UnknownName):
            ppmq.Subscriber("nobody", print, broker=self.broker.address).run()

    def example(self, name: str, *arguments: str) -> list[str]:
        return [sys.executable, str(EXAMPLES / name), *arguments]

    @contextlib.contextmanager
    def started(self, command: list[str], **options: Any) -> Iterator[Any]:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as process:
            try:
                yield process
            finally:
                process.kill()  # only where the test failed is it still there, and waited for

    def test_examples(self) -> None:
        env = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
        for worker in "worker.py", "worker_aio.py":
            publish = self.example("publish.py", self.broker.address, "shown", "a", "b")
            subprocess.run(publish, env=env, check=True, timeout=LIMIT)
            command = self.example(worker, self.broker.address, "shown-s")
            with self.started(command, env=env) as process:
                self.assertEqual(["a\n", "b\n"], [process.stdout.readline() for _ in range(2)])
                process.terminate()
                self.assertEqual(0, process.wait(LIMIT))

    def test_systemd_hands_its_socket_over(self) -> None:
        with socket.socket(socket.AF_UNIX) as own, self.publisher() as publisher:
            own.bind(self.broker.own)
            own.listen()
            publisher.publish("sock", "woken")
            command = self.example("activated.py", self.broker.address, "sock-s")
            shell = [
                "sh",
                "-c",
                'exec 3<&"$0"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"',
                str(own.fileno()),
            ]
            env = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
            with self.started(shell + command, env=env, pass_fds=[own.fileno()]) as process:
                self.assertEqual("woken\n", process.stdout.readline())
                process.terminate()
                self.assertEqual(0, process.wait(LIMIT))
        os.unlink(self.broker.own)


if __name__ == "__main__":
    unittest.main()
