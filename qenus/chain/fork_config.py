"""Compares a node's forks (eth_config) with those of the chain's configuration.

Operators upgrade a node before a fork, and may forget the file in conf/chains; then every block
after the fork would be rejected. The node's answer changes no rule: it is compared, and a missing
fork is reported before it comes. Source: EIP-7910.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

from qenus.chain.blob_gas import blob_fork
from qenus.chain.chains import BlobFork, Chain
from qenus.chain.rejection import Rejected

__all__ = ["unknown_blob_forks"]

_MAX_BYTES: Final = 1 << 20
_Number = Annotated[int, Meta(ge=0, lt=1 << 53)]


class _Blobs(Struct, rename="camel"):
    target: _Number
    maximum: _Number = field(name="max")
    base_fee_update_fraction: _Number


class _Fork(Struct, rename="camel"):
    activation_time: _Number
    blob_schedule: _Blobs | None = None


class _Config(Struct):
    current: _Fork | None = None
    next: _Fork | None = None
    last: _Fork | None = None


_CONFIG: Final = msgspec.json.Decoder(_Config)


def unknown_blob_forks(config_json: bytes, chain: Chain) -> list[BlobFork]:
    """Give the blob schedules in a node's result of eth_config that `chain` does not have.

    eth_config does not say whether a schedule has a reserve price; the result says false.

    Raises:
        Rejected: at step "shape"; no other exception for any input.
    """
    if len(config_json) > _MAX_BYTES:
        raise Rejected(
            "shape", expected=f"at most {_MAX_BYTES} bytes", found=f"{len(config_json)} bytes"
        )
    try:
        config = _CONFIG.decode(config_json)
    except Exception as error:  # noqa: BLE001 - whatever the JSON library says, the text is at fault
        raise Rejected("shape", expected="the result of eth_config", found=str(error)) from None
    unknown: dict[int, BlobFork] = {}
    for fork in (config.current, config.next, config.last):
        if fork is None or fork.blob_schedule is None:
            continue
        said = fork.blob_schedule
        known = blob_fork(chain, fork.activation_time)
        stated = (said.target, said.maximum, said.base_fee_update_fraction)
        if known is None or stated != (known.target, known.maximum, known.update_fraction):
            unknown[fork.activation_time] = BlobFork(fork.activation_time, *stated)
    return [unknown[time] for time in sorted(unknown)]
