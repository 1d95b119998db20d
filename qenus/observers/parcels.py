"""What observers hand on: a proven block, or why something was not believed."""

from qenus.chain import Chain, FinalityReverted, Rejected
from qenus.errors import RemoteProtocolError
from qenus.wire import (
    ALERTS,
    Alert,
    Block,
    Heads,
    Parcel,
    Rejection,
    blocks_topic,
    encode,
)

__all__ = ["parcel_of_alert", "parcel_of_block", "parcel_of_heads", "parcel_of_rejection"]

_MAX_SOURCE_CHARACTERS = 256


def parcel_of_block(chain: Chain, observed_ns: int, block: Block) -> bytes:
    """Wrap a proven block for its chain's sealer. `observed_ns` is Unix time."""
    return encode(Parcel(blocks_topic(chain.name), observed_ns, encode(block)))


def parcel_of_heads(chain: Chain, observed_ns: int, heads: Heads) -> bytes:
    """Wrap where the heads stand, for the chain's sealer: it takes over safe and finalized."""
    return encode(Parcel(blocks_topic(chain.name), observed_ns, encode(heads)))


def parcel_of_alert(observed_ns: int, alert: Alert) -> bytes:
    """Wrap something that people should know of, for topic alerts."""
    return encode(Parcel(ALERTS, observed_ns, encode(alert)))


def parcel_of_rejection(
    chain: Chain, observed_ns: int, source: str, error: RemoteProtocolError
) -> bytes:
    """Wrap the evidence against what `source` gave, for topic alerts."""
    if isinstance(error, Rejected):
        rejection = Rejection(
            chain_id=chain.chain_id,
            claimed_hash=error.claimed_hash,
            source=source[:_MAX_SOURCE_CHARACTERS],
            step=error.step,
            expected=f"{error.where}: {error.expected}" if error.where else error.expected,
            found=error.found,
        )
    else:
        rejection = Rejection(
            chain_id=chain.chain_id,
            claimed_hash=None,
            source=source[:_MAX_SOURCE_CHARACTERS],
            step="finality" if isinstance(error, FinalityReverted) else "shape",
            expected="what the protocol says",
            found=str(error)[:_MAX_SOURCE_CHARACTERS],
        )
    return encode(Parcel(ALERTS, observed_ns, encode(rejection)))
