"""What a node announces unasked: each subscription has a channel and a budget.

A subscription that has no reader any more is forgotten. Notifications that are too large, too many
a second, or not taken in time break the rules, which ends the session.
"""

from typing import Final

import attrs
import msgspec
import trio

from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.messages import Notice
from qenus.observers.rpc.token_bucket import TokenBucket

__all__ = ["NOTIFICATIONS_A_SECOND", "Subscriptions"]

# The fastest chain has some ten blocks a second.
NOTIFICATIONS_A_SECOND: Final = 64
# A subscriber this far behind would read of heads that are of no use any more.
_NOTIFICATIONS: Final = 1024
_MAX_NOTIFICATION_BYTES: Final = 1 << 20
_MAX_SUBSCRIPTION_CHARACTERS: Final = 128

_text: Final = msgspec.json.Decoder(str)


@attrs.define
class _Subscription:
    send: trio.MemorySendChannel[bytes]
    budget: TokenBucket


class Subscriptions:
    """The open subscriptions of one session, by the ids that the node gave them."""

    def __init__(self) -> None:
        self._by_id: dict[str, _Subscription] = {}

    def open(self, answer: bytes, most_a_second: float) -> trio.MemoryReceiveChannel[bytes]:
        """Open the subscription whose id is `answer`, JSON; its channel gives results as JSON.

        Raises:
            RemoteProtocolError: the answer is no id.
        """
        try:
            subscription = _text.decode(answer)
        except msgspec.DecodeError:
            # Some nodes number their subscriptions.
            subscription = answer[:_MAX_SUBSCRIPTION_CHARACTERS].decode("utf-8", "replace")
            if not subscription.isdigit():
                raise RemoteProtocolError(f"expected an id, found {subscription!r}") from None
        send, receive = trio.open_memory_channel[bytes](_NOTIFICATIONS)
        budget = TokenBucket(_NOTIFICATIONS, most_a_second)
        self._by_id[subscription[:_MAX_SUBSCRIPTION_CHARACTERS]] = _Subscription(send, budget)
        return receive

    def notify(self, notice: Notice) -> None:
        """Hand a notification to its subscriber.

        Raises:
            RemoteProtocolError: it is too large, one too many, or the subscriber is too far behind.
        """
        subscription = self._by_id.get(notice.subscription)
        if subscription is None:
            return
        if len(notice.result) > _MAX_NOTIFICATION_BYTES:
            raise RemoteProtocolError(
                f"expected notifications of at most {_MAX_NOTIFICATION_BYTES} bytes, "
                f"found one of {len(notice.result)}"
            )
        if not subscription.budget.take(1, trio.current_time()):
            raise RemoteProtocolError(
                f"expected at most {subscription.budget.per_second:g} notifications a second, "
                "found more"
            )
        try:
            subscription.send.send_nowait(notice.result)
        except trio.WouldBlock:
            raise RemoteProtocolError(f"{_NOTIFICATIONS} notifications were not taken") from None
        except trio.BrokenResourceError:
            # The subscriber closed its channel.
            del self._by_id[notice.subscription]

    def close(self) -> None:
        """End every channel."""
        for subscription in self._by_id.values():
            subscription.send.close()
