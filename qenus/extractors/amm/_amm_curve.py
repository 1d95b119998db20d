"""Decoders of the events of amm_curve.proto.

Generated from proto/amm_curve.proto by `python -m tools.protogen`.
Do not edit: change the .proto file and run it again.

A topic word of an address is 12 zero bytes and 20 bytes; a narrower integer is padded to 32 bytes
with zeros, or with its sign. Anything else was not written by such an event, and is refused.
"""
# fmt: off

from collections.abc import Callable, Mapping
from struct import Struct

from qenus.extractors.abi_array import read_words
from qenus.extractors.refusal import Refusal
from qenus.wire import (
    AmmFeature,
    CurveAddLiquidity,
    CurveCryptoAddLiquidity,
    CurveCryptoClaimAdminFee,
    CurveCryptoClaimAdminFees,
    CurveCryptoNewParameters,
    CurveCryptoNewParametersEither,
    CurveCryptoRampAgamma,
    CurveCryptoRemoveLiquidity,
    CurveCryptoRemoveLiquidityOne,
    CurveCryptoStopRampA,
    CurveCryptoTokenExchange,
    CurveNewFee,
    CurveNewParameters,
    CurveRampA,
    CurveRemoveLiquidity,
    CurveRemoveLiquidityImbalance,
    CurveRemoveLiquidityOne,
    CurveRemoveLiquidityOneEither,
    CurveStopRampA,
    CurveTokenExchange,
    CurveTokenExchangeUnderlying,
    Log,
)

__all__ = ["EVENTS"]

_ONES_16 = b"\xff" * 16
_ZERO_12 = b"\x00" * 12
_ZERO_16 = b"\x00" * 16
_CURVE_TOKEN_EXCHANGE_DATA = Struct(">16s16s32s16s16s32s").unpack
_CURVE_TOKEN_EXCHANGE_UNDERLYING_DATA = Struct(">16s16s32s16s16s32s").unpack
_CURVE_ADD_LIQUIDITY_1_DATA = Struct(">32s32s32s32s32s32s").unpack
_CURVE_ADD_LIQUIDITY_2_DATA = Struct(">32s32s32s32s32s32s32s32s").unpack
_CURVE_ADD_LIQUIDITY_3_DATA = Struct(">32s32s32s32s32s32s32s32s32s32s").unpack
_CURVE_ADD_LIQUIDITY_4_DATA = Struct(">32x32x32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_1_DATA = Struct(">32s32s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_2_DATA = Struct(">32s32s32s32s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_3_DATA = Struct(">32s32s32s32s32s32s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_4_DATA = Struct(">32x32x32s").unpack
_CURVE_REMOVE_LIQUIDITY_IMBALANCE_1_DATA = Struct(">32s32s32s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_IMBALANCE_2_DATA = Struct(">32s32s32s32s32s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_IMBALANCE_3_DATA = Struct(">32s32s32s32s32s32s32s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_IMBALANCE_4_DATA = Struct(">32x32x32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_ONE_1_DATA = Struct(">32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_ONE_2_DATA = Struct(">16s16s32s32s32s").unpack
_CURVE_REMOVE_LIQUIDITY_ONE_EITHER_DATA = Struct(">32s32s32s").unpack
_CURVE_RAMP_A_DATA = Struct(">32s32s32s32s").unpack
_CURVE_STOP_RAMP_A_DATA = Struct(">32s32s").unpack
_CURVE_NEW_FEE_1_DATA = Struct(">32s32s").unpack
_CURVE_NEW_FEE_2_DATA = Struct(">32s32s32s").unpack
_CURVE_NEW_FEE_3_DATA = Struct(">32s").unpack
_CURVE_NEW_FEE_4_DATA = Struct(">32s32s").unpack
_CURVE_NEW_PARAMETERS_DATA = Struct(">32s32s32s").unpack
_CURVE_CRYPTO_TOKEN_EXCHANGE_1_DATA = Struct(">32s32s32s32s").unpack
_CURVE_CRYPTO_TOKEN_EXCHANGE_2_DATA = Struct(">32s32s32s32s32s32s").unpack
_CURVE_CRYPTO_ADD_LIQUIDITY_1_DATA = Struct(">32s32s32s32s").unpack
_CURVE_CRYPTO_ADD_LIQUIDITY_2_DATA = Struct(">32s32s32s32s32s").unpack
_CURVE_CRYPTO_ADD_LIQUIDITY_3_DATA = Struct(">32s32s32s32s32s").unpack
_CURVE_CRYPTO_ADD_LIQUIDITY_4_DATA = Struct(">32s32s32s32s32s32s").unpack
_CURVE_CRYPTO_REMOVE_LIQUIDITY_1_DATA = Struct(">32s32s32s").unpack
_CURVE_CRYPTO_REMOVE_LIQUIDITY_2_DATA = Struct(">32s32s32s32s").unpack
_CURVE_CRYPTO_REMOVE_LIQUIDITY_ONE_DATA = Struct(">32s32s32s32s32s").unpack
_CURVE_CRYPTO_RAMP_AGAMMA_1_DATA = Struct(">32s32s32s32s32s32s").unpack
_CURVE_CRYPTO_RAMP_AGAMMA_2_DATA = Struct(">32s32s32s32s").unpack
_CURVE_CRYPTO_STOP_RAMP_A_DATA = Struct(">32s32s32s").unpack
_CURVE_CRYPTO_NEW_PARAMETERS_DATA = Struct(">32s32s32s32s32s32s").unpack
_CURVE_CRYPTO_NEW_PARAMETERS_EITHER_DATA = Struct(">32s32s32s32s32s32s32s").unpack
_CURVE_CRYPTO_CLAIM_ADMIN_FEE_DATA = Struct(">32s").unpack
_CURVE_CRYPTO_CLAIM_ADMIN_FEES_1_DATA = Struct(">32s32s").unpack
_CURVE_CRYPTO_CLAIM_ADMIN_FEES_2_DATA = Struct(">32s32s32s").unpack


def _curve_token_exchange(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveTokenExchange:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        sold_id_pad, sold_id, tokens_sold, bought_id_pad, bought_id, tokens_bought,
    ) = _CURVE_TOKEN_EXCHANGE_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("buyer", "address", topics[1])
    if sold_id_pad != (_ONES_16 if sold_id[0] & 0x80 else _ZERO_16):
        raise Refusal("sold_id", "int128", data[0:32])
    if bought_id_pad != (_ONES_16 if bought_id[0] & 0x80 else _ZERO_16):
        raise Refusal("bought_id", "int128", data[64:96])
    return CurveTokenExchange(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], sold_id, tokens_sold, bought_id, tokens_bought,
    )


def _curve_token_exchange_underlying(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveTokenExchangeUnderlying:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        sold_id_pad, sold_id, tokens_sold, bought_id_pad, bought_id, tokens_bought,
    ) = _CURVE_TOKEN_EXCHANGE_UNDERLYING_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("buyer", "address", topics[1])
    if sold_id_pad != (_ONES_16 if sold_id[0] & 0x80 else _ZERO_16):
        raise Refusal("sold_id", "int128", data[0:32])
    if bought_id_pad != (_ONES_16 if bought_id[0] & 0x80 else _ZERO_16):
        raise Refusal("bought_id", "int128", data[64:96])
    return CurveTokenExchangeUnderlying(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], sold_id, tokens_sold, bought_id, tokens_bought,
    )


def _curve_add_liquidity_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, fees_0, fees_1, invariant, token_supply,
    ) = _CURVE_ADD_LIQUIDITY_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1), (fees_0, fees_1), invariant,
        token_supply,
    )


