"""The order and the number of handlers of a topic, without a broker."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

from ppmq.lanes import Lane
from ppmq.messages import Delivered


def message(key: str) -> Delivered:
    return Delivered("t", {"Key": key})


class Lanes(unittest.IsolatedAsyncioTestCase):
    async def test_a_message_that_comes_when_the_last_handler_ends_is_handled(self) -> None:
        handled: list[str] = []

        async def handle(messages: list[Any]) -> None:
            handled.append(messages[0].key)
            if len(handled) == 1:
                # Called after the end of this task, and before the loop tells it.
                asyncio.get_running_loop().call_soon(lane.add, [message("second")])

        lane = Lane(handle, whole=False, abreast=1)
        lane.add([message("first")])
        await asyncio.sleep(0.05)
        self.assertEqual(["first", "second"], handled)


if __name__ == "__main__":
    unittest.main()
