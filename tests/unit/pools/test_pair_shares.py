"""Deposits and withdrawals of Uniswap V2 pairs, as UniswapV2Pair's own tests state them."""

import pytest

from qenus.pools import (
    MINIMUM_LIQUIDITY,
    OutOfBounds,
    PairShares,
    QuoteRefused,
    UniswapV2Pair,
    skimmed,
)

ETHER = 10**18
EMPTY = UniswapV2Pair(0, 0)


def test_the_first_deposit_mints_the_root_of_the_product_less_the_minimum() -> None:
    # v2-core, UniswapV2Pair.spec.ts "mint": 1 and 4 tokens give 2 shares.
    shares, pair, minted = PairShares.at(supply=0).mint(EMPTY, ETHER, 4 * ETHER)
    assert (shares.supply, minted) == (2 * ETHER, 2 * ETHER - MINIMUM_LIQUIDITY)
    assert (pair.reserve0, pair.reserve1) == (ETHER, 4 * ETHER)


def test_a_withdrawal_leaves_what_the_minimum_is_worth() -> None:
    # v2-core, UniswapV2Pair.spec.ts "burn": 1000 of each stay.
    shares, pair, minted = PairShares.at(supply=0).mint(EMPTY, 3 * ETHER, 3 * ETHER)
    left, after, *amounts = shares.burn(pair, 3 * ETHER, 3 * ETHER, minted)
    assert amounts == [3 * ETHER - 1000, 3 * ETHER - 1000]
    assert (left.supply, after.reserve0, after.reserve1) == (MINIMUM_LIQUIDITY, 1000, 1000)


def test_the_protocol_gets_a_sixth_of_the_growth() -> None:
    # v2-core, UniswapV2Pair.spec.ts "feeTo:on": 1000 each, one swap of 1 in, all but the minimum
    # withdrawn; what the protocol has then.
    shares, pair, minted = PairShares.at(supply=0, fee_on=True).mint(
        EMPTY, 1000 * ETHER, 1000 * ETHER
    )
    traded = pair.apply_sync(pair.reserve0 - 996006981039903216, pair.reserve1 + ETHER)
    left, *_ = shares.burn(traded, traded.reserve0, traded.reserve1, minted)
    assert left.supply == MINIMUM_LIQUIDITY + 249750499251388
    off = PairShares.at(supply=shares.supply, k_last=shares.k_last)
    assert off.due(traded) == 0


def test_what_is_too_little_or_too_much_is_refused() -> None:
    shares, pair, _ = PairShares.at(supply=0).mint(EMPTY, ETHER, ETHER)
    with pytest.raises(QuoteRefused, match="too small"):
        PairShares.at(supply=0).mint(EMPTY, 1000, 1000)
    with pytest.raises(QuoteRefused, match="too small"):
        shares.mint(pair, ETHER + 5, ETHER)
    with pytest.raises(QuoteRefused, match="less than its reserves"):
        shares.mint(pair, ETHER - 1, ETHER + 1)
    with pytest.raises(QuoteRefused, match="uint112"):
        shares.mint(pair, 1 << 112, 1 << 112)
    with pytest.raises(QuoteRefused, match="shares"):
        shares.burn(pair, ETHER, ETHER, shares.supply + 1)
    with pytest.raises(QuoteRefused, match="worth nothing"):
        shares.burn(UniswapV2Pair(1, ETHER), 1, ETHER, 1)
    with pytest.raises(OutOfBounds, match="supply"):
        shares.apply_supply(-shares.supply - 1)


def test_a_skim_pays_out_what_is_beyond_the_reserves() -> None:
    assert skimmed(UniswapV2Pair(5, 6), 7, 6) == (2, 0)
    with pytest.raises(QuoteRefused, match="less than its reserves"):
        skimmed(UniswapV2Pair(5, 6), 4, 6)