def _curve_add_liquidity_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 256:
        raise Refusal("data", "256 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, fees_0, fees_1, fees_2, invariant,
        token_supply,
    ) = _CURVE_ADD_LIQUIDITY_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2), (fees_0, fees_1,
        fees_2), invariant, token_supply,
    )


def _curve_add_liquidity_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 320:
        raise Refusal("data", "320 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, token_amounts_3, fees_0, fees_1,
        fees_2, fees_3, invariant, token_supply,
    ) = _CURVE_ADD_LIQUIDITY_3_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2, token_amounts_3),
        (fees_0, fees_1, fees_2, fees_3), invariant, token_supply,
    )


def _curve_add_liquidity_4(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) < 128:
        raise Refusal("data", "at least 128 bytes", len(data))
    (
        invariant, token_supply,
    ) = _CURVE_ADD_LIQUIDITY_4_DATA(data[:128])
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    token_amounts, end = read_words(data, "token_amounts", 0, 128, 8)
    fees, end = read_words(data, "fees", 32, end, 8)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return CurveAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], token_amounts, fees, invariant, token_supply,
    )


def _curve_remove_liquidity_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 160:
        raise Refusal("data", "160 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, fees_0, fees_1, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1), (fees_0, fees_1), token_supply,
    )


def _curve_remove_liquidity_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 224:
        raise Refusal("data", "224 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, fees_0, fees_1, fees_2, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2), (fees_0, fees_1,
        fees_2), token_supply,
    )


def _curve_remove_liquidity_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 288:
        raise Refusal("data", "288 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, token_amounts_3, fees_0, fees_1,
        fees_2, fees_3, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_3_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2, token_amounts_3),
        (fees_0, fees_1, fees_2, fees_3), token_supply,
    )


