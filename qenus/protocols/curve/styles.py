"""How the generations of Curve's stable pools differ in their integer arithmetic.

The curve is one; the contracts part in how they divide the product in D, in what they do when the
search does not end, in whether they keep back a unit of the output, in where the view takes the fee
and in how a trade is booked. A style names one such combination; pools of one generation share it.
Source: the pools of curve-contract and the plain and meta implementations of curve-factory.
"""

from enum import IntEnum

from attrs import frozen

from qenus.protocols.curve.stableswap_math import Product

__all__ = ["Books", "CurveStyle", "FeeOrder"]


class FeeOrder(IntEnum):
    """Where the view takes the fee: before or after going back to the token's own decimals."""

    BEFORE_SCALING = 1
    AFTER_SCALING = 2


class Books(IntEnum):
    """How a trade changes the balances."""

    # By what came in, and by what went out and to the admin.
    AMOUNTS = 1
    # To the point on the curve, brought back to the token's own units.
    CURVE = 2


@frozen
class CurveStyle:
    """One generation's arithmetic.

    `product` and `must_end` are of the search for D (see `stableswap_math.invariant`);
    `view_keeps` and `trade_keeps` are the units, 18 decimals, that the view and the trade keep back
    of the output; `withdraws_by_decimals` where a withdrawal of one token ignores its rate;
    `admin_shares_withdrawals` where the admin earns of its fee; `compares_in_18_decimals` where a
    deposit's fee off the peg compares balances brought to 18 decimals with D, not bare ones.
    """

    product: Product = Product.BY_EACH
    must_end: bool = True
    view_fee: FeeOrder = FeeOrder.BEFORE_SCALING
    view_keeps: int = 1
    trade_keeps: int = 1
    books: Books = Books.AMOUNTS
    withdraws_by_decimals: bool = False
    admin_shares_withdrawals: bool = True
    compares_in_18_decimals: bool = False


# 3pool, hBTC; renBTC and sBTC with their rates.
THREE_POOL = CurveStyle(must_end=False, view_fee=FeeOrder.AFTER_SCALING, withdraws_by_decimals=True)
# The base template and its kin: EURS, sETH, LINK, Iron Bank, the factory's pools of 3 and 4 tokens.
TEMPLATE = CurveStyle()
# The factory's pools of two tokens.
FACTORY_PAIR = CurveStyle(product=Product.BY_ALL)
# The first metapools: GUSD, HUSD, USDK, USDN, MUSD, RSV, tBTC, DUSD and kin.
FIRST_META = CurveStyle(must_end=False)
STETH = CurveStyle(product=Product.BY_EACH_PLUS_ONE)
# Compound, Y, BUSD, USDT, sUSD.
FIRST_LENDING = CurveStyle(
    product=Product.BY_EACH_PLUS_ONE, must_end=False, view_fee=FeeOrder.AFTER_SCALING,
    view_keeps=0, trade_keeps=0, books=Books.CURVE,
)  # fmt: skip
PAX = CurveStyle(must_end=False, view_fee=FeeOrder.AFTER_SCALING, trade_keeps=0, books=Books.CURVE)
# The template for yTokens.
YEARN = CurveStyle(books=Books.CURVE)
# aETH, rETH.
STAKED_ETHER = CurveStyle(view_keeps=0, books=Books.CURVE)
# Aave, sAave; the template for aTokens divides the product as most pools do.
AAVE = CurveStyle(
    product=Product.BY_EACH_PLUS_ONE, view_fee=FeeOrder.AFTER_SCALING, view_keeps=0,
    trade_keeps=0, admin_shares_withdrawals=False,
)  # fmt: skip
AAVE_TEMPLATE = CurveStyle(
    view_fee=FeeOrder.AFTER_SCALING, view_keeps=0, trade_keeps=0, admin_shares_withdrawals=False
)
# stableswap-ng and its metapools.
NEXT_GENERATION = CurveStyle(product=Product.BY_ALL, compares_in_18_decimals=True)
