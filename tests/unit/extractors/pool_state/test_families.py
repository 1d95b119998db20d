"""Families for which no bytecode can be had: their states follow scripted contracts exactly."""

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from scripted_state import Script, block_of_logs, event, hash_of
from test_block_states import FACTORY, PAIR, T0, T1, hexed, states_of

from qenus.extractors.pool_state import Book, Registry, Venue
from qenus.protocols.catalogue import FAMILIES
from qenus.protocols.pool_family import AnyFamily
from qenus.wire import Log

POOL = PAIR
SPACING = 50


def registry(family: AnyFamily, name: str) -> Registry:
    return Registry("base", {FACTORY: Venue(name, family, FACTORY, FACTORY, None)})


def tokens(script: Script) -> Script:
    for name, address in (("factory", FACTORY), ("token0", T0), ("token1", T1)):
        script.says(POOL, f"{name}()", ["address"], [hexed(address)])
    for token, decimals in ((T0, 6), (T1, 18)):
        script.says(token, "decimals()", ["uint8"], [decimals])
    return script


def slipstream(fee: int = 450) -> Script:
    """Price 1, two positions: -100..100 and -50..50, of 1000 and 500."""
    script = tokens(Script())
    script.says(POOL, "tickSpacing()", ["int24"], [SPACING])
    script.says(FACTORY, "getPool(address,address,int24)", ["address"], [hexed(POOL)],
                arguments=encode(["address", "address", "int24"], [hexed(T0), hexed(T1), SPACING]),
                )  # fmt: skip
    slot0 = ["uint160", "int24", "uint16", "uint16", "uint16", "bool"]
    script.says(POOL, "slot0()", slot0, [1 << 96, 0, 0, 1, 1, True])
    script.says(POOL, "liquidity()", ["uint128"], [1500])
    script.says(POOL, "fee()", ["uint24"], [fee])
    grosses = {-100: (1000, 1000), -50: (500, 500), 50: (500, -500), 100: (1000, -1000)}
    bits: dict[int, int] = {}
    for tick in grosses:
        bits[tick // SPACING >> 8] = bits.get(tick // SPACING >> 8, 0) | 1 << (
            tick // SPACING & 0xFF
        )
    for word in range(-70, 70):
        script.says(POOL, "tickBitmap(int16)", ["uint256"], [bits.get(word, 0)],
                    arguments=encode(["int16"], [word]))  # fmt: skip
    for tick, (gross, net) in grosses.items():
        script.says(POOL, "ticks(int24)", ["uint128", "int128", "int128"], [gross, net, 0],
                    arguments=encode(["int24"], [tick]))  # fmt: skip
    return script


SWAP = "Swap(address,address,int256,int256,uint160,uint128,int24)"


def test_slipstream_is_named_by_its_spacing_and_charges_what_it_says_now():
    script, book = slipstream(), Book()
    rules = registry(FAMILIES["slipstream"], "slip")
    someone = hexed(T0)
    price = (1 << 96) + (1 << 80)
    swap = event(POOL, SWAP, [someone, someone], [5, -4, price, 1500, 0])
    (state,) = states_of(
        script, book, block_of_logs(1, swap), rules, sampled_one_in=1 << 60
    ).features
    assert (state.sqrt_price_x96, state.tick, state.liquidity) == (price, 0, 1500)
    assert (state.fee_pips, state.tick_spacing, state.venue) == (450, SPACING, "slip")
    assert state.price0_x128 == price**2 >> 64
    pool = book.get(POOL).pool
    assert dict(zip(pool.ticks, pool.nets, strict=True)) == {
        -100: 1000, -50: 500, 50: -500, 100: -1000,
    }  # fmt: skip
    # The factory's module charges another fee: no event tells it.
    script.says(POOL, "fee()", ["uint24"], [900])
    again = event(POOL, SWAP, [someone, someone], [5, -4, price + 1, 1500, 0])
    script.asked.clear()
    (state,) = states_of(
        script, book, block_of_logs(2, again), rules, sampled_one_in=1 << 60
    ).features
    assert (state.fee_pips, state.sqrt_price_x96) == (900, price + 1)
    assert {call.data for call in script.asked if call.to == POOL} == {
        bytes.fromhex("ddca3f43")  # fee()
    }


def solidly(stable: bool) -> Script:
    script = tokens(Script())
    script.says(POOL, "stable()", ["bool"], [stable])
    arguments = encode(["address", "address", "bool"], [hexed(T0), hexed(T1), stable])
    script.says(FACTORY, "getPool(address,address,bool)", ["address"], [hexed(POOL)],
                arguments=arguments)  # fmt: skip
    script.says(POOL, "getReserves()", ["uint256", "uint256", "uint256"], [1, 2, 3])
    script.says(POOL, "metadata()", ["uint256"] * 4 + ["bool", "address", "address"],
                [10**6, 10**18, 1, 2, stable, hexed(T0), hexed(T1)])  # fmt: skip
    fee = encode(["address", "bool"], [hexed(POOL), stable])
    script.says(FACTORY, "getFee(address,bool)", ["uint256"], [30], arguments=fee)
    return script


