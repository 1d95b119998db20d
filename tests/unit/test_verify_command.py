"""`qenus verify` and `qenus extract`: a verdict for each file, one clear line whatever it is."""

import gzip
import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qenus.cli.extract import command as extract
from qenus.cli.verify import command as verify
from qenus.observers.history import recorded_files

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


def test_gzip_within_gzip_is_not_unpacked_again(tmp_path):
    # 300 bytes that become 4 GB when they are unpacked as often as they were packed.
    packed = gzip.compress(bytes(64 << 20))
    for _ in range(2):
        packed = gzip.compress(packed)
    path = tmp_path / "nested.json.gz"
    path.write_bytes(packed)
    for command in (verify, extract):
        result = run(command, path)
        assert result.exit_code == 1
        assert f"{path}: expected JSON within gzip, found gzip once more" in result.output


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_larger_than_the_bound_is_refused_by_name_and_limit(tmp_path, monkeypatch, packed):
    monkeypatch.setattr(recorded_files, "MAX_FILE_BYTES", 1 << 10)
    path = tmp_path / ("large.json.gz" if packed else "large.json")
    path.write_bytes((b"\x1f\x8b" if packed else b"") + bytes(2 << 10))
    for command in (verify, extract):
        assert f"{path}: expected at most 1024 bytes" in run(command, path).output


@pytest.mark.parametrize("command", [verify, extract], ids=["verify", "extract"])
def test_what_is_no_regular_file_is_said_to_be_none_at_once(tmp_path, command):
    fifo = tmp_path / "1.json"
    os.mkfifo(fifo)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "2.json"))
    (tmp_path / "3.json").mkdir()
    (tmp_path / "4.json").symlink_to("/dev/zero")
    (tmp_path / "5.json").symlink_to(tmp_path / "5.json")
    (tmp_path / "6.json").symlink_to(tmp_path)
    (tmp_path / "7.json").symlink_to(tmp_path / "nowhere")
    result = run(command, tmp_path, "/dev/zero")
    listening.close()
    assert result.exit_code == 1
    for name, words in {
        "1.json": "expected a regular file, found a FIFO or pipe",
        "2.json": "expected a regular file, found a socket",
        "3.json": "expected a regular file, found a folder",
        "4.json": "expected a regular file, found a device",
        "5.json": "cannot be read: Too many levels of symbolic links",
        "6.json": "expected a regular file, found a folder",
        "7.json": "cannot be read: No such file or directory",
    }.items():
        assert f"{tmp_path / name}: {words}" in result.output
    assert "/dev/zero: expected a regular file, found a device" in result.output


def test_a_fifo_in_a_files_place_blocks_no_reader(tmp_path, monkeypatch):
    # Between looking at the path and opening it.
    fifo, file = tmp_path / "fifo", tmp_path / "1.json"
    os.mkfifo(fifo)
    file.write_bytes(b"{}")
    stat = os.stat
    monkeypatch.setattr(os, "stat", lambda path, *rest, **more: stat(
        file if str(path) == str(fifo) else path, *rest, **more
    ))  # fmt: skip
    with pytest.raises(recorded_files.RecordedFileError, match="found a FIFO or pipe"):
        recorded_files.read_recorded(fifo)


@pytest.mark.parametrize("command", [verify, extract], ids=["verify", "extract"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "0x" + "f" * 5000),
        ("gasUsed", "0x" + "0" * 5000 + "1"),
        ("timestamp", "HUGE"),
        ("baseFeePerGas", "9" * 5000),
        ("l1BlockNumber", "HUGE"),
        ("difficulty", "0x" + "f" * 65),
    ],
)
def test_a_number_of_thousands_of_digits_is_a_refusal(data: Path, tmp_path, command, name, value):
    with gzip.open(data / "l1" / "blocks" / GOOD) as file:
        document = json.load(file)
    document["block"][name] = value
    text = json.dumps(document).replace('"HUGE"', "1" + "0" * 5000)
    path = tmp_path / "1.json"
    path.write_text(text)
    result = run(command, path)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    (said,) = [line for line in result.output.splitlines() if str(path) in line]
    assert len(said) < 2000


@pytest.mark.parametrize("status", ["1" + "0" * 5000, "-1" + "0" * 5000, "1" + "0" * 30])
def test_a_receipts_status_of_thousands_of_digits_is_a_refusal(data: Path, tmp_path, status):
    with gzip.open(data / "l1" / "blocks" / GOOD) as file:
        document = json.load(file)
    document["receipts"][0]["status"] = "HUGE"
    path = tmp_path / "1.json"
    path.write_text(json.dumps(document).replace('"HUGE"', status))
    result = run(verify, path)
    assert (result.exit_code, result.stdout.split()[0]) == (1, "FAILED")


def test_a_folder_that_may_not_be_read_is_one_clear_error(tmp_path, monkeypatch):
    def refused(_path: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(recorded_files.RecordedFileError, match="cannot be read: Permission denied"):
        recorded_files.files_in([tmp_path])


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


RULES = ["parent link", "timestamp", "gas limit", "excess blob gas", "base fee"]


def test_it_says_what_a_block_was_held_against_of_its_parent(data: Path):
    folder = data / "l1" / "blocks"
    pair = (folder / "22431083.json.gz", folder / "22431084.json.gz")
    result = run(verify, "--json", *pair)
    assert [verdict["against_parent"] for verdict in verdicts(result)] == [[], RULES]
    assert "2 of 2 verified, 1 of them against their parents too" in result.stderr
    # The parent is not at hand before it came.
    result = run(verify, "--json", *reversed(pair))
    assert [verdict["against_parent"] for verdict in verdicts(result)] == [[], []]
    result = run(verify, *pair)
    first, second = result.stdout.splitlines()
    assert first.endswith(" logs")
    assert second.endswith(f"after its parent: {', '.join(RULES)}")
    result = run(verify, "--devnet", "--json", *pair)
    assert [one["against_parent"] for one in verdicts(result)] == [[], ["parent link"]]


def test_all_recorded_pairs_are_held_against_their_parents(data: Path):
    result = run(verify, "--json", data / "l1" / "blocks")
    linked = {one["block_number"] for one in verdicts(result) if one["against_parent"]}
    assert linked == {15537394, 17034870, 22431084}


def test_the_base_fee_of_consecutive_blocks_is_recomputed(data: Path, monkeypatch):
    folder = data / "l1" / "blocks"
    pair = (folder / "22431083.json.gz", folder / "22431084.json.gz")
    assert run(verify, *pair).exit_code == 0
    monkeypatch.setattr("qenus.chain.base_fee.next_base_fee", lambda parent, rule: 7)
    result = run(verify, *pair)
    assert result.exit_code == 1
    assert "base fee: expected 7" in result.stdout
