"""A recording writes its own files and touches no other, whatever lies in its folder."""

import os
from pathlib import Path

import pytest
from scripted_node import ScriptedNode, rules

from qenus.chain import ETHEREUM
from qenus.observers.history.recording import FolderUnusable, record
from qenus.simulation import World

FOREIGN = (
    ".download.part", ".13.part", ".x.json.gz.qenus-recording", ".013.json.gz.qenus-recording",
    "13.json.gz.qenus-recording", ".13.json.gz.qenus-recording~", "notes.txt", "013.json.gz",
)  # fmt: skip


@pytest.fixture
async def address(nursery) -> str:
    node = ScriptedNode(World(rules(chain=ETHEREUM)))
    return await node.start(nursery, "ws")


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


async def test_a_recording_removes_no_file_that_it_did_not_make(address, tmp_path):
    for name in FOREIGN:
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / ".7.json.gz.qenus-recording").mkdir()
    (tmp_path / ".8.json.gz.qenus-recording").symlink_to("notes.txt")
    done = await record(address, ETHEREUM, 1, 3, tmp_path)
    assert done.written == 3
    kept = contents(tmp_path)
    assert {name: kept[name] for name in FOREIGN} == {name: name.encode() for name in FOREIGN}
    assert (tmp_path / ".7.json.gz.qenus-recording").is_dir()
    assert (tmp_path / ".8.json.gz.qenus-recording").is_symlink()
    made = {each.name for each in tmp_path.iterdir()} - set(FOREIGN)
    assert made == {
        "1.json.gz", "2.json.gz", "3.json.gz",
        ".7.json.gz.qenus-recording", ".8.json.gz.qenus-recording",
    }  # fmt: skip


async def test_what_a_killed_recording_left_unfinished_is_removed(address, tmp_path):
    (tmp_path / ".2.json.gz.qenus-recording").write_bytes(b"half of a block")
    await record(address, ETHEREUM, 1, 3, tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["1.json.gz", "2.json.gz", "3.json.gz"]


@pytest.mark.parametrize("links", [True, False])
async def test_a_file_that_came_meanwhile_is_not_written_over(
    address, tmp_path, monkeypatch, links
):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "this file system has no hard links")

    if not links:
        monkeypatch.setattr("os.link", no_links)

    def put_one_there(done: int, _of: int) -> None:
        if done == 1:
            (tmp_path / "2.json.gz").write_bytes(b"of another program")

    with pytest.raises(FolderUnusable, match=r"2\.json\.gz: cannot be written: File exists"):
        await record(address, ETHEREUM, 1, 3, tmp_path, progress=put_one_there, connections=1)
    assert contents(tmp_path)["2.json.gz"] == b"of another program"
    assert sorted(os.listdir(tmp_path)) == ["1.json.gz", "2.json.gz"]


async def test_a_folder_without_hard_links_is_recorded_to(address, tmp_path, monkeypatch):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "this file system has no hard links")

    monkeypatch.setattr("os.link", no_links)
    assert (await record(address, ETHEREUM, 1, 3, tmp_path)).written == 3
    assert sorted(os.listdir(tmp_path)) == ["1.json.gz", "2.json.gz", "3.json.gz"]