def _curve_remove_liquidity_4(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) < 96:
        raise Refusal("data", "at least 96 bytes", len(data))
    (
        token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_4_DATA(data[:96])
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    token_amounts, end = read_words(data, "token_amounts", 0, 96, 8)
    fees, end = read_words(data, "fees", 32, end, 8)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return CurveRemoveLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], token_amounts, fees, token_supply,
    )


def _curve_remove_liquidity_imbalance_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityImbalance:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, fees_0, fees_1, invariant, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_IMBALANCE_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidityImbalance(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1), (fees_0, fees_1), invariant,
        token_supply,
    )


def _curve_remove_liquidity_imbalance_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityImbalance:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 256:
        raise Refusal("data", "256 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, fees_0, fees_1, fees_2, invariant,
        token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_IMBALANCE_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidityImbalance(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2), (fees_0, fees_1,
        fees_2), invariant, token_supply,
    )


def _curve_remove_liquidity_imbalance_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityImbalance:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 320:
        raise Refusal("data", "320 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, token_amounts_3, fees_0, fees_1,
        fees_2, fees_3, invariant, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_IMBALANCE_3_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidityImbalance(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2, token_amounts_3),
        (fees_0, fees_1, fees_2, fees_3), invariant, token_supply,
    )


def _curve_remove_liquidity_imbalance_4(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityImbalance:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) < 128:
        raise Refusal("data", "at least 128 bytes", len(data))
    (
        invariant, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_IMBALANCE_4_DATA(data[:128])
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    token_amounts, end = read_words(data, "token_amounts", 0, 128, 8)
    fees, end = read_words(data, "fees", 32, end, 8)
    if len(data) != end:
        raise Refusal("data", f"{end} bytes", len(data))
    return CurveRemoveLiquidityImbalance(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], token_amounts, fees, invariant, token_supply,
    )


def _curve_remove_liquidity_one_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityOne:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        token_amount, coin_amount,
    ) = _CURVE_REMOVE_LIQUIDITY_ONE_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidityOne(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], None, token_amount, coin_amount, None,
    )


def _curve_remove_liquidity_one_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityOne:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        token_id_pad, token_id, token_amount, coin_amount, token_supply,
    ) = _CURVE_REMOVE_LIQUIDITY_ONE_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    if token_id_pad != (_ONES_16 if token_id[0] & 0x80 else _ZERO_16):
        raise Refusal("token_id", "int128", data[0:32])
    return CurveRemoveLiquidityOne(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], token_id, token_amount, coin_amount, token_supply,
    )


def _curve_remove_liquidity_one_either(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRemoveLiquidityOneEither:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        token_amount, coin_amount_or_index, token_supply_or_coin_amount,
    ) = _CURVE_REMOVE_LIQUIDITY_ONE_EITHER_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveRemoveLiquidityOneEither(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], token_amount, coin_amount_or_index, token_supply_or_coin_amount,
    )


def _curve_ramp_a(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveRampA:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        old_a, new_a, initial_time, future_time,
    ) = _CURVE_RAMP_A_DATA(data)
    return CurveRampA(
        transaction_hash, transaction_index, log.log_index, log.address,
        old_a, new_a, initial_time, future_time,
    )


def _curve_stop_ramp_a(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveStopRampA:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        a, t,
    ) = _CURVE_STOP_RAMP_A_DATA(data)
    return CurveStopRampA(
        transaction_hash, transaction_index, log.log_index, log.address,
        a, t,
    )


def _curve_new_fee_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveNewFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        fee, admin_fee,
    ) = _CURVE_NEW_FEE_1_DATA(data)
    return CurveNewFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee, admin_fee, None,
    )


def _curve_new_fee_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveNewFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        fee, admin_fee, offpeg_fee_multiplier,
    ) = _CURVE_NEW_FEE_2_DATA(data)
    return CurveNewFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee, admin_fee, offpeg_fee_multiplier,
    )


def _curve_new_fee_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveNewFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        fee,
    ) = _CURVE_NEW_FEE_3_DATA(data)
    return CurveNewFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee, None, None,
    )


def _curve_new_fee_4(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveNewFee:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        fee, offpeg_fee_multiplier,
    ) = _CURVE_NEW_FEE_4_DATA(data)
    return CurveNewFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        fee, None, offpeg_fee_multiplier,
    )


def _curve_new_parameters(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveNewParameters:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        a, fee, admin_fee,
    ) = _CURVE_NEW_PARAMETERS_DATA(data)
    return CurveNewParameters(
        transaction_hash, transaction_index, log.log_index, log.address,
        a, fee, admin_fee,
    )


