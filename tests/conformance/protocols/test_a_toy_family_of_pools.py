"""A new family of pools is its folder, a line of the catalogue and its file of the registry."""

from toy_pool import PROTOCOL

from qenus.extractors.pool_state import Book, UnknownEmitters, block_states, read_registries
from qenus.protocols.catalogue import PROTOCOLS, families_of
from tests.unit.extractors.scripted_state import Script, block_of_logs, event

FACTORY, POOL, SPOOF, T0, T1 = (bytes([n]) * 20 for n in (1, 2, 3, 4, 5))
# The line of the catalogue, and the file of the registry.
FAMILIES = families_of((*PROTOCOLS, PROTOCOL))
REGISTRY = read_registries(
    {
        "toy_swap.toml": 'family = "toy"\n[chains.base]\nspread_pips = 7\n'
        f'factory = "0x{FACTORY.hex()}"\n'
    },
    families=FAMILIES,
)["base"]


def test_its_pools_are_identified_read_followed_and_published():
    script = Script()
    for emitter in (POOL, SPOOF):
        script.says(emitter, "factory()", ["address"], [FACTORY])
        script.says(emitter, "token0()", ["address"], [T0])
        script.says(emitter, "token1()", ["address"], [T1])
        script.says(emitter, "price()", ["uint256"], [9])
    script.says(FACTORY, "poolOf(address,address)", ["address"], [POOL],
                arguments=bytes(12) + T0 + bytes(12) + T1)  # fmt: skip
    priced = [event(emitter, "Priced(uint256)", [], [12]) for emitter in (POOL, SPOOF)]
    states = script.run(
        block_states(block_of_logs(1, *priced), Book(), REGISTRY, UnknownEmitters())
    )
    (state,) = states.features
    assert (state.address, state.venue, state.fee_pips) == (POOL, "toy_swap", 7)
    assert state.price0_x128 == 12 << 128
    assert states.unknown == (SPOOF,)
    assert states.loaded[POOL].pool == 9
