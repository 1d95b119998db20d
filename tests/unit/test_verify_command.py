"""`qenus verify` and `qenus extract`: a verdict for each file, one clear line whatever it is."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qenus.cli.extract import command as extract
from qenus.cli.verify import command as verify
from qenus.observers import recorded_files

GOOD = "14764013.json.gz"


def run(command, *arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def verdicts(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_recorded_block_verifies(data: Path):
    result = run(verify, "--json", data / "l1" / "blocks")
    found = verdicts(result)
    assert result.exit_code == 0
    assert len(found) == len(list((data / "l1" / "blocks").iterdir())) == 15
    assert all(verdict["ok"] for verdict in found)
    for verdict in found:
        with gzip.open(verdict["file"]) as file:
            block = json.load(file)["block"]
        assert verdict["block_hash"] == block["hash"]
        assert verdict["transactions"] == len(block["transactions"])


def test_a_bad_block_is_rejected_with_step_expected_and_found(data: Path):
    folder = data / "l1" / "bad_blocks"
    result = run(verify, "--json", folder)
    found = verdicts(result)
    assert result.exit_code == 1
    assert len(found) == 2
    for verdict in found:
        with gzip.open(verdict["file"]) as file:
            block = json.load(file)["block"]
        assert (verdict["ok"], verdict["step"]) == (False, "receipts root")
        assert verdict["expected"] == block["receiptsRoot"] != verdict["found"]
        assert verdict["block_hash"] == block["hash"]
    assert "receipts root: expected 0x" in run(verify, folder).stdout


def test_one_bad_file_among_good_ones_decides_the_exit_status(data: Path):
    good, bad = data / "l1" / "blocks" / GOOD, data / "l1" / "bad_blocks" / "11930296.json.gz"
    result = run(verify, good, bad, good)
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ok", "FAILED", "ok"]


def broken_files(whole: bytes) -> dict[str, tuple[str, bytes]]:
    """What is wrong → (file name, content), made from a good file's JSON."""
    document = json.loads(whole)

    def changed(**changes: object) -> bytes:
        block = {**document["block"], **changes}
        return gzip.compress(json.dumps({**document, "block": block}).encode())

    without = {key: value for key, value in document["block"].items() if key != "stateRoot"}
    return {
        "truncated": ("a.json.gz", gzip.compress(whole)[:-200]),
        "not gzip": ("a.json.gz", whole),
        "broken gzip": ("a.json.gz", gzip.compress(whole)[:20] + b"\xff" * 200),
        "follow the end": ("a.json.gz", gzip.compress(whole) + b"more"),
        "not JSON": ("a.json", b"hello"),
        "not JSON ": ("a.json", b'{"block": {'),
        "not JSON  ": ("a.json", b""),
        "too deeply": ("a.json", b'{"block": ' + b"[" * 10_000_000),
        "expected {": ("a.json", b"[]"),
        "receipts": ("a.json", b'{"block": {}}'),
        "stateRoot": (
            "a.json.gz",
            gzip.compress(json.dumps({**document, "block": without}).encode()),
        ),
        "number": ("a.json.gz", changed(number=5)),
        "gasUsed": ("a.json.gz", changed(gasUsed="0x")),
        "transactions": ("a.json.gz", changed(transactions={})),
        "receipts ": ("a.json", b'{"block": {}, "receipts": 7}'),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "truncated", "not gzip", "broken gzip", "follow the end", "not JSON", "not JSON ",
        "not JSON  ", "too deeply", "expected {", "receipts", "stateRoot", "number", "gasUsed",
        "transactions", "receipts ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [verify, extract], ids=["verify", "extract"])
def test_a_file_that_holds_no_block_gets_one_clear_line(data: Path, tmp_path, wrong, command):
    with gzip.open(data / "l1" / "blocks" / GOOD) as file:
        name, content = broken_files(file.read())[wrong]
    path = tmp_path / name
    path.write_bytes(content)
    result = run(command, path)
    said = result.stdout if command is verify else result.stderr
    about = [line for line in said.splitlines() if str(path) in line]
    assert result.exit_code == 1
    assert len(about) == 1
    assert "Traceback" not in result.output
    if wrong != "receipts ":
        assert wrong.strip() in about[0].replace(str(path), "")


def test_a_gzip_bomb_is_refused_at_the_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_files, "MAX_JSON_BYTES", 1 << 20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(bytes(100 << 20)))
    result = run(verify, path)
    assert result.exit_code == 1
    assert "expected at most 1048576 bytes of JSON" in result.stdout


def test_a_missing_file_is_a_failed_one_and_an_empty_folder_is_named(data: Path, tmp_path):
    result = run(verify, tmp_path / "none.json", data / "l1" / "blocks" / GOOD)
    assert result.exit_code == 1
    assert "none.json: cannot be read: No such file" in result.stdout
    assert "1 of 2 verified" in result.stderr
    with pytest.raises(recorded_files.RecordedFileError, match=str(tmp_path)):
        recorded_files.files_in([tmp_path])


def test_extract_gives_no_feature_of_a_block_that_does_not_verify(data: Path):
    result = run(extract, "--json", data / "l1" / "bad_blocks")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("rejected: receipts root") == 2


def test_files_of_a_folder_come_in_the_order_of_their_numbers(tmp_path):
    for name in ("100.json", "9.json.gz", "20.json", "notes.txt"):
        (tmp_path / name).touch()
    names = [path.name for path in recorded_files.files_in([tmp_path])]
    assert names == ["9.json.gz", "20.json", "100.json"]


def test_the_base_fee_of_consecutive_blocks_is_recomputed(data: Path, monkeypatch):
    folder = data / "l1" / "blocks"
    pair = (folder / "22431083.json.gz", folder / "22431084.json.gz")
    assert run(verify, *pair).exit_code == 0
    monkeypatch.setattr("qenus.chain.base_fee.next_base_fee", lambda parent, rule: 7)
    result = run(verify, *pair)
    assert result.exit_code == 1
    assert "base fee: expected 7" in result.stdout
