"""Client of ppMQ, a persistent message queue with priorities.

`ppmq.Publisher` and `ppmq.Subscriber` are for plain programs; `ppmq.aio` has both for asyncio.
"""

from . import aio
from .errors import (
    Denied,
    Error,
    Malformed,
    Refused,
    TopicFull,
    Unavailable,
    Unconfirmed,
    UnknownName,
    Unreachable,
)
from .messages import NEVER, Message, Nack
from .plain import Delivery, Publisher, Subscriber

__all__ = [
    "NEVER",
    "Delivery",
    "Denied",
    "Error",
    "Malformed",
    "Message",
    "Nack",
    "Publisher",
    "Refused",
    "Subscriber",
    "TopicFull",
    "Unavailable",
    "Unconfirmed",
    "UnknownName",
    "Unreachable",
    "aio",
]
