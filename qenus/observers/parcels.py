"""What observers hand on: a proven block, or why something was not believed."""

from qenus.chain import Chain, Rejected
from qenus.errors import RemoteProtocolError
from qenus.wire import ALERTS, Block, Parcel, Rejection, blocks_topic, encode

__all__ = ["parcel_of_block", "parcel_of_rejection"]

_MAX_SOURCE_CHARACTERS = 256


def parcel_of_block(chain: Chain, observed_ns: int, block: Block) -> bytes:
    """Wrap a proven block for its chain's sealer. `observed_ns` is Unix time."""
    return encode(Parcel(blocks_topic(chain.name), observed_ns, encode(block)))


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
            step="shape",
            expected="a recorded block",
            found=str(error)[:_MAX_SOURCE_CHARACTERS],
        )
    return encode(Parcel(ALERTS, observed_ns, encode(rejection)))
