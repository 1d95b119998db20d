"""`qenus prove`: a proof travels as JSON and holds without the block, or does not at all."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qenus.chain import Rejected
from qenus.cli.prove import command as prove


def run(*arguments: object, **options: object) -> Result:
    return CliRunner().invoke(prove, [str(argument) for argument in arguments], **options)


@pytest.fixture(scope="module")
def block(data: Path) -> Path:
    return data / "l1" / "blocks" / "22431083.json.gz"


def test_a_proof_made_from_a_block_is_checked_without_it(block: Path):
    made = run(block, "--log-index", 2)
    assert made.exit_code == 0
    checked = run("--check", "-", "--json", input=made.stdout)
    assert checked.exit_code == 0
    found = json.loads(checked.stdout)
    # The V3 swap that `qenus extract` gives for log 2, as the block's explorer page shows it.
    assert found["ok"] is True
    assert found["block_hash"].startswith("0x28fb2c1d988435955e569451c6ad772f")
    assert found["block_number"] == 22431083
    assert found["address"] == "0xc7bbec68d12a0d1830360f8ec58fa599ba1b0e9b"
    assert found["topics"][0].startswith("0xc42079f9")
    text = run("--check", "-", input=made.stdout)
    assert "the log is in the block" in text.stdout


def test_a_proof_of_another_block_than_the_trusted_one_is_refused(block: Path):
    made = run(block, "--log-index", 2)
    refused = run("--check", "-", "--block-hash", "0x" + "11" * 32, input=made.stdout)
    assert isinstance(refused.exception, Rejected)
    assert refused.exception.step == "proof"


def test_a_changed_proof_is_refused(block: Path):
    proof = json.loads(run(block, "--log-index", 2).stdout)
    proof["data"] = proof["data"][:-1] + ("0" if proof["data"][-1] != "0" else "1")
    assert isinstance(run("--check", "-", input=json.dumps(proof)).exception, Rejected)
    refused = run("--check", "-", "--json", input=json.dumps(proof))
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["ok"] is False


@pytest.mark.parametrize(
    "arguments",
    [[], ["--log-index", 1], ["--check", "-", "--block-hash", "0x12"]],
    ids=["nothing", "no file", "short hash"],
)
def test_wrong_usage_is_status_2(arguments):
    assert run(*arguments, input="{}").exit_code == 2
