"""Where events of family amm keep their values, to decode many logs at once.

Generated from proto/amm*.proto by `python -m tools.protogen`. Do not edit: change the .proto
files and run it again.
"""
# fmt: off

from collections.abc import Mapping

__all__ = ["LAYOUTS"]

# By topic 0, for every event without arrays of any length that is alone with its topic: how many
# topics follow, how many words the data has, and of each field its name, type, word and count. The
# words are those of the topics and then of the data, counted from 0; count is how many words an
# array of fixed length takes, 0 for a single value.
LAYOUTS: Mapping[bytes, tuple[int, int, tuple[tuple[str, str, int, int], ...]]] = {
    # Swap(address,address,int256,int256,uint160,uint128,int24,uint24,uint24)
    bytes.fromhex("121cb44ee54098b1a04743c487e7460d8dd429b27f88b1f4d4767396e1a59f79"): (
        2, 7, (
            ("sender", "address", 0, 0),
            ("recipient", "address", 1, 0),
            ("amount0", "int256", 2, 0),
            ("amount1", "int256", 3, 0),
            ("price", "uint160", 4, 0),
            ("liquidity", "uint128", 5, 0),
            ("tick", "int24", 6, 0),
            ("override_fee", "uint24", 7, 0),
            ("plugin_fee", "uint24", 8, 0),
        ),
    ),
    # Burn(address,int24,int24,uint128,uint256,uint256,uint24)
    bytes.fromhex("932214d4a69c27c086643126ed97c32681da179064c678836c173f99bd13ca01"): (
        3, 4, (
            ("owner", "address", 0, 0),
            ("bottom_tick", "int24", 1, 0),
            ("top_tick", "int24", 2, 0),
            ("liquidity_amount", "uint128", 3, 0),
            ("amount0", "uint256", 4, 0),
            ("amount1", "uint256", 5, 0),
            ("plugin_fee", "uint24", 6, 0),
        ),
    ),
    # Fee(uint16)
    bytes.fromhex("598b9f043c813aa6be3426ca60d1c65d17256312890be5118dab55b0775ebe2a"): (
        0, 1, (
            ("fee", "uint16", 0, 0),
        ),
    ),
    # Fee(uint16,uint16)
    bytes.fromhex("8a89de70856bccec096661388f305b9a75f5f65cb0d8a0e1e803c39dabedb57f"): (
        0, 2, (
            ("fee_zto", "uint16", 0, 0),
            ("fee_otz", "uint16", 1, 0),
        ),
    ),
    # Pool(address,address,address)
    bytes.fromhex("91ccaa7a278130b65168c3a0c8d3bcae84cf5e43704342bd3ec0b59e59c036db"): (
        2, 1, (
            ("token0", "address", 0, 0),
            ("token1", "address", 1, 0),
            ("pool", "address", 2, 0),
        ),
    ),
    # CustomPool(address,address,address,address)
    bytes.fromhex("8a5f030f5fc13b04a1e4ef7c47177e3d76b0e80e1d9be9843db37caa5b7b9b8f"): (
        3, 1, (
            ("deployer", "address", 0, 0),
            ("token0", "address", 1, 0),
            ("token1", "address", 2, 0),
            ("pool", "address", 3, 0),
        ),
    ),
    # TickSpacing(int24)
    bytes.fromhex("01413b1d5d4c359e9a0daa7909ecda165f6e8c51fe2ff529d74b22a5a7c02645"): (
        0, 1, (
            ("new_tick_spacing", "int24", 0, 0),
        ),
    ),
    # CommunityFee(uint8,uint8)
    bytes.fromhex("9e22b964b08e25c3aaa72102bb0071c089258fb82d51271a8ddf5c24921356ee"): (
        0, 2, (
            ("community_fee0_new", "uint8", 0, 0),
            ("community_fee1_new", "uint8", 1, 0),
        ),
    ),
    # CommunityFee(uint16,uint16)
    bytes.fromhex("370966829959865419a97fc8708e1d348a92142c2cfec7299e264677970174bc"): (
        0, 2, (
            ("community_fee0_new", "uint16", 0, 0),
            ("community_fee1_new", "uint16", 1, 0),
        ),
    ),
    # CommunityFee(uint16)
    bytes.fromhex("3647dccc990d4941b0b05b32527ef493a98d6187b20639ca2f9743f3b55ca5e1"): (
        0, 1, (
            ("community_fee_new", "uint16", 0, 0),
        ),
    ),
    # Swap(bytes32,address,address,uint256,uint256)
    bytes.fromhex("2170c741c41531aec20e7c107c24eecfdd15e69c9bb0a8dd37b1840b9e0b207b"): (
        3, 2, (
            ("pool_id", "bytes32", 0, 0),
            ("token_in", "address", 1, 0),
            ("token_out", "address", 2, 0),
            ("amount_in", "uint256", 3, 0),
            ("amount_out", "uint256", 4, 0),
        ),
    ),
    # PoolBalanceManaged(bytes32,address,address,int256,int256)
    bytes.fromhex("6edcaf6241105b4c94c2efdbf3a6b12458eb3d07be3a0e81d24b13c44045fe7a"): (
        3, 2, (
            ("pool_id", "bytes32", 0, 0),
            ("asset_manager", "address", 1, 0),
            ("token", "address", 2, 0),
            ("cash_delta", "int256", 3, 0),
            ("managed_delta", "int256", 4, 0),
        ),
    ),
    # PoolRegistered(bytes32,address,uint8)
    bytes.fromhex("3c13bc30b8e878c53fd2a36b679409c073afd75950be43d8858768e956fbc20e"): (
        2, 1, (
            ("pool_id", "bytes32", 0, 0),
            ("pool_address", "address", 1, 0),
            ("specialization", "uint8", 2, 0),
        ),
    ),
    # SwapFeePercentageChanged(uint256)
    bytes.fromhex("a9ba3ffe0b6c366b81232caab38605a0699ad5398d6cce76f91ee809e322dafc"): (
        0, 1, (
            ("swap_fee_percentage", "uint256", 0, 0),
        ),
    ),
    # PausedStateChanged(bool)
    bytes.fromhex("9e3a5e37224532dea67b89face185703738a228a6e8a23dee546960180d3be64"): (
        0, 1, (
            ("paused", "bool", 0, 0),
        ),
    ),
    # RecoveryModeStateChanged(bool)
    bytes.fromhex("eff3d4d215b42bf0960be9c6d5e05c22cba4df6627a3a523e2acee733b5854c8"): (
        0, 1, (
            ("enabled", "bool", 0, 0),
        ),
    ),
    # AmpUpdateStarted(uint256,uint256,uint256,uint256)
    bytes.fromhex("1835882ee7a34ac194f717a35e09bb1d24c82a3b9d854ab6c9749525b714cdf2"): (
        0, 4, (
            ("start_value", "uint256", 0, 0),
            ("end_value", "uint256", 1, 0),
            ("start_time", "uint256", 2, 0),
            ("end_time", "uint256", 3, 0),
        ),
    ),
    # AmpUpdateStopped(uint256)
    bytes.fromhex("a0d01593e47e69d07e0ccd87bece09411e07dd1ed40ca8f2e7af2976542a0233"): (
        0, 1, (
            ("current_value", "uint256", 0, 0),
        ),
    ),
    # TokenRateCacheUpdated(uint256,uint256)
    bytes.fromhex("b77a83204ca282e08dc3a65b0a1ca32ea4e6875c38ef0bf5bf75e52a67354fac"): (
        1, 1, (
            ("token_index", "uint256", 0, 0),
            ("rate", "uint256", 1, 0),
        ),
    ),
    # TokenRateCacheUpdated(address,uint256)
    bytes.fromhex("cfed57d90913b5ee1895919dcccaff83a9f7a842d912ef137272e5fc6123aa86"): (
        1, 1, (
            ("token", "address", 0, 0),
            ("rate", "uint256", 1, 0),
        ),
    ),
    # PriceRateCacheUpdated(address,uint256)
    bytes.fromhex("c1a224b14823b63c7711127f125fbf592434682f38881ebb61408747a303affc"): (
        1, 1, (
            ("token", "address", 0, 0),
            ("rate", "uint256", 1, 0),
        ),
    ),
    # TokenRateProviderSet(uint256,address,uint256)
    bytes.fromhex("dd6d1c9badb346de6925b358a472c937b41698d2632696759e43fd6527feeec4"): (
        2, 1, (
            ("token_index", "uint256", 0, 0),
            ("provider", "address", 1, 0),
            ("cache_duration", "uint256", 2, 0),
        ),
    ),
    # TokenRateProviderSet(address,address,uint256)
    bytes.fromhex("f00a2bf8c71db611a21183e0a96869752bcd9da29372fa76f865eed4fdd540d1"): (
        2, 1, (
            ("token", "address", 0, 0),
            ("provider", "address", 1, 0),
            ("cache_duration", "uint256", 2, 0),
        ),
    ),
    # PriceRateProviderSet(address,address,uint256)
    bytes.fromhex("ca6c2c5b6b44b5f3f0c08f0e28e5b6deda1cb38c3fe1113e8031d926c1e8c6d0"): (
        2, 1, (
            ("token", "address", 0, 0),
            ("provider", "address", 1, 0),
            ("cache_duration", "uint256", 2, 0),
        ),
    ),
    # ProtocolFeePercentageCacheUpdated(bytes32)
    bytes.fromhex("c3f0acc358200d8e08ac6ce20bc2f9f27893a344f813bf682b7859b3e521502e"): (
        0, 1, (
            ("fee_cache", "bytes32", 0, 0),
        ),
    ),
    # ProtocolFeePercentageCacheUpdated(uint256,uint256)
    bytes.fromhex("6bfb689528fa96ec1ad670ad6d6064be1ae96bfd5d2ee35c837fd0fe0c11959a"): (
        1, 1, (
            ("fee_type", "uint256", 0, 0),
            ("protocol_fee_percentage", "uint256", 1, 0),
        ),
    ),
    # SwapEnabledSet(bool)
    bytes.fromhex("5a9e84f78f7957cb4ed7478eb0fcad35ee4ecbe2e0f298420b28a3955392573f"): (
        0, 1, (
            ("swap_enabled", "bool", 0, 0),
        ),
    ),
    # PoolCreated(address)
    bytes.fromhex("83a48fbcfc991335314e74d0496aab6a1987e992ddc85dddbcc4d6dd6ef2e9fc"): (
        1, 0, (
            ("pool", "address", 0, 0),
        ),
    ),
    # TokenExchange(address,int128,uint256,int128,uint256)
    bytes.fromhex("8b3e96f2b889fa771c53c981b40daf005f63f637f1869f707052d15a3dd97140"): (
        1, 4, (
            ("buyer", "address", 0, 0),
            ("sold_id", "int128", 1, 0),
            ("tokens_sold", "uint256", 2, 0),
            ("bought_id", "int128", 3, 0),
            ("tokens_bought", "uint256", 4, 0),
        ),
    ),
    # TokenExchangeUnderlying(address,int128,uint256,int128,uint256)
    bytes.fromhex("d013ca23e77a65003c2c659c5442c00c805371b7fc1ebd4c206c41d1536bd90b"): (
        1, 4, (
            ("buyer", "address", 0, 0),
            ("sold_id", "int128", 1, 0),
            ("tokens_sold", "uint256", 2, 0),
            ("bought_id", "int128", 3, 0),
            ("tokens_bought", "uint256", 4, 0),
        ),
    ),
    # AddLiquidity(address,uint256[2],uint256[2],uint256,uint256)
    bytes.fromhex("26f55a85081d24974e85c6c00045d0f0453991e95873f52bff0d21af4079a768"): (
        1, 6, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 2),
            ("fees", "uint256", 3, 2),
            ("invariant", "uint256", 5, 0),
            ("token_supply", "uint256", 6, 0),
        ),
    ),
    # AddLiquidity(address,uint256[3],uint256[3],uint256,uint256)
    bytes.fromhex("423f6495a08fc652425cf4ed0d1f9e37e571d9b9529b1c1c23cce780b2e7df0d"): (
        1, 8, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 3),
            ("fees", "uint256", 4, 3),
            ("invariant", "uint256", 7, 0),
            ("token_supply", "uint256", 8, 0),
        ),
    ),
    # AddLiquidity(address,uint256[4],uint256[4],uint256,uint256)
    bytes.fromhex("3f1915775e0c9a38a57a7bb7f1f9005f486fb904e1f84aa215364d567319a58d"): (
        1, 10, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 4),
            ("fees", "uint256", 5, 4),
            ("invariant", "uint256", 9, 0),
            ("token_supply", "uint256", 10, 0),
        ),
    ),
    # RemoveLiquidity(address,uint256[2],uint256[2],uint256)
    bytes.fromhex("7c363854ccf79623411f8995b362bce5eddff18c927edc6f5dbbb5e05819a82c"): (
        1, 5, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 2),
            ("fees", "uint256", 3, 2),
            ("token_supply", "uint256", 5, 0),
        ),
    ),
    # RemoveLiquidity(address,uint256[3],uint256[3],uint256)
    bytes.fromhex("a49d4cf02656aebf8c771f5a8585638a2a15ee6c97cf7205d4208ed7c1df252d"): (
        1, 7, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 3),
            ("fees", "uint256", 4, 3),
            ("token_supply", "uint256", 7, 0),
        ),
    ),
    # RemoveLiquidity(address,uint256[4],uint256[4],uint256)
    bytes.fromhex("9878ca375e106f2a43c3b599fc624568131c4c9a4ba66a14563715763be9d59d"): (
        1, 9, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 4),
            ("fees", "uint256", 5, 4),
            ("token_supply", "uint256", 9, 0),
        ),
    ),
    # RemoveLiquidityImbalance(address,uint256[2],uint256[2],uint256,uint256)
    bytes.fromhex("2b5508378d7e19e0d5fa338419034731416c4f5b219a10379956f764317fd47e"): (
        1, 6, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 2),
            ("fees", "uint256", 3, 2),
            ("invariant", "uint256", 5, 0),
            ("token_supply", "uint256", 6, 0),
        ),
    ),
    # RemoveLiquidityImbalance(address,uint256[3],uint256[3],uint256,uint256)
    bytes.fromhex("173599dbf9c6ca6f7c3b590df07ae98a45d74ff54065505141e7de6c46a624c2"): (
        1, 8, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 3),
            ("fees", "uint256", 4, 3),
            ("invariant", "uint256", 7, 0),
            ("token_supply", "uint256", 8, 0),
        ),
    ),
    # RemoveLiquidityImbalance(address,uint256[4],uint256[4],uint256,uint256)
    bytes.fromhex("b964b72f73f5ef5bf0fdc559b2fab9a7b12a39e47817a547f1f0aee47febd602"): (
        1, 10, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 4),
            ("fees", "uint256", 5, 4),
            ("invariant", "uint256", 9, 0),
            ("token_supply", "uint256", 10, 0),
        ),
    ),
    # RemoveLiquidityOne(address,uint256,uint256)
    bytes.fromhex("9e96dd3b997a2a257eec4df9bb6eaf626e206df5f543bd963682d143300be310"): (
        1, 2, (
            ("provider", "address", 0, 0),
            ("token_amount", "uint256", 1, 0),
            ("coin_amount", "uint256", 2, 0),
        ),
    ),
    # RemoveLiquidityOne(address,int128,uint256,uint256,uint256)
    bytes.fromhex("6f48129db1f37ccb9cc5dd7e119cb32750cabdf75b48375d730d26ce3659bbe1"): (
        1, 4, (
            ("provider", "address", 0, 0),
            ("token_id", "int128", 1, 0),
            ("token_amount", "uint256", 2, 0),
            ("coin_amount", "uint256", 3, 0),
            ("token_supply", "uint256", 4, 0),
        ),
    ),
    # RemoveLiquidityOne(address,uint256,uint256,uint256)
    bytes.fromhex("5ad056f2e28a8cec232015406b843668c1e36cda598127ec3b8c59b8c72773a0"): (
        1, 3, (
            ("provider", "address", 0, 0),
            ("token_amount", "uint256", 1, 0),
            ("coin_amount_or_index", "uint256", 2, 0),
            ("token_supply_or_coin_amount", "uint256", 3, 0),
        ),
    ),
    # RampA(uint256,uint256,uint256,uint256)
    bytes.fromhex("a2b71ec6df949300b59aab36b55e189697b750119dd349fcfa8c0f779e83c254"): (
        0, 4, (
            ("old_a", "uint256", 0, 0),
            ("new_a", "uint256", 1, 0),
            ("initial_time", "uint256", 2, 0),
            ("future_time", "uint256", 3, 0),
        ),
    ),
    # StopRampA(uint256,uint256)
    bytes.fromhex("46e22fb3709ad289f62ce63d469248536dbc78d82b84a3d7e74ad606dc201938"): (
        0, 2, (
            ("a", "uint256", 0, 0),
            ("t", "uint256", 1, 0),
        ),
    ),
    # NewFee(uint256,uint256)
    bytes.fromhex("be12859b636aed607d5230b2cc2711f68d70e51060e6cca1f575ef5d2fcc95d1"): (
        0, 2, (
            ("fee", "uint256", 0, 0),
            ("admin_fee", "uint256", 1, 0),
        ),
    ),
    # NewFee(uint256,uint256,uint256)
    bytes.fromhex("cfca96e0fef3432146913b2a5a2268a55d3f475fe057e7ffde1082b77693f4f3"): (
        0, 3, (
            ("fee", "uint256", 0, 0),
            ("admin_fee", "uint256", 1, 0),
            ("offpeg_fee_multiplier", "uint256", 2, 0),
        ),
    ),
    # ApplyNewFee(uint256)
    bytes.fromhex("a8715770654f54603947addf38c689adbd7182e21673b28bcf306a957aaba215"): (
        0, 1, (
            ("fee", "uint256", 0, 0),
        ),
    ),
    # ApplyNewFee(uint256,uint256)
    bytes.fromhex("750d10a7f37466ce785ee6bcb604aac543358db42afbcc332a3c12a49c80bf6d"): (
        0, 2, (
            ("fee", "uint256", 0, 0),
            ("offpeg_fee_multiplier", "uint256", 1, 0),
        ),
    ),
    # NewParameters(uint256,uint256,uint256)
    bytes.fromhex("752a27d1853eb7af3ee4ff764f2c4a51619386af721573dd3809e929c39db99e"): (
        0, 3, (
            ("a", "uint256", 0, 0),
            ("fee", "uint256", 1, 0),
            ("admin_fee", "uint256", 2, 0),
        ),
    ),
    # TokenExchange(address,uint256,uint256,uint256,uint256)
    bytes.fromhex("b2e76ae99761dc136e598d4a629bb347eccb9532a5f8bbd72e18467c3c34cc98"): (
        1, 4, (
            ("buyer", "address", 0, 0),
            ("sold_id", "uint256", 1, 0),
            ("tokens_sold", "uint256", 2, 0),
            ("bought_id", "uint256", 3, 0),
            ("tokens_bought", "uint256", 4, 0),
        ),
    ),
    # TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("143f1f8e861fbdeddd5b46e844b7d3ac7b86a122f36e8c463859ee6811b1f29c"): (
        1, 6, (
            ("buyer", "address", 0, 0),
            ("sold_id", "uint256", 1, 0),
            ("tokens_sold", "uint256", 2, 0),
            ("bought_id", "uint256", 3, 0),
            ("tokens_bought", "uint256", 4, 0),
            ("fee", "uint256", 5, 0),
            ("packed_price_scale", "uint256", 6, 0),
        ),
    ),
    # AddLiquidity(address,uint256[2],uint256,uint256)
    bytes.fromhex("540ab385f9b5d450a27404172caade516b3ba3f4be88239ac56a2ad1de2a1f5a"): (
        1, 4, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 2),
            ("fee", "uint256", 3, 0),
            ("token_supply", "uint256", 4, 0),
        ),
    ),
    # AddLiquidity(address,uint256[3],uint256,uint256)
    bytes.fromhex("96b486485420b963edd3fdec0b0195730035600feb7de6f544383d7950fa97ee"): (
        1, 5, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 3),
            ("fee", "uint256", 4, 0),
            ("token_supply", "uint256", 5, 0),
        ),
    ),
    # AddLiquidity(address,uint256[2],uint256,uint256,uint256)
    bytes.fromhex("7196cbf63df1f2ec20638e683ebe51d18260be510592ee1e2efe3f3cfd4c33e9"): (
        1, 5, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 2),
            ("fee", "uint256", 3, 0),
            ("token_supply", "uint256", 4, 0),
            ("packed_price_scale", "uint256", 5, 0),
        ),
    ),
    # AddLiquidity(address,uint256[3],uint256,uint256,uint256)
    bytes.fromhex("e1b60455bd9e33720b547f60e4e0cfbf1252d0f2ee0147d53029945f39fe3c1a"): (
        1, 6, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 3),
            ("fee", "uint256", 4, 0),
            ("token_supply", "uint256", 5, 0),
            ("packed_price_scale", "uint256", 6, 0),
        ),
    ),
    # RemoveLiquidity(address,uint256[2],uint256)
    bytes.fromhex("dd3c0336a16f1b64f172b7bb0dad5b2b3c7c76f91e8c4aafd6aae60dce800153"): (
        1, 3, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 2),
            ("token_supply", "uint256", 3, 0),
        ),
    ),
    # RemoveLiquidity(address,uint256[3],uint256)
    bytes.fromhex("d6cc314a0b1e3b2579f8e64248e82434072e8271290eef8ad0886709304195f5"): (
        1, 4, (
            ("provider", "address", 0, 0),
            ("token_amounts", "uint256", 1, 3),
            ("token_supply", "uint256", 4, 0),
        ),
    ),
    # RemoveLiquidityOne(address,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("e200e24d4a4c7cd367dd9befe394dc8a14e6d58c88ff5e2f512d65a9e0aa9c5c"): (
        1, 5, (
            ("provider", "address", 0, 0),
            ("token_amount", "uint256", 1, 0),
            ("coin_index", "uint256", 2, 0),
            ("coin_amount", "uint256", 3, 0),
            ("approx_fee", "uint256", 4, 0),
            ("packed_price_scale", "uint256", 5, 0),
        ),
    ),
    # RampAgamma(uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("e35f0559b0642164e286b30df2077ec3a05426617a25db7578fd20ba39a6cd05"): (
        0, 6, (
            ("initial_a", "uint256", 0, 0),
            ("future_a", "uint256", 1, 0),
            ("initial_gamma", "uint256", 2, 0),
            ("future_gamma", "uint256", 3, 0),
            ("initial_time", "uint256", 4, 0),
            ("future_time", "uint256", 5, 0),
        ),
    ),
    # RampAgamma(uint256,uint256,uint256,uint256)
    bytes.fromhex("7dce008c7221b9d42f26174f7435e50f9cc8f502c57019724c090b546415a029"): (
        0, 4, (
            ("initial_a", "uint256", 0, 0),
            ("future_a", "uint256", 1, 0),
            ("initial_time", "uint256", 2, 0),
            ("future_time", "uint256", 3, 0),
        ),
    ),
    # StopRampA(uint256,uint256,uint256)
    bytes.fromhex("5f0e7fba3d100c9e19446e1c92fe436f0a9a22fe99669360e4fdd6d3de2fc284"): (
        0, 3, (
            ("current_a", "uint256", 0, 0),
            ("current_gamma", "uint256", 1, 0),
            ("time", "uint256", 2, 0),
        ),
    ),
    # NewParameters(uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("a32137411fc7c20db359079cd84af0e2cad58cd7a182a8a5e23e08e554e88bf0"): (
        0, 6, (
            ("mid_fee", "uint256", 0, 0),
            ("out_fee", "uint256", 1, 0),
            ("fee_gamma", "uint256", 2, 0),
            ("allowed_extra_profit", "uint256", 3, 0),
            ("adjustment_step", "uint256", 4, 0),
            ("ma_time", "uint256", 5, 0),
        ),
    ),
    # NewParameters(uint256,uint256,uint256,uint256,uint256,uint256,uint256)
    bytes.fromhex("1c65bbdc939f346e5d6f0bde1f072819947438d4fc7b182cc59c2f6dc5504087"): (
        0, 7, (
            ("parameter1", "uint256", 0, 0),
            ("parameter2", "uint256", 1, 0),
            ("parameter3", "uint256", 2, 0),
            ("parameter4", "uint256", 3, 0),
            ("parameter5", "uint256", 4, 0),
            ("parameter6", "uint256", 5, 0),
            ("parameter7", "uint256", 6, 0),
        ),
    ),
    # ClaimAdminFee(address,uint256)
    bytes.fromhex("6059a38198b1dc42b3791087d1ff0fbd72b3179553c25f678cd246f52ffaaf59"): (
        1, 1, (
            ("admin", "address", 0, 0),
            ("tokens", "uint256", 1, 0),
        ),
    ),
    # ClaimAdminFee(address,uint256[2])
    bytes.fromhex("3bbd5f2f4711532d6e9ee88dfdf2f1468e9a4c3ae5e14d2e1a67bf4242d008d0"): (
        1, 2, (
            ("admin", "address", 0, 0),
            ("tokens", "uint256", 1, 2),
        ),
    ),
    # ClaimAdminFee(address,uint256[3])
    bytes.fromhex("5ebe66c628d0969a211b99673a322baa5fc8a62baf286c175e254daef76f5bcc"): (
        1, 3, (
            ("admin", "address", 0, 0),
            ("tokens", "uint256", 1, 3),
        ),
    ),
    # PoolCreated(address,address,int24,address)
    bytes.fromhex("ab0d57f0df537bb25e80245ef7748fa62353808c54d6e528a9dd20887aed9ac2"): (
        3, 1, (
            ("token0", "address", 0, 0),
            ("token1", "address", 1, 0),
            ("tick_spacing", "int24", 2, 0),
            ("pool", "address", 3, 0),
        ),
    ),
    # CollectFees(address,uint128,uint128)
    bytes.fromhex("205860e66845f2bbc0966bfab80db9bf93fca93862ea2b9fcf6945748352b4a3"): (
        1, 2, (
            ("recipient", "address", 0, 0),
            ("amount0", "uint128", 1, 0),
            ("amount1", "uint128", 2, 0),
        ),
    ),
    # CustomFeeSet(address,uint24)
    bytes.fromhex("e2150e4054ad34f299189d809c507f52c0c572bfef0504af03f43be0870cd354"): (
        2, 0, (
            ("pool", "address", 0, 0),
            ("fee", "uint24", 1, 0),
        ),
    ),
    # FeeCapSet(address,uint256)
    bytes.fromhex("580e5cae1c3e7e91049a0dce5893866a73af11163fd52389d95c2117d8df053b"): (
        2, 0, (
            ("pool", "address", 0, 0),
            ("fee_cap", "uint256", 1, 0),
        ),
    ),
    # ScalingFactorSet(address,uint256)
    bytes.fromhex("30c247ef0dda66710b7fde1079bd6f5194755e8f285b64fb79d8124f7e421830"): (
        2, 0, (
            ("pool", "address", 0, 0),
            ("scaling_factor", "uint256", 1, 0),
        ),
    ),
    # DynamicFeeReset(address)
    bytes.fromhex("c468f70535e94886b35ff615ecae1df3a7149178689eb6db7d69861cd9247d05"): (
        1, 0, (
            ("pool", "address", 0, 0),
        ),
    ),
    # Swap(address,address,uint256,uint256,uint256,uint256)
    bytes.fromhex("b3e2773606abfd36b5bd91394b3a54d1398336c65005baf7bf7a05efeffaf75b"): (
        2, 4, (
            ("sender", "address", 0, 0),
            ("to", "address", 1, 0),
            ("amount0_in", "uint256", 2, 0),
            ("amount1_in", "uint256", 3, 0),
            ("amount0_out", "uint256", 4, 0),
            ("amount1_out", "uint256", 5, 0),
        ),
    ),
    # Sync(uint256,uint256)
    bytes.fromhex("cf2aa50876cdfbb541206f89af0ee78d44a2abf8d328e37fa4917f982149848a"): (
        0, 2, (
            ("reserve0", "uint256", 0, 0),
            ("reserve1", "uint256", 1, 0),
        ),
    ),
    # Burn(address,address,uint256,uint256)
    bytes.fromhex("5d624aa9c148153ab3446c1b154f660ee7701e549fe9b62dab7171b1c80e6fa2"): (
        2, 2, (
            ("sender", "address", 0, 0),
            ("to", "address", 1, 0),
            ("amount0", "uint256", 2, 0),
            ("amount1", "uint256", 3, 0),
        ),
    ),
    # Fees(address,uint256,uint256)
    bytes.fromhex("112c256902bf554b6ed882d2936687aaeb4225e8cd5b51303c90ca6cf43a8602"): (
        1, 2, (
            ("sender", "address", 0, 0),
            ("amount0", "uint256", 1, 0),
            ("amount1", "uint256", 2, 0),
        ),
    ),
    # Claim(address,address,uint256,uint256)
    bytes.fromhex("865ca08d59f5cb456e85cd2f7ef63664ea4f73327414e9d8152c4158b0e94645"): (
        2, 2, (
            ("sender", "address", 0, 0),
            ("recipient", "address", 1, 0),
            ("amount0", "uint256", 2, 0),
            ("amount1", "uint256", 3, 0),
        ),
    ),
    # PoolCreated(address,address,bool,address,uint256)
    bytes.fromhex("2128d88d14c80cb081c1252a5acff7a264671bf199ce226b53788fb26065005e"): (
        3, 2, (
            ("token0", "address", 0, 0),
            ("token1", "address", 1, 0),
            ("stable", "bool", 2, 0),
            ("pool", "address", 3, 0),
            ("count", "uint256", 4, 0),
        ),
    ),
    # PairCreated(address,address,bool,address,uint256)
    bytes.fromhex("c4805696c66d7cf352fc1d6bb633ad5ee82f6cb577c453024b6e0eb8306c6fc9"): (
        2, 3, (
            ("token0", "address", 0, 0),
            ("token1", "address", 1, 0),
            ("stable", "bool", 2, 0),
            ("pool", "address", 3, 0),
            ("count", "uint256", 4, 0),
        ),
    ),
    # SetCustomFee(address,uint256)
    bytes.fromhex("ae468ce586f9a87660fdffc1448cee942042c16ae2f02046b134b5224f31936b"): (
        1, 1, (
            ("pool", "address", 0, 0),
            ("fee", "uint256", 1, 0),
        ),
    ),
    # FeePercentUpdated(uint16,uint16)
    bytes.fromhex("a4877b8ecb5a00ba277e4bceeeb187a669e7113649774dfbea05c259ce27f17b"): (
        0, 2, (
            ("token0_fee_percent", "uint16", 0, 0),
            ("token1_fee_percent", "uint16", 1, 0),
        ),
    ),
    # SetStableSwap(bool,bool)
    bytes.fromhex("b6a86710bde53aa7fb1b3856279e2af5b476d53e2dd0902cf17a0911b5a43a8b"): (
        0, 2, (
            ("prev_stable_swap", "bool", 0, 0),
            ("stable_swap", "bool", 1, 0),
        ),
    ),
    # SetPairTypeImmutable()
    bytes.fromhex("09122c41ae733a4d7740324d50e35fbd6ee85be3c1312a45596d8045150ab2f2"): (
        0, 0, (
        ),
    ),
    # Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)
    bytes.fromhex("40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f"): (
        2, 6, (
            ("id", "bytes32", 0, 0),
            ("sender", "address", 1, 0),
            ("amount0", "int128", 2, 0),
            ("amount1", "int128", 3, 0),
            ("sqrt_price_x96", "uint160", 4, 0),
            ("liquidity", "uint128", 5, 0),
            ("tick", "int24", 6, 0),
            ("fee", "uint24", 7, 0),
        ),
    ),
    # Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)
    bytes.fromhex("dd466e674ea557f56295e2d0218a125ea4b4f0f6f3307b95f85e6110838d6438"): (
        3, 5, (
            ("id", "bytes32", 0, 0),
            ("currency0", "address", 1, 0),
            ("currency1", "address", 2, 0),
            ("fee", "uint24", 3, 0),
            ("tick_spacing", "int24", 4, 0),
            ("hooks", "address", 5, 0),
            ("sqrt_price_x96", "uint160", 6, 0),
            ("tick", "int24", 7, 0),
        ),
    ),
    # ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)
    bytes.fromhex("f208f4912782fd25c7f114ca3723a2d5dd6f3bcc3ac8db5af63baa85f711d5ec"): (
        2, 4, (
            ("id", "bytes32", 0, 0),
            ("sender", "address", 1, 0),
            ("tick_lower", "int24", 2, 0),
            ("tick_upper", "int24", 3, 0),
            ("liquidity_delta", "int256", 4, 0),
            ("salt", "bytes32", 5, 0),
        ),
    ),
    # Donate(bytes32,address,uint256,uint256)
    bytes.fromhex("29ef05caaff9404b7cb6d1c0e9bbae9eaa7ab2541feba1a9c4248594c08156cb"): (
        2, 2, (
            ("id", "bytes32", 0, 0),
            ("sender", "address", 1, 0),
            ("amount0", "uint256", 2, 0),
            ("amount1", "uint256", 3, 0),
        ),
    ),
    # ProtocolFeeUpdated(bytes32,uint24)
    bytes.fromhex("e9c42593e71f84403b84352cd168d693e2c9fcd1fdbcc3feb21d92b43e6696f9"): (
        1, 1, (
            ("id", "bytes32", 0, 0),
            ("protocol_fee", "uint24", 1, 0),
        ),
    ),
    # Swap(address,uint256,uint256,uint256,uint256,address)
    bytes.fromhex("d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"): (
        2, 4, (
            ("sender", "address", 0, 0),
            ("to", "address", 1, 0),
            ("amount0_in", "uint256", 2, 0),
            ("amount1_in", "uint256", 3, 0),
            ("amount0_out", "uint256", 4, 0),
            ("amount1_out", "uint256", 5, 0),
        ),
    ),
    # Sync(uint112,uint112)
    bytes.fromhex("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"): (
        0, 2, (
            ("reserve0", "uint112", 0, 0),
            ("reserve1", "uint112", 1, 0),
        ),
    ),
    # Mint(address,uint256,uint256)
    bytes.fromhex("4c209b5fc8ad50758f13e2e1088ba56a560dff690a1c6fef26394f4c03821c4f"): (
        1, 2, (
            ("sender", "address", 0, 0),
            ("amount0", "uint256", 1, 0),
            ("amount1", "uint256", 2, 0),
        ),
    ),
    # Burn(address,uint256,uint256,address)
    bytes.fromhex("dccd412f0b1252819cb1fd330b93224ca42612892bb3f4f789976e6d81936496"): (
        2, 2, (
            ("sender", "address", 0, 0),
            ("to", "address", 1, 0),
            ("amount0", "uint256", 2, 0),
            ("amount1", "uint256", 3, 0),
        ),
    ),
    # Swap(address,address,int256,int256,uint160,uint128,int24)
    bytes.fromhex("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"): (
        2, 5, (
            ("sender", "address", 0, 0),
            ("recipient", "address", 1, 0),
            ("amount0", "int256", 2, 0),
            ("amount1", "int256", 3, 0),
            ("sqrt_price_x96", "uint160", 4, 0),
            ("liquidity", "uint128", 5, 0),
            ("tick", "int24", 6, 0),
        ),
    ),
    # Mint(address,address,int24,int24,uint128,uint256,uint256)
    bytes.fromhex("7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"): (
        3, 4, (
            ("owner", "address", 0, 0),
            ("tick_lower", "int24", 1, 0),
            ("tick_upper", "int24", 2, 0),
            ("sender", "address", 3, 0),
            ("amount", "uint128", 4, 0),
            ("amount0", "uint256", 5, 0),
            ("amount1", "uint256", 6, 0),
        ),
    ),
    # Burn(address,int24,int24,uint128,uint256,uint256)
    bytes.fromhex("0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"): (
        3, 3, (
            ("owner", "address", 0, 0),
            ("tick_lower", "int24", 1, 0),
            ("tick_upper", "int24", 2, 0),
            ("amount", "uint128", 3, 0),
            ("amount0", "uint256", 4, 0),
            ("amount1", "uint256", 5, 0),
        ),
    ),
    # Collect(address,address,int24,int24,uint128,uint128)
    bytes.fromhex("70935338e69775456a85ddef226c395fb668b63fa0115f5f20610b388e6ca9c0"): (
        3, 3, (
            ("owner", "address", 0, 0),
            ("tick_lower", "int24", 1, 0),
            ("tick_upper", "int24", 2, 0),
            ("recipient", "address", 3, 0),
            ("amount0", "uint128", 4, 0),
            ("amount1", "uint128", 5, 0),
        ),
    ),
    # Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)
    bytes.fromhex("19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"): (
        2, 7, (
            ("sender", "address", 0, 0),
            ("recipient", "address", 1, 0),
            ("amount0", "int256", 2, 0),
            ("amount1", "int256", 3, 0),
            ("sqrt_price_x96", "uint160", 4, 0),
            ("liquidity", "uint128", 5, 0),
            ("tick", "int24", 6, 0),
            ("protocol_fees_token0", "uint128", 7, 0),
            ("protocol_fees_token1", "uint128", 8, 0),
        ),
    ),
    # PairCreated(address,address,address,uint256)
    bytes.fromhex("0d3648bd0f6ba80134a33ba9275ac585d9d315f0ad8355cddefde31afa28d0e9"): (
        2, 2, (
            ("token0", "address", 0, 0),
            ("token1", "address", 1, 0),
            ("pair", "address", 2, 0),
            ("count", "uint256", 3, 0),
        ),
    ),
    # PoolCreated(address,address,uint24,int24,address)
    bytes.fromhex("783cca1c0412dd0d695e784568c96da2e9c22ff989357a2e8b1d9b2b4e6b7118"): (
        3, 2, (
            ("token0", "address", 0, 0),
            ("token1", "address", 1, 0),
            ("fee", "uint24", 2, 0),
            ("tick_spacing", "int24", 3, 0),
            ("pool", "address", 4, 0),
        ),
    ),
    # Initialize(uint160,int24)
    bytes.fromhex("98636036cb66a9c19a37435efc1e90142190214e8abeb821bdba3f2990dd4c95"): (
        0, 2, (
            ("sqrt_price_x96", "uint160", 0, 0),
            ("tick", "int24", 1, 0),
        ),
    ),
    # CollectProtocol(address,address,uint128,uint128)
    bytes.fromhex("596b573906218d3411850b26a6b437d6c4522fdb43d2d2386263f86d50b8b151"): (
        2, 2, (
            ("sender", "address", 0, 0),
            ("recipient", "address", 1, 0),
            ("amount0", "uint128", 2, 0),
            ("amount1", "uint128", 3, 0),
        ),
    ),
    # SetFeeProtocol(uint8,uint8,uint8,uint8)
    bytes.fromhex("973d8d92bb299f4af6ce49b52a8adb85ae46b9f214c4c4fc06ac77401237b133"): (
        0, 4, (
            ("fee_protocol0_old", "uint8", 0, 0),
            ("fee_protocol1_old", "uint8", 1, 0),
            ("fee_protocol0_new", "uint8", 2, 0),
            ("fee_protocol1_new", "uint8", 3, 0),
        ),
    ),
    # SetFeeProtocol(uint32,uint32,uint32,uint32)
    bytes.fromhex("b3159fed3ddfba67bae294599eafe2d0ec98c08bb38e0e5fb87d33154b6e05aa"): (
        0, 4, (
            ("fee_protocol0_old", "uint32", 0, 0),
            ("fee_protocol1_old", "uint32", 1, 0),
            ("fee_protocol0_new", "uint32", 2, 0),
            ("fee_protocol1_new", "uint32", 3, 0),
        ),
    ),
}