def test_a_volatile_pair_has_the_reserves_of_its_sync_and_the_factorys_fee():
    script, book = solidly(False), Book()
    synced = event(POOL, "Sync(uint256,uint256)", [], [10**9, 4 * 10**9])
    states = states_of(
        script, book, block_of_logs(1, synced), registry(FAMILIES["solidly"], "aero")
    )
    (state,) = states.features
    assert (state.reserve0, state.reserve1, state.stable) == (10**9, 4 * 10**9, False)
    assert (state.fee_pips, state.price0_x128, state.price1_x128) == (3000, 4 << 128, 1 << 126)


def test_a_stable_pair_is_priced_on_its_curve_in_its_own_units():
    script, book = solidly(True), Book()
    # As many of each, in units of 6 and 18 decimals: the curve's price is one to one.
    synced = event(POOL, "Sync(uint256,uint256)", [], [10**12, 10**24])
    states = states_of(
        script, book, block_of_logs(1, synced), registry(FAMILIES["solidly"], "aero")
    )
    (state,) = states.features
    assert state.stable
    assert state.price0_x128 == 10**12 << 128
    assert state.price1_x128 == (1 << 128) // 10**12
    pool = book.get(POOL).pool
    assert (pool.unit0, pool.unit1, pool.fee0) == (10**6, 10**18, 30)


def test_camelots_fees_and_curve_are_its_contracts_now():
    script, book = tokens(Script()), Book()
    arguments = encode(["address", "address"], [hexed(T0), hexed(T1)])
    script.says(FACTORY, "getPair(address,address)", ["address"], [hexed(POOL)],
                arguments=arguments)  # fmt: skip
    reserves = ["uint112", "uint112", "uint16", "uint16"]
    script.says(POOL, "getReserves()", reserves, [1, 2, 300, 500])
    script.says(POOL, "stableSwap()", ["bool"], [False])
    script.says(POOL, "precisionMultiplier0()", ["uint256"], [10**6])
    script.says(POOL, "precisionMultiplier1()", ["uint256"], [10**18])
    rules = registry(FAMILIES["camelot_v2"], "camelot_v2")
    synced = event(POOL, "Sync(uint112,uint112)", [], [1000, 3000])
    (state,) = states_of(
        script, book, block_of_logs(1, synced), rules, sampled_one_in=1 << 60
    ).features
    assert (state.reserve0, state.reserve1, state.stable) == (1000, 3000, False)
    assert (state.fee0_pips, state.fee1_pips, state.price0_x128) == (3000, 5000, 3 << 128)
    script.says(POOL, "getReserves()", reserves, [1000, 3000, 100, 200])
    changed = event(POOL, "FeePercentUpdated(uint16,uint16)", [], [100, 200])
    (state,) = states_of(script, book, block_of_logs(2, changed), rules).features
    assert (state.reserve0, state.fee0_pips, state.fee1_pips) == (1000, 1000, 2000)


def test_a_v3_pool_made_and_filled_in_one_block_needs_no_state_of_the_parent():
    script, book = tokens(Script()), Book()
    rules = registry(FAMILIES["uniswap_v3"], "v3")
    someone = hexed(T1)
    made = event(FACTORY, "PoolCreated(address,address,uint24,int24,address)",
                 [hexed(T0), hexed(T1), 500], [10, hexed(POOL)])  # fmt: skip
    begun = event(POOL, "Initialize(uint160,int24)", [], [1 << 96, 0])
    # The sender of a Mint is not indexed and stands first.
    topics = [
        keccak(text="Mint(address,address,int24,int24,uint128,uint256,uint256)"),
        *(
            encode([kind], [value])
            for kind, value in (("address", someone), ("int24", -20), ("int24", 30))
        ),
    ]
    data = encode(["address", "uint128", "uint256", "uint256"], [someone, 777, 1, 1])
    mint = Log(0, POOL, tuple(topics), data)
    states = states_of(
        script, book, block_of_logs(1, made, begun, mint), rules, sampled_one_in=1 << 60
    )
    (state,) = states.features
    assert (state.sqrt_price_x96, state.liquidity, state.fee_pips) == (1 << 96, 777, 500)
    pool = book.get(POOL).pool
    assert (pool.ticks, pool.nets, pool.grosses) == ((-20, 30), (777, -777), (777, 777))
    assert not [call for call in script.asked if call.block_hash == hash_of(0)]
