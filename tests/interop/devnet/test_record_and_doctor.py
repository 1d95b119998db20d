"""`qenus record` and `qenus doctor` on a real node, as a person runs them."""

import gzip
import json
import subprocess
import sys
from functools import partial

import attrs
import pytest
import trio
from lying_proxy import LIES, LyingProxy

from qenus import chain
from qenus.chain import Rejected
from qenus.observers.doctor.examination import Verdict, examine
from qenus.observers.history.recording import OrphanedRecording, record

pytestmark = pytest.mark.interop

# As anvil plays it: with several blocks a second of one timestamp.
ETHEREUM = attrs.evolve(chain.ETHEREUM, header_rules=False)

QENUS = [sys.executable, "-c", "from qenus.cli import main; main()"]


async def qenus(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*QENUS, *map(str, arguments)]
    return await trio.to_thread.run_sync(
        partial(subprocess.run, command, capture_output=True, text=True, timeout=60)
    )


async def test_a_recording_is_the_nodes_blocks_and_the_other_commands_read_it(node, tmp_path):
    await node.trade_blocks(12, 10)
    first, last = node.first_block + 1, node.first_block + 12
    url = f"unix://{node.ipc_path}"
    part = await qenus(
        "record", "--devnet", "--node", url, "--blocks", f"{first}..{first + 4}", "--out", tmp_path
    )
    assert part.returncode == 0, part.stderr
    result = await qenus(
        "record",
        "--devnet",
        "--node",
        url,
        "--blocks",
        f"{first}..{last}",
        "--out",
        tmp_path,
        "--json",
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert (said["written"], said["present"]) == (7, 5)
    assert len(list(tmp_path.iterdir())) == 12
    for number in (first, last):
        saved = json.loads(gzip.decompress((tmp_path / f"{number}.json.gz").read_bytes()))
        assert saved["block"] == await node.rpc.call("eth_getBlockByNumber", hex(number), True)
        assert saved["receipts"] == await node.rpc.call("eth_getBlockReceipts", hex(number))
    verified = await qenus("verify", "--devnet", tmp_path)
    assert verified.returncode == 0, verified.stderr
    assert "12 of 12 verified" in verified.stderr


async def test_a_recording_stops_at_a_block_that_does_not_join_on(node, tmp_path):
    await node.trade_blocks(6, 5)
    first = node.first_block + 1
    await record(node.ws_url, ETHEREUM, first, first + 2, tmp_path)
    await node.reorg_busily(6, 12)
    with pytest.raises(OrphanedRecording, match=f"{first + 2}.json.gz.*reorganised"):
        await record(node.ws_url, ETHEREUM, first, first + 5, tmp_path)
    assert len(list(tmp_path.glob("*.json.gz"))) == 3


async def test_what_does_not_prove_itself_is_not_recorded(node, nursery, tmp_path):
    await node.trade_blocks(3, 10)
    liar = await nursery.start(LyingProxy(node.ws_url, LIES["a changed amount"][0]).serve)
    with pytest.raises(Rejected, match="receipts root"):
        await record(liar, ETHEREUM, node.first_block + 1, node.first_block + 3, tmp_path)
    assert not list(tmp_path.glob("*.json.gz"))


async def test_the_doctor_finds_a_real_node_fit(node, nursery):
    await node.trade_blocks(25, 5)
    nursery.start_soon(node.live, 0.2, 3)
    result = await qenus("doctor", "--devnet", "--node", node.ws_url, "--json")
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    found = {finding["name"]: finding for finding in said["findings"]}
    assert said["fit"]
    assert {name for name, f in found.items() if f["verdict"] != "good"} == set()
    assert found["chain"]["found"] == "1 (ethereum)"
    assert found["honesty over 20 blocks"]["found"].startswith("20 blocks proven and linked, ")
    assert found["proofs"]["found"].startswith("a proof of 1 slot holds")
    assert "anvil" in found["client"]["found"]


async def test_the_doctor_finds_a_liar_out(node, nursery):
    await node.trade_blocks(3, 10)
    nursery.start_soon(node.live, 0.2, 3)
    liar = await nursery.start(LyingProxy(node.ws_url, LIES["an omitted log"][0]).serve)
    examination = await examine(liar, header_rules=False)
    bad = {finding.name for finding in examination.findings if finding.verdict is Verdict.BAD}
    assert bad == {"honesty over 20 blocks"}
    assert not examination.fit


def false_proof(method, answer, _proxy):
    if method != "eth_getProof":
        return answer
    return {**answer, "result": {**answer["result"], "balance": "0xffff"}}


def old_views(method, answer, proxy):
    """Pending and finalized blocks of long ago beside a head of now."""
    if method != "eth_getBlockByNumber" or proxy.params[0] not in ("pending", "finalized"):
        return answer
    return {**answer, "result": {**answer["result"], "number": "0x1"}}


async def test_the_doctor_takes_no_proof_and_no_tier_at_its_word(node, nursery):
    await node.trade_blocks(3, 10)
    await node.mine(200)
    nursery.start_soon(node.live, 0.2, 3)
    examined = {}
    for lie in (false_proof, old_views):
        url = await nursery.start(LyingProxy(node.ws_url, lie).serve)
        found = (await examine(url, header_rules=False)).findings
        examined[lie] = {one.name: one.verdict for one in found if one.verdict.value != "good"}
    assert examined == {
        false_proof: {"proofs": Verdict.BAD},
        old_views: {"pending block": Verdict.LACKING, "finalized head": Verdict.LACKING},
    }


async def test_the_doctor_says_of_a_dead_address_that_nothing_listens():
    result = await qenus("doctor", "--node", "ws://127.0.0.1:9")
    assert result.returncode == 1
    assert "cannot be reached" in result.stdout
