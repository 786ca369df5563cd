"""Refusals of the broker, and unknown outcomes. Each family of reasons has a class."""

from __future__ import annotations


class Error(Exception):
    """The base of all exceptions of this package."""


class Refused(Error):
    """The broker refused the value: nothing was done, nor will be.

    `code` is one of the codes of PROTOCOL.md. If `final`, the same value would be refused
    again; a code that this version does not know is final.
    """

    final = True

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Denied(Refused):
    """This user lacks permission."""


class Malformed(Refused):
    """The value itself is wrong, or too large."""


class UnknownName(Refused):
    """There is no such topic or subscriber, or the subscriber does not belong to the topic."""


class TopicFull(Refused):
    """The topic has no room now."""

    final = False


class Unavailable(Refused):
    """The broker is stopping, or its disk is full. Send the value again later."""

    final = False


class Unreachable(Error, ConnectionError):
    """The value was not sent within the time: nothing was done."""


class Unconfirmed(Error):
    """The value was sent, but whether it takes effect is not known."""

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
    """The exception for an answer with an error."""
    if code == Unconfirmed.code:
        return Unconfirmed(reason)
    return _FAMILIES.get(code, Refused)(code, reason)