def _curve_crypto_token_exchange_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoTokenExchange:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        sold_id, tokens_sold, bought_id, tokens_bought,
    ) = _CURVE_CRYPTO_TOKEN_EXCHANGE_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("buyer", "address", topics[1])
    return CurveCryptoTokenExchange(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], sold_id, tokens_sold, bought_id, tokens_bought, None, None,
    )


def _curve_crypto_token_exchange_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoTokenExchange:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        sold_id, tokens_sold, bought_id, tokens_bought, fee, packed_price_scale,
    ) = _CURVE_CRYPTO_TOKEN_EXCHANGE_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("buyer", "address", topics[1])
    return CurveCryptoTokenExchange(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], sold_id, tokens_sold, bought_id, tokens_bought, fee, packed_price_scale,
    )


def _curve_crypto_add_liquidity_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, fee, token_supply,
    ) = _CURVE_CRYPTO_ADD_LIQUIDITY_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1), fee, token_supply, None,
    )


def _curve_crypto_add_liquidity_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 160:
        raise Refusal("data", "160 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, fee, token_supply,
    ) = _CURVE_CRYPTO_ADD_LIQUIDITY_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2), fee, token_supply,
        None,
    )


def _curve_crypto_add_liquidity_3(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 160:
        raise Refusal("data", "160 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, fee, token_supply, packed_price_scale,
    ) = _CURVE_CRYPTO_ADD_LIQUIDITY_3_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1), fee, token_supply, packed_price_scale,
    )


def _curve_crypto_add_liquidity_4(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoAddLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, fee, token_supply, packed_price_scale,
    ) = _CURVE_CRYPTO_ADD_LIQUIDITY_4_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoAddLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2), fee, token_supply,
        packed_price_scale,
    )


def _curve_crypto_remove_liquidity_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoRemoveLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_supply,
    ) = _CURVE_CRYPTO_REMOVE_LIQUIDITY_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoRemoveLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1), token_supply,
    )


def _curve_crypto_remove_liquidity_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoRemoveLiquidity:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        token_amounts_0, token_amounts_1, token_amounts_2, token_supply,
    ) = _CURVE_CRYPTO_REMOVE_LIQUIDITY_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoRemoveLiquidity(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (token_amounts_0, token_amounts_1, token_amounts_2), token_supply,
    )


def _curve_crypto_remove_liquidity_one(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoRemoveLiquidityOne:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 160:
        raise Refusal("data", "160 bytes", len(data))
    (
        token_amount, coin_index, coin_amount, approx_fee, packed_price_scale,
    ) = _CURVE_CRYPTO_REMOVE_LIQUIDITY_ONE_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("provider", "address", topics[1])
    return CurveCryptoRemoveLiquidityOne(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], token_amount, coin_index, coin_amount, approx_fee, packed_price_scale,
    )


def _curve_crypto_ramp_agamma_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoRampAgamma:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        initial_a, future_a, initial_gamma, future_gamma, initial_time, future_time,
    ) = _CURVE_CRYPTO_RAMP_AGAMMA_1_DATA(data)
    return CurveCryptoRampAgamma(
        transaction_hash, transaction_index, log.log_index, log.address,
        initial_a, future_a, initial_gamma, future_gamma, initial_time, future_time,
    )


def _curve_crypto_ramp_agamma_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoRampAgamma:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 128:
        raise Refusal("data", "128 bytes", len(data))
    (
        initial_a, future_a, initial_time, future_time,
    ) = _CURVE_CRYPTO_RAMP_AGAMMA_2_DATA(data)
    return CurveCryptoRampAgamma(
        transaction_hash, transaction_index, log.log_index, log.address,
        initial_a, future_a, None, None, initial_time, future_time,
    )


def _curve_crypto_stop_ramp_a(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoStopRampA:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        current_a, current_gamma, time,
    ) = _CURVE_CRYPTO_STOP_RAMP_A_DATA(data)
    return CurveCryptoStopRampA(
        transaction_hash, transaction_index, log.log_index, log.address,
        current_a, current_gamma, time,
    )


