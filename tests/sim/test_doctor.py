"""The doctor on a demo node: its blocks keep the rules of headers, and its forks are compared."""

import json

import pytest

from qenus.observers.doctor.examination import Verdict, _Examiner, examine
from qenus.simulation import DEMO_CHAIN, World, WorldRules
from qenus.simulation.node import DemoNode


@pytest.fixture
async def url(nursery):
    node = DemoNode(World(WorldRules(seed=b"doctor", history_blocks=30, reorg_chance=0)))
    return await nursery.start(node.serve)


async def findings(url, **options):
    known = {DEMO_CHAIN.chain_id: DEMO_CHAIN}
    # Its head is no concern here: no block of this world comes while one waits for it.
    report = await examine(url, chains=known, announcement_seconds=0.2, **options)
    return {one.name: one for one in report.findings}


async def test_a_known_chains_blocks_are_held_against_its_rules(url):
    found = await findings(url)
    assert found["honesty over 20 blocks"].verdict is Verdict.GOOD
    # The demo node has no eth_config.
    assert found["forks"].verdict is Verdict.LACKING
    assert "conf/chains/demo.toml" in found["forks"].advice


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (
            {
                "current": {
                    "activationTime": 5,
                    "blobSchedule": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
                }
            },
            Verdict.GOOD,
            "those that are known",
        ),
        (
            {
                "current": {
                    "activationTime": 5,
                    "blobSchedule": {"target": 9, "max": 9, "baseFeeUpdateFraction": 5007716},
                }
            },
            Verdict.LACKING,
            "from 5 on, target 9, maximum 9",
        ),
        ("0x", Verdict.LACKING, "eth_config"),
    ],
)
async def test_what_the_node_says_of_its_forks_is_compared(
    url, monkeypatch, answer, verdict, words
):
    monkeypatch.setattr(
        "qenus.observers.doctor.examination._Examiner._ask", asked_instead("eth_config", answer)
    )
    found = (await findings(url))["forks"]
    assert found.verdict is verdict
    assert words in found.found


def asked_instead(method, answer):
    ask = _Examiner._ask

    async def asked(self, name, *params):
        return json.dumps(answer).encode() if name == method else await ask(self, name, *params)

    return asked


async def test_a_development_nodes_forks_are_not_asked_for(url):
    assert "forks" not in await findings(url, header_rules=False)
