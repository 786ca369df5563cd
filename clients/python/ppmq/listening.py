"""A subscriber's own socket, to which the broker connects."""

from __future__ import annotations

import asyncio
import os
import socket as sockets
import stat
import sys
from typing import TYPE_CHECKING, Any

from .channel import LINE_BYTES_MAX, read_values
from .errors import Error, Refused
from .link import Link
from .messages import encode
from .results import Results

if TYPE_CHECKING:
    from .subscriber import Subscriber

LISTEN_FDS_START = 3  # the first socket of sd_listen_fds(3)


async def listen(options: Subscriber, stopped: asyncio.Event) -> None:
    """Serves the connections of the broker to the subscriber's own socket."""
    link = Link(options.broker, options.timeout, 1024)

    async def say(value: dict[str, Any]) -> dict[str, Any]:
        return await (await link.send(encode(value)))

    results = Results(options, say)
    connections: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await read_values(reader, results.arrived)
        except (OSError, ValueError) as e:
            options.problem("a connection of the broker ended", e)
        except asyncio.CancelledError:
            pass  # closed
        finally:
            connections.discard(task)
            writer.close()

    own = _handed_over()
    path = None
    if own is None:
        try:
            # Sent before the socket exists, so that nothing comes twice. Not sent if systemd
            # listens: the batch that started this program is already on its way.
            await say({"Subscriber": options.name, "Command": "RECONNECT"})
        except Refused as e:
            if e.final:
                await link.close()
                raise
        except Error as e:
            options.problem("RECONNECT was not sent to the broker", e)
        path = options.socket
        own = _bound(str(path))
    if own.family == sockets.AF_UNIX:
        # The file of a socket that systemd handed over stays: systemd listens at it again.
        keep: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
        server = await asyncio.start_unix_server(
            accepted, sock=own, limit=LINE_BYTES_MAX, **keep
        )
    else:
        server = await asyncio.start_server(accepted, sock=own, limit=LINE_BYTES_MAX)
    try:
        await stopped.wait()
    finally:
        if path is not None and not path.startswith("tcp://"):
            os.unlink(path)
        server.close()
        await results.close()
        for connection in list(connections):
            connection.cancel()
        await link.close()


def _handed_over() -> sockets.socket | None:
    """The socket that systemd listens on, or None."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return sockets.socket(fileno=LISTEN_FDS_START)
    return None


def _bound(address: str) -> sockets.socket:
    """A socket of the program's own; replaces a file on which no process listens."""
    if address.startswith("tcp://"):
        host, _, port = address[len("tcp://") :].rpartition(":")
        return sockets.create_server((host.strip("[]"), int(port)))
    if os.path.exists(address):
        if not stat.S_ISSOCK(os.stat(address).st_mode):
            raise FileExistsError(f"{address} is not a socket")
        with sockets.socket(sockets.AF_UNIX) as probe:
            if probe.connect_ex(address) == 0:
                raise OSError(f"another process listens at {address}")
        os.unlink(address)
    own = sockets.socket(sockets.AF_UNIX)
    own.bind(address)
    os.chmod(address, 0o660)  # the broker must be able to connect
    own.listen()
    return own
