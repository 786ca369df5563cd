"""A real broker for the tests, started by the program."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

PROGRAM = os.environ.get("PPMQ", str(pathlib.Path(__file__).parents[3] / "ppmq"))

CONFIG = """\
ServerSocket: {0}/ppmq.socket
DataPath: {0}/data
Sync: never
Subscribers:
{1}Topics:
{2}"""


class Broker:
    """`topics` are names with further lines of each: {"mails": ["AckRetry: 1m"]}.

    Each topic has a subscriber, of the name of the topic and -s. A `socket` is that of the
    subscriber sock-s.
    """

    def __init__(self, topics: dict[str, list[str]]) -> None:
        self.directory = tempfile.mkdtemp(prefix="ppmq-")
        self.address = self.directory + "/ppmq.socket"
        self.own = self.directory + "/own.socket"
        subscribers = entries = ""
        for topic, lines in topics.items():
            subscribers += f"  - Name: {topic}-s\n"
            if topic == "sock":
                subscribers += f"    Socket: {self.own}\n"
            entries += f"  - Name: {topic}\n    Subscribers: [{topic}-s]\n"
            entries += "".join(f"    {line}\n" for line in lines)
        self._config = self.directory + "/ppmq.yaml"
        pathlib.Path(self._config).write_text(CONFIG.format(self.directory, subscribers, entries))
        self.start()

    def start(self) -> None:
        command = [PROGRAM, "serve", "-c", self._config]
        log = open(self.directory + "/log", "ab")
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        log.close()
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == b"ppmq: ready\n":
                return
        raise RuntimeError(pathlib.Path(self.directory + "/log").read_text())

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(how)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def close(self) -> None:
        self.end(signal.SIGKILL)
        shutil.rmtree(self.directory)
