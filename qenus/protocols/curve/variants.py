"""The variants of Curve's pools by the names that the registry gives them.

A variant says whose arithmetic a pool has and how its contract is asked. Which one a pool is, its
factory says (the implementation behind it, or the version of the only code that it deploys) or the
registry, for the pools that Curve deployed one by one. What stands here under no name is not read.
Source: curve-contract, curve-factory, stableswap-ng, curve-crypto-contract, curve-factory-crypto,
twocrypto-ng and tricrypto-ng.
"""

from collections.abc import Mapping
from enum import Enum

import attrs

from qenus.protocols.curve import crypto as first_crypto
from qenus.protocols.curve import crypto_ng as second_crypto
from qenus.protocols.curve import styles
from qenus.protocols.curve.crypto import CryptoStyle
from qenus.protocols.curve.crypto_ng import CryptoVersion
from qenus.protocols.curve.styles import CurveStyle

__all__ = ["UNREAD", "VARIANTS", "CryptoVariant", "Rates", "StableVariant"]

# Known to be Curve's, and of code that is not read.
UNREAD = "unread"


class Rates(Enum):
    """At what a stable pool counts its coins."""

    # All at the same, by their decimals.
    DECIMALS = 1
    # As stored_rates() of the pool answers.
    STORED = 2
    # The second at its base pool's virtual price, which the pool keeps for ten minutes.
    KEPT_BASE = 3
    # The second at its base pool's virtual price.
    BASE = 4
    # The second by what ratio() of the coin answers.
    RATIO = 5
    # The second at what getExchangeRate() of the coin answers.
    EXCHANGE_RATE = 6


@attrs.frozen
class StableVariant:
    """How a stable pool reckons and is asked.

    `precision` is that of its A; `narrow` where its arrays are asked by int128; `ramps` where A has
    a ramp; `off_peg` where the fee grows off the peg.
    """

    style: CurveStyle
    rates: Rates = Rates.DECIMALS
    precision: int = 100
    narrow: bool = False
    ramps: bool = True
    off_peg: bool = False


@attrs.frozen
class CryptoVariant:
    """How a crypto pool reckons and is asked.

    `packs_times` where the time of the last prices is packed with another.
    """

    code: CryptoStyle | CryptoVersion
    coins: int = 2
    packs_times: bool = False


VARIANTS: Mapping[str, StableVariant | CryptoVariant | None] = {
    UNREAD: None,
    "three_pool": StableVariant(styles.THREE_POOL, precision=1),
    "susd": StableVariant(styles.FIRST_LENDING, precision=1, narrow=True, ramps=False),
    "template": StableVariant(styles.TEMPLATE),
    "steth": StableVariant(styles.STETH),
    "aave": StableVariant(styles.AAVE, off_peg=True),
    "ankr_ether": StableVariant(styles.STAKED_ETHER, Rates.RATIO),
    "rocket_ether": StableVariant(styles.STAKED_ETHER, Rates.EXCHANGE_RATE),
    "first_meta": StableVariant(styles.FIRST_META, Rates.KEPT_BASE),
    "meta": StableVariant(styles.TEMPLATE, Rates.KEPT_BASE),
    "factory_pair": StableVariant(styles.FACTORY_PAIR),
    "factory_meta": StableVariant(styles.TEMPLATE, Rates.BASE),
    "next_generation": StableVariant(styles.NEXT_GENERATION, Rates.STORED, off_peg=True),
    "first_two": CryptoVariant(first_crypto.FIRST_TWO),
    "later_two": CryptoVariant(first_crypto.LATER_TWO),
    "latest_two": CryptoVariant(first_crypto.LATEST_TWO),
    "factory_two": CryptoVariant(first_crypto.FACTORY_TWO),
    "tricrypto2": CryptoVariant(first_crypto.TRICRYPTO2, coins=3),
    "twocrypto_200": CryptoVariant(second_crypto.TWOCRYPTO_V200, packs_times=True),
    "twocrypto_210": CryptoVariant(second_crypto.TWOCRYPTO_V210, packs_times=True),
    "tricrypto_200": CryptoVariant(second_crypto.TRICRYPTO_V200, coins=3),
    "tricrypto_200_owing": CryptoVariant(
        second_crypto.TRICRYPTO_V200_OWING, coins=3, packs_times=True
    ),
}