def _curve_crypto_new_parameters(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoNewParameters:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 192:
        raise Refusal("data", "192 bytes", len(data))
    (
        mid_fee, out_fee, fee_gamma, allowed_extra_profit, adjustment_step, ma_time,
    ) = _CURVE_CRYPTO_NEW_PARAMETERS_DATA(data)
    return CurveCryptoNewParameters(
        transaction_hash, transaction_index, log.log_index, log.address,
        mid_fee, out_fee, fee_gamma, allowed_extra_profit, adjustment_step, ma_time,
    )


def _curve_crypto_new_parameters_either(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoNewParametersEither:
    topics, data = log.topics, log.data
    if len(topics) != 1:
        raise Refusal("topics", "1", len(topics))
    if len(data) != 224:
        raise Refusal("data", "224 bytes", len(data))
    (
        parameter1, parameter2, parameter3, parameter4, parameter5, parameter6, parameter7,
    ) = _CURVE_CRYPTO_NEW_PARAMETERS_EITHER_DATA(data)
    return CurveCryptoNewParametersEither(
        transaction_hash, transaction_index, log.log_index, log.address,
        parameter1, parameter2, parameter3, parameter4, parameter5, parameter6, parameter7,
    )


def _curve_crypto_claim_admin_fee(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoClaimAdminFee:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 32:
        raise Refusal("data", "32 bytes", len(data))
    (
        tokens,
    ) = _CURVE_CRYPTO_CLAIM_ADMIN_FEE_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("admin", "address", topics[1])
    return CurveCryptoClaimAdminFee(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], tokens,
    )


def _curve_crypto_claim_admin_fees_1(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoClaimAdminFees:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 64:
        raise Refusal("data", "64 bytes", len(data))
    (
        tokens_0, tokens_1,
    ) = _CURVE_CRYPTO_CLAIM_ADMIN_FEES_1_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("admin", "address", topics[1])
    return CurveCryptoClaimAdminFees(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (tokens_0, tokens_1),
    )


def _curve_crypto_claim_admin_fees_2(
    log: Log, transaction_hash: bytes, transaction_index: int
) -> CurveCryptoClaimAdminFees:
    topics, data = log.topics, log.data
    if len(topics) != 2:
        raise Refusal("topics", "2", len(topics))
    if len(data) != 96:
        raise Refusal("data", "96 bytes", len(data))
    (
        tokens_0, tokens_1, tokens_2,
    ) = _CURVE_CRYPTO_CLAIM_ADMIN_FEES_2_DATA(data)
    if topics[1][:12] != _ZERO_12:
        raise Refusal("admin", "address", topics[1])
    return CurveCryptoClaimAdminFees(
        transaction_hash, transaction_index, log.log_index, log.address,
        topics[1][12:], (tokens_0, tokens_1, tokens_2),
    )


# By topic 0: the message, its decoder, and the event's declaration.
EVENTS: Mapping[bytes, tuple[type[AmmFeature], Callable[[Log, bytes, int], AmmFeature], str]] = {
    # TokenExchange(address,int128,uint256,int128,uint256)
    bytes.fromhex("8b3e96f2b889fa771c53c981b40daf005f63f637f1869f707052d15a3dd97140"): (
        CurveTokenExchange, _curve_token_exchange,
        "TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 "
        "bought_id, uint256 tokens_bought)",
    ),
    # TokenExchangeUnderlying(address,int128,uint256,int128,uint256)
    bytes.fromhex("d013ca23e77a65003c2c659c5442c00c805371b7fc1ebd4c206c41d1536bd90b"): (
        CurveTokenExchangeUnderlying, _curve_token_exchange_underlying,
        "TokenExchangeUnderlying(address indexed buyer, int128 sold_id, uint256 tokens_sold, "
        "int128 bought_id, uint256 tokens_bought)",
    ),
    # AddLiquidity(address,uint256[2],uint256[2],uint256,uint256)
    bytes.fromhex("26f55a85081d24974e85c6c00045d0f0453991e95873f52bff0d21af4079a768"): (
        CurveAddLiquidity, _curve_add_liquidity_1,
        "AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256[2] fees, "
        "uint256 invariant, uint256 token_supply)",
    ),
    # AddLiquidity(address,uint256[3],uint256[3],uint256,uint256)
    bytes.fromhex("423f6495a08fc652425cf4ed0d1f9e37e571d9b9529b1c1c23cce780b2e7df0d"): (
        CurveAddLiquidity, _curve_add_liquidity_2,
        "AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256[3] fees, "
        "uint256 invariant, uint256 token_supply)",
    ),
    # AddLiquidity(address,uint256[4],uint256[4],uint256,uint256)
    bytes.fromhex("3f1915775e0c9a38a57a7bb7f1f9005f486fb904e1f84aa215364d567319a58d"): (
        CurveAddLiquidity, _curve_add_liquidity_3,
        "AddLiquidity(address indexed provider, uint256[4] token_amounts, uint256[4] fees, "
        "uint256 invariant, uint256 token_supply)",
    ),
    # AddLiquidity(address,uint256[],uint256[],uint256,uint256)
    bytes.fromhex("189c623b666b1b45b83d7178f39b8c087cb09774317ca2f53c2d3c3726f222a2"): (
        CurveAddLiquidity, _curve_add_liquidity_4,
        "AddLiquidity(address indexed provider, uint256[] token_amounts, uint256[] fees, "
        "uint256 invariant, uint256 token_supply)",
    ),
    # RemoveLiquidity(address,uint256[2],uint256[2],uint256)
    bytes.fromhex("7c363854ccf79623411f8995b362bce5eddff18c927edc6f5dbbb5e05819a82c"): (
        CurveRemoveLiquidity, _curve_remove_liquidity_1,
        "RemoveLiquidity(address indexed provider, uint256[2] token_amounts, uint256[2] fees, "
        "uint256 token_supply)",
    ),
    # RemoveLiquidity(address,uint256[3],uint256[3],uint256)
    bytes.fromhex("a49d4cf02656aebf8c771f5a8585638a2a15ee6c97cf7205d4208ed7c1df252d"): (
        CurveRemoveLiquidity, _curve_remove_liquidity_2,
        "RemoveLiquidity(address indexed provider, uint256[3] token_amounts, uint256[3] fees, "
        "uint256 token_supply)",
    ),
    # RemoveLiquidity(address,uint256[4],uint256[4],uint256)
    bytes.fromhex("9878ca375e106f2a43c3b599fc624568131c4c9a4ba66a14563715763be9d59d"): (
        CurveRemoveLiquidity, _curve_remove_liquidity_3,
        "RemoveLiquidity(address indexed provider, uint256[4] token_amounts, uint256[4] fees, "
        "uint256 token_supply)",
    ),
    # RemoveLiquidity(address,uint256[],uint256[],uint256)
    bytes.fromhex("347ad828e58cbe534d8f6b67985d791360756b18f0d95fd9f197a66cc46480ea"): (
        CurveRemoveLiquidity, _curve_remove_liquidity_4,
        "RemoveLiquidity(address indexed provider, uint256[] token_amounts, uint256[] fees, "
        "uint256 token_supply)",
    ),
    # RemoveLiquidityImbalance(address,uint256[2],uint256[2],uint256,uint256)
    bytes.fromhex("2b5508378d7e19e0d5fa338419034731416c4f5b219a10379956f764317fd47e"): (
        CurveRemoveLiquidityImbalance, _curve_remove_liquidity_imbalance_1,
        "RemoveLiquidityImbalance(address indexed provider, uint256[2] token_amounts, "
        "uint256[2] fees, uint256 invariant, uint256 token_supply)",
    ),
    # RemoveLiquidityImbalance(address,uint256[3],uint256[3],uint256,uint256)
    bytes.fromhex("173599dbf9c6ca6f7c3b590df07ae98a45d74ff54065505141e7de6c46a624c2"): (
        CurveRemoveLiquidityImbalance, _curve_remove_liquidity_imbalance_2,
        "RemoveLiquidityImbalance(address indexed provider, uint256[3] token_amounts, "
        "uint256[3] fees, uint256 invariant, uint256 token_supply)",
    ),
    # RemoveLiquidityImbalance(address,uint256[4],uint256[4],uint256,uint256)
    bytes.fromhex("b964b72f73f5ef5bf0fdc559b2fab9a7b12a39e47817a547f1f0aee47febd602"): (
        CurveRemoveLiquidityImbalance, _curve_remove_liquidity_imbalance_3,
        "RemoveLiquidityImbalance(address indexed provider, uint256[4] token_amounts, "
        "uint256[4] fees, uint256 invariant, uint256 token_supply)",
    ),
    # RemoveLiquidityImbalance(address,uint256[],uint256[],uint256,uint256)
    bytes.fromhex("3631c28b1f9dd213e0319fb167b554d76b6c283a41143eb400a0d1adb1af1755"): (
        CurveRemoveLiquidityImbalance, _curve_remove_liquidity_imbalance_4,
        "RemoveLiquidityImbalance(address indexed provider, uint256[] token_amounts, uint256[]"
        " fees, uint256 invariant, uint256 token_supply)",
    ),
    # RemoveLiquidityOne(address,uint256,uint256)
    bytes.fromhex("9e96dd3b997a2a257eec4df9bb6eaf626e206df5f543bd963682d143300be310"): (
        CurveRemoveLiquidityOne, _curve_remove_liquidity_one_1,
        "RemoveLiquidityOne(address indexed provider, uint256 token_amount, uint256 "
        "coin_amount)",
    ),
    # RemoveLiquidityOne(address,int128,uint256,uint256,uint256)
    bytes.fromhex("6f48129db1f37ccb9cc5dd7e119cb32750cabdf75b48375d730d26ce3659bbe1"): (
        CurveRemoveLiquidityOne, _curve_remove_liquidity_one_2,
        "RemoveLiquidityOne(address indexed provider, int128 token_id, uint256 token_amount, "
        "uint256 coin_amount, uint256 token_supply)",
    ),
    # RemoveLiquidityOne(address,uint256,uint256,uint256)
    bytes.fromhex("5ad056f2e28a8cec232015406b843668c1e36cda598127ec3b8c59b8c72773a0"): (
        CurveRemoveLiquidityOneEither, _curve_remove_liquidity_one_either,
        "RemoveLiquidityOne(address indexed provider, uint256 token_amount, uint256 "
        "coin_amount_or_index, uint256 token_supply_or_coin_amount)",
    ),
    # RampA(uint256,uint256,uint256,uint256)
    bytes.fromhex("a2b71ec6df949300b59aab36b55e189697b750119dd349fcfa8c0f779e83c254"): (
        CurveRampA, _curve_ramp_a,
        "RampA(uint256 old_A, uint256 new_A, uint256 initial_time, uint256 future_time)",
    ),
    # StopRampA(uint256,uint256)
    bytes.fromhex("46e22fb3709ad289f62ce63d469248536dbc78d82b84a3d7e74ad606dc201938"): (
        CurveStopRampA, _curve_stop_ramp_a,
        "StopRampA(uint256 A, uint256 t)",
    ),
    # NewFee(uint256,uint256)
    bytes.fromhex("be12859b636aed607d5230b2cc2711f68d70e51060e6cca1f575ef5d2fcc95d1"): (
        CurveNewFee, _curve_new_fee_1,
        "NewFee(uint256 fee, uint256 admin_fee)",
    ),
    # NewFee(uint256,uint256,uint256)
    bytes.fromhex("cfca96e0fef3432146913b2a5a2268a55d3f475fe057e7ffde1082b77693f4f3"): (
        CurveNewFee, _curve_new_fee_2,
        "NewFee(uint256 fee, uint256 admin_fee, uint256 offpeg_fee_multiplier)",
    ),
    # ApplyNewFee(uint256)
    bytes.fromhex("a8715770654f54603947addf38c689adbd7182e21673b28bcf306a957aaba215"): (
        CurveNewFee, _curve_new_fee_3,
        "ApplyNewFee(uint256 fee)",
    ),
    # ApplyNewFee(uint256,uint256)
    bytes.fromhex("750d10a7f37466ce785ee6bcb604aac543358db42afbcc332a3c12a49c80bf6d"): (
        CurveNewFee, _curve_new_fee_4,
        "ApplyNewFee(uint256 fee, uint256 offpeg_fee_multiplier)",
    ),
    # NewParameters(uint256,uint256,uint256)
    bytes.fromhex("752a27d1853eb7af3ee4ff764f2c4a51619386af721573dd3809e929c39db99e"): (
        CurveNewParameters, _curve_new_parameters,
        "NewParameters(uint256 A, uint256 fee, uint256 admin_fee)",
    ),
    # TokenExchange(address,uint256,uint256,uint256,uint256)
    bytes.fromhex("b2e76ae99761dc136e598d4a629bb347eccb9532a5f8bbd72e18467c3c34cc98"): (
        CurveCryptoTokenExchange, _curve_crypto_token_exchange_1,
        "TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 "
        "bought_id, uint256 tokens_bought)",
    ),
    # TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("143f1f8e861fbdeddd5b46e844b7d3ac7b86a122f36e8c463859ee6811b1f29c"): (
        CurveCryptoTokenExchange, _curve_crypto_token_exchange_2,
        "TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 "
        "bought_id, uint256 tokens_bought, uint256 fee, uint256 packed_price_scale)",
    ),
    # AddLiquidity(address,uint256[2],uint256,uint256)
    bytes.fromhex("540ab385f9b5d450a27404172caade516b3ba3f4be88239ac56a2ad1de2a1f5a"): (
        CurveCryptoAddLiquidity, _curve_crypto_add_liquidity_1,
        "AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256 fee, uint256"
        " token_supply)",
    ),
    # AddLiquidity(address,uint256[3],uint256,uint256)
    bytes.fromhex("96b486485420b963edd3fdec0b0195730035600feb7de6f544383d7950fa97ee"): (
        CurveCryptoAddLiquidity, _curve_crypto_add_liquidity_2,
        "AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256 fee, uint256"
        " token_supply)",
    ),
    # AddLiquidity(address,uint256[2],uint256,uint256,uint256)
    bytes.fromhex("7196cbf63df1f2ec20638e683ebe51d18260be510592ee1e2efe3f3cfd4c33e9"): (
        CurveCryptoAddLiquidity, _curve_crypto_add_liquidity_3,
        "AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256 fee, uint256"
        " token_supply, uint256 packed_price_scale)",
    ),
    # AddLiquidity(address,uint256[3],uint256,uint256,uint256)
    bytes.fromhex("e1b60455bd9e33720b547f60e4e0cfbf1252d0f2ee0147d53029945f39fe3c1a"): (
        CurveCryptoAddLiquidity, _curve_crypto_add_liquidity_4,
        "AddLiquidity(address indexed provider, uint256[3] token_amounts, uint256 fee, uint256"
        " token_supply, uint256 packed_price_scale)",
    ),
    # RemoveLiquidity(address,uint256[2],uint256)
    bytes.fromhex("dd3c0336a16f1b64f172b7bb0dad5b2b3c7c76f91e8c4aafd6aae60dce800153"): (
        CurveCryptoRemoveLiquidity, _curve_crypto_remove_liquidity_1,
        "RemoveLiquidity(address indexed provider, uint256[2] token_amounts, uint256 "
        "token_supply)",
    ),
    # RemoveLiquidity(address,uint256[3],uint256)
    bytes.fromhex("d6cc314a0b1e3b2579f8e64248e82434072e8271290eef8ad0886709304195f5"): (
        CurveCryptoRemoveLiquidity, _curve_crypto_remove_liquidity_2,
        "RemoveLiquidity(address indexed provider, uint256[3] token_amounts, uint256 "
        "token_supply)",
    ),
    # RemoveLiquidityOne(address,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("e200e24d4a4c7cd367dd9befe394dc8a14e6d58c88ff5e2f512d65a9e0aa9c5c"): (
        CurveCryptoRemoveLiquidityOne, _curve_crypto_remove_liquidity_one,
        "RemoveLiquidityOne(address indexed provider, uint256 token_amount, uint256 "
        "coin_index, uint256 coin_amount, uint256 approx_fee, uint256 packed_price_scale)",
    ),
    # RampAgamma(uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("e35f0559b0642164e286b30df2077ec3a05426617a25db7578fd20ba39a6cd05"): (
        CurveCryptoRampAgamma, _curve_crypto_ramp_agamma_1,
        "RampAgamma(uint256 initial_A, uint256 future_A, uint256 initial_gamma, uint256 "
        "future_gamma, uint256 initial_time, uint256 future_time)",
    ),
    # RampAgamma(uint256,uint256,uint256,uint256)
    bytes.fromhex("7dce008c7221b9d42f26174f7435e50f9cc8f502c57019724c090b546415a029"): (
        CurveCryptoRampAgamma, _curve_crypto_ramp_agamma_2,
        "RampAgamma(uint256 initial_A, uint256 future_A, uint256 initial_time, uint256 "
        "future_time)",
    ),
    # StopRampA(uint256,uint256,uint256)
    bytes.fromhex("5f0e7fba3d100c9e19446e1c92fe436f0a9a22fe99669360e4fdd6d3de2fc284"): (
        CurveCryptoStopRampA, _curve_crypto_stop_ramp_a,
        "StopRampA(uint256 current_A, uint256 current_gamma, uint256 time)",
    ),
    # NewParameters(uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("a32137411fc7c20db359079cd84af0e2cad58cd7a182a8a5e23e08e554e88bf0"): (
        CurveCryptoNewParameters, _curve_crypto_new_parameters,
        "NewParameters(uint256 mid_fee, uint256 out_fee, uint256 fee_gamma, uint256 "
        "allowed_extra_profit, uint256 adjustment_step, uint256 ma_time)",
    ),
    # NewParameters(uint256,uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("1c65bbdc939f346e5d6f0bde1f072819947438d4fc7b182cc59c2f6dc5504087"): (
        CurveCryptoNewParametersEither, _curve_crypto_new_parameters_either,
        "NewParameters(uint256 parameter1, uint256 parameter2, uint256 parameter3, uint256 "
        "parameter4, uint256 parameter5, uint256 parameter6, uint256 parameter7)",
    ),
    # ClaimAdminFee(address,uint256)
    bytes.fromhex("6059a38198b1dc42b3791087d1ff0fbd72b3179553c25f678cd246f52ffaaf59"): (
        CurveCryptoClaimAdminFee, _curve_crypto_claim_admin_fee,
        "ClaimAdminFee(address indexed admin, uint256 tokens)",
    ),
    # ClaimAdminFee(address,uint256[2])
    bytes.fromhex("3bbd5f2f4711532d6e9ee88dfdf2f1468e9a4c3ae5e14d2e1a67bf4242d008d0"): (
        CurveCryptoClaimAdminFees, _curve_crypto_claim_admin_fees_1,
        "ClaimAdminFee(address indexed admin, uint256[2] tokens)",
    ),
    # ClaimAdminFee(address,uint256[3])
    bytes.fromhex("5ebe66c628d0969a211b99673a322baa5fc8a62baf286c175e254daef76f5bcc"): (
        CurveCryptoClaimAdminFees, _curve_crypto_claim_admin_fees_2,
        "ClaimAdminFee(address indexed admin, uint256[3] tokens)",
    ),
}
