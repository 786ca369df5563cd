"""A broker that does as the test says, for what a real one does seldom."""

from __future__ import annotations

import asyncio
import json
import tempfile
from typing import Any


LINE_BYTES_MAX = 1 << 20


class FakeBroker:
    """Answers each value by the next entry of `script`.

    An entry is the fields of the answer, after which the connection ends with "close", and a batch
    is pushed with "push"; or None, and it ends without.
    """

    def __init__(self, script: list[dict[str, Any] | None]) -> None:
        self.script = list(script)
        self.values: list[dict[str, Any]] = []
        self._directory = tempfile.TemporaryDirectory(prefix="ppmq-")
        self.address = self._directory.name + "/fake.socket"

    async def __aenter__(self) -> FakeBroker:
        self._server = await asyncio.start_unix_server(
            self._serve, self.address, limit=LINE_BYTES_MAX
        )
        return self

    async def __aexit__(self, *unused: object) -> None:
        self._server.close()
        self._directory.cleanup()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            value = json.loads(line)
            self.values.append(value)
            answer = self.script.pop(0)
            if answer is None:
                break
            push = answer.pop("push", None)
            writer.write(json.dumps({"confirm": value["Confirm"], **answer}).encode() + b"\n")
            if push is not None:
                writer.write(json.dumps(push).encode() + b"\n")
            if "close" in answer:
                break
        writer.close()
