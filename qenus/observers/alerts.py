"""What a source reports on topic alerts: alarms, and rejections with their evidence."""

from typing import Final

from qenus.chain import Chain, FinalityReverted, Rejected
from qenus.errors import RemoteProtocolError
from qenus.wire import ALERTS, Alert, Parcel, Rejection, encode

__all__ = ["alert_parcel", "rejection_of"]

_MAX_SOURCE_CHARACTERS: Final = 256


def alert_parcel(observed_ns: int, content: Alert | Rejection) -> Parcel:
    """Address an alert or a rejection to topic alerts; `observed_ns` is Unix time."""
    return Parcel(ALERTS, observed_ns, encode(content))


def rejection_of(chain: Chain, source: str, error: RemoteProtocolError) -> Rejection:
    """Give the rejection of what `source` gave, with the evidence against it."""
    if isinstance(error, Rejected):
        return Rejection(
            chain_id=chain.chain_id,
            claimed_hash=error.claimed_hash,
            source=source[:_MAX_SOURCE_CHARACTERS],
            step=error.step,
            expected=f"{error.where}: {error.expected}" if error.where else error.expected,
            found=error.found,
        )
    return Rejection(
        chain_id=chain.chain_id,
        claimed_hash=None,
        source=source[:_MAX_SOURCE_CHARACTERS],
        step="finality" if isinstance(error, FinalityReverted) else "shape",
        expected="what the protocol says",
        found=str(error)[:_MAX_SOURCE_CHARACTERS],
    )
