"""Outgoing and incoming messages, and the format of their fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Union

Duration = Union[float, timedelta, str]
Moment = Union[datetime, str]

NEVER = "never"
"""As `retry_after`: the message is not delivered again, and becomes a dead letter."""

REASON_BYTES_MAX = 1024


@dataclass(frozen=True)
class Message:
    """A message to publish. `payload` is any value that `json.dumps` accepts."""

    payload: Any
    key: str | None = None
    """In a topic with Dedupe the message replaces the queued message with the same key."""
    priority: int = 0
    """0 is the highest."""
    expires: Moment | None = None
    delay: Duration | None = None
    """How long the broker holds it back: seconds, a timedelta, or a Go duration ("1h30m")."""
    not_before: Moment | None = None

    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"Payload": self.payload}
        if self.key is not None:
            fields["Key"] = self.key
        if self.priority:
            fields["Priority"] = self.priority
        if self.expires is not None:
            fields["Expires"] = moment(self.expires)
        if self.delay is not None:
            fields["Delay"] = duration(self.delay)
        if self.not_before is not None:
            fields["NotBefore"] = moment(self.not_before)
        return fields


class Nack(Exception):
    """A handler raises it to set the reason of a failure and the pause before redelivery.

    Without `retry_after` the broker decides: 1 s, doubled with each delivery, at most 5 min.
    """

    def __init__(self, reason: str = "", retry_after: Duration | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def encode(value: dict[str, Any]) -> bytes:
    """A value as one line. Raises ValueError if it is not JSON, such as NaN or a lone surrogate."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def decode(line: bytes) -> Any:
    """A line as a value."""
    try:
        return json.loads(line)
    except ValueError:
        # Python makes no int of so many digits.
        return json.loads(line, parse_int=_whole_number)


def _whole_number(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)


def duration(time: Duration) -> str:
    """Formats a duration as Go does."""
    if isinstance(time, str):
        return time
    seconds = time.total_seconds() if isinstance(time, timedelta) else float(time)
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def moment(time: Moment) -> str:
    """Formats a moment as in RFC 3339."""
    if isinstance(time, str):
        return time
    if time.tzinfo is None:
        raise ValueError("the moment has no time zone: " + time.isoformat())
    return time.isoformat()


def said(failure: BaseException) -> str:
    """The text of a failure, or its class where its own __str__ fails."""
    try:
        return str(failure)
    except Exception:
        return type(failure).__name__


def reason(failure: BaseException) -> str:
    """The reason of a failure, as one line that the broker keeps without cutting it."""
    text = " ".join(said(failure).split()) or type(failure).__name__
    return text.encode("utf-8", "replace")[:REASON_BYTES_MAX].decode("utf-8", "ignore")


def parse_moment(text: str | None) -> datetime | None:
    """None if there is none, or if datetime cannot hold it (year 0)."""
    if not text:
        return None
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        head += "." + tail[:digits][:6].ljust(6, "0") + tail[digits:]
    try:
        return datetime.fromisoformat(head)
    except ValueError:
        return None


class Delivered:
    """A pushed message."""

    def __init__(self, topic: str, fields: dict[str, Any]) -> None:
        self.topic = topic
        self.key: str = fields["Key"]
        self.payload: Any = fields.get("Payload", "")
        self.priority: int = fields.get("Priority", 0)
        self.attempt: int = fields.get("Attempt", 1)
        """1 for the first delivery; more for a redelivery."""
        self.expires: datetime | None = parse_moment(fields.get("Expires"))

    def __repr__(self) -> str:
        # Keys and payloads do not belong in logs.
        return f"<message of topic {self.topic}, attempt {self.attempt}>"
