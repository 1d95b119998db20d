"""The events of Curve's stable and crypto pools."""

from qenus.protocols.event_decoders import EventDecoder, decoders_of
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
)

__all__ = ["EVENTS"]

EVENTS: tuple[EventDecoder[AmmFeature], ...] = (
    *decoders_of(CurveTokenExchange),
    *decoders_of(CurveTokenExchangeUnderlying),
    *decoders_of(CurveAddLiquidity),
    *decoders_of(CurveRemoveLiquidity),
    *decoders_of(CurveRemoveLiquidityImbalance),
    *decoders_of(CurveRemoveLiquidityOne),
    *decoders_of(CurveRemoveLiquidityOneEither),
    *decoders_of(CurveRampA),
    *decoders_of(CurveStopRampA),
    *decoders_of(CurveNewFee),
    *decoders_of(CurveNewParameters),
    *decoders_of(CurveCryptoTokenExchange),
    *decoders_of(CurveCryptoAddLiquidity),
    *decoders_of(CurveCryptoRemoveLiquidity),
    *decoders_of(CurveCryptoRemoveLiquidityOne),
    *decoders_of(CurveCryptoRampAgamma),
    *decoders_of(CurveCryptoStopRampA),
    *decoders_of(CurveCryptoNewParameters),
    *decoders_of(CurveCryptoNewParametersEither),
    *decoders_of(CurveCryptoClaimAdminFee),
    *decoders_of(CurveCryptoClaimAdminFees),
)
