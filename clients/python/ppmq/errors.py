"""What the broker refuses, and what is not known. Each family of reasons is a class."""

from __future__ import annotations


class Error(Exception):
    """Whatever this package raises by itself."""


class Refused(Error):
    """The broker said no: nothing was done, nor will be.

    `code` is one of the codes of PROTOCOL.md. `final` says that the same value would be refused
    again; a code that this version does not know is final.
    """

    final = True

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Denied(Refused):
    """This user may not do it."""


class Malformed(Refused):
    """The value is wrong in itself, or too large."""


class UnknownName(Refused):
    """There is no such topic or subscriber, or the subscriber is not the topic's."""


class TopicFull(Refused):
    """The topic has no room now."""

    final = False


class Unavailable(Refused):
    """The broker cannot do it now: it is stopping, or its disk is full. Send it again later."""

    final = False


class Unreachable(Error, ConnectionError):
    """The value was not sent within the time: nothing was done."""


class Unconfirmed(Error):
    """The value was sent, and it is not known whether it takes effect."""

    code = "in-doubt"


_FAMILIES: dict[str, type[Refused]] = {
    "denied": Denied,
    "malformed": Malformed,
    "too-large": Malformed,
    "unknown-topic": UnknownName,
    "unknown-subscriber": UnknownName,
    "not-of-topic": UnknownName,
    "topic-full": TopicFull,
    "disk-full": Unavailable,
    "unavailable": Unavailable,
    "stopping": Unavailable,
}


def of_answer(code: str, reason: str) -> Error:
    """What an answer with an error raises."""
    if code == Unconfirmed.code:
        return Unconfirmed(reason)
    return _FAMILIES.get(code, Refused)(code, reason)
