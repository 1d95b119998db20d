"""The daemon's quarantine outlives it, and its watchdog says where the loop stands still."""

import time
from pathlib import Path

import pytest
import structlog.testing
import trio

from qenus.config import ConfigError, parse
from qenus.daemon import Daemon
from qenus.errors import PoisonError
from supervisors import Child, FileQuarantine, Inbox, Mailbox, Supervisor


def config_of(folder: Path, more: str = ""):
    return parse(f'[feed]\nlisten = ["ipc://{folder}/feed"]\n{more}', source="qenus.toml")


async def run_with(daemon: Daemon, until) -> None:
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            await nursery.start(daemon.run)
            await until()
            daemon.stop()


async def test_a_quarantined_message_is_there_when_the_node_starts_again(tmp_path: Path):
    folder = tmp_path / "quarantine"
    config = config_of(tmp_path, f'[quarantine]\nfolder = "{folder}"')
    frames = Mailbox[bytes]("frames")

    async def refuse(inbox: Inbox[bytes]) -> None:
        async for frame in inbox:
            raise PoisonError(f"no such frame: {frame!r}")

    def chain(daemon: Daemon) -> Supervisor:
        return Supervisor("chain:test", [daemon.child("refuse", refuse, frames.inbox())])

    async def until_it_is_kept() -> None:
        await frames.send(b"a poisoned frame")
        while not frames.is_empty:  # noqa: ASYNC110
            await trio.sleep(0.005)

    await run_with(Daemon(config, [chain]), until_it_is_kept)

    with structlog.testing.capture_logs() as logs:
        again = Daemon(config, [])
    assert [(line["event"], line["count"]) for line in logs] == [
        ("messages in quarantine from earlier runs", 1)
    ]
    (entry,) = again._tree.quarantine.entries()
    assert (entry.mailbox, entry.message) == ("frames", b"a poisoned frame")
    assert "no such frame" in entry.error.message
    assert FileQuarantine(folder).entries() == (entry,)


async def test_a_quarantined_message_keeps_no_secret_of_a_nodes_address(tmp_path: Path):
    folder, key = tmp_path / "quarantine", "aB3dE6gH9jK2mN5pQ8"
    node = f'[chains.ethereum]\nnode = "wss://example.org/v3/{key}"'
    config = config_of(tmp_path, f'[quarantine]\nfolder = "{folder}"\n{node}')
    frames = Mailbox[bytes]("frames")

    async def refuse(inbox: Inbox[bytes]) -> None:
        async for _ in inbox:
            url = config.chains[0].node.url_with_secrets()
            raise PoisonError(f"cannot GET {url}")

    def chain(daemon: Daemon) -> Supervisor:
        return Supervisor("chain:test", [daemon.child("refuse", refuse, frames.inbox())])

    async def until_it_is_kept() -> None:
        await frames.send(b"a poisoned frame")
        while not frames.is_empty:  # noqa: ASYNC110
            await trio.sleep(0.005)

    await run_with(Daemon(config, [chain]), until_it_is_kept)
    (path,) = folder.iterdir()
    content = path.read_bytes()
    assert b"cannot GET" in content
    assert b"PoisonError" in content
    assert key.encode() not in content
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_quarantine_that_cannot_be_made_is_an_error_of_the_configuration(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    config = config_of(tmp_path, f'[quarantine]\nfolder = "{tmp_path}/file"')
    with pytest.raises(ConfigError, match=r"quarantine\.folder: cannot be used: "):
        Daemon(config, [])


async def test_the_line_that_blocks_the_loop_is_logged(tmp_path: Path):
    async def stand_still() -> None:
        time.sleep(0.6)  # noqa: ASYNC251  the very thing
        await trio.sleep_forever()

    def chain(_daemon: Daemon) -> Supervisor:
        return Supervisor("chain:test", [Child("still", stand_still)])

    config = config_of(tmp_path, "[watchdog]\nwarn_ms = 100")
    with structlog.testing.capture_logs() as logs:
        await run_with(Daemon(config, [chain]), trio.lowlevel.checkpoint)
    stacks = [line["stacks"] for line in logs if line["event"] == "event loop blocked"]
    assert any("in stand_still" in text for text in stacks)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[watchdog]\nwarn_ms = 1000\nexit_ms = 900", "watchdog: expected exit_ms above warn_ms"),
        ('[quarantine]\nfolder = "relative"', "quarantine.folder: expected an absolute path"),
        ("[quarantine]\ncapacity_bytes = 5", "quarantine.capacity_bytes: expected an integer"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, more: str, said: str):
    with pytest.raises(ConfigError, match=said):
        config_of(tmp_path, more)
