"""Sockets lie where no other user can replace them, with stated permissions, and delete nothing."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pynng
import pytest
import trio

from qenus.line import Line
from qenus.publishers.ipc_paths import AddressError, default_folder, prepare_ipc, socket_path
from qenus.publishers.limits import FeedLimits
from qenus.publishers.nng import Feed, serve_journal
from supervisors import Child, Readiness, Supervisor, Tree

OTHER_UID = 54_321


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a path another user's: really, or as far as the code can see."""
    if os.geteuid() == 0:
        os.chown(path, OTHER_UID, OTHER_UID, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: OTHER_UID)


@pytest.fixture
def base() -> Path:
    """A folder of ours in /tmp, which is root's and sticky."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def test_missing_folders_are_made_for_their_owner_alone(base):
    prepare_ipc(base / "a" / "b" / "feed.ipc")
    for folder in (base / "a", base / "a" / "b"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_another_user_is_refused(base, monkeypatch):
    folder = base / "qenus"
    folder.mkdir()
    give_away(folder, monkeypatch)
    with pytest.raises(AddressError, match="could replace the socket"):
        prepare_ipc(folder / "feed.ipc")
    assert list(folder.iterdir()) == []


def test_a_link_of_another_user_to_a_folder_of_ours_is_refused(base, monkeypatch):
    ours, link = base / "ours", base / "link"
    ours.mkdir()
    link.symlink_to(ours)
    prepare_ipc(link / "feed.ipc")
    give_away(link, monkeypatch)
    with pytest.raises(AddressError, match="a symbolic link"):
        prepare_ipc(link / "feed.ipc")


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
@pytest.mark.parametrize("above", [False, True])
def test_a_folder_that_others_may_write_to_is_refused(base, mode, above):
    folder = base / "shared"
    (folder / "own").mkdir(parents=True)
    folder.chmod(mode)
    with pytest.raises(AddressError, match=f"found mode {mode:04o}.*chmod go-w"):
        prepare_ipc(folder / "own" / "feed.ipc" if above else folder / "feed.ipc")


def test_a_sticky_folder_as_tmp_is_will_do(base):
    base.chmod(0o1777)
    prepare_ipc(base / "feed.ipc")


@pytest.mark.parametrize("kind", ["a file", "a folder", "a pipe", "a symbolic link"])
def test_what_is_no_socket_is_left_as_it_is(base, kind):
    path = base / "precious"
    if kind == "a file":
        path.write_text("precious")
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(base / "elsewhere")
    before = os.lstat(path)
    with pytest.raises(AddressError, match=f"expected nothing or a socket, found {kind}"):
        prepare_ipc(path)
    assert os.lstat(path).st_ino == before.st_ino


def test_a_socket_that_a_dead_node_left_is_taken_over(base):
    path = base / "feed.ipc"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    prepare_ipc(path)


def test_the_default_is_the_session_folder_of_this_user_or_one_in_tmp(base, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    assert default_folder() == base / "qenus"
    for other in ("", "relative", str(base / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", other)
        assert default_folder() == Path(f"/tmp/qenus-{os.geteuid()}")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert default_folder() == Path(f"/tmp/qenus-{os.geteuid()}")


def test_a_default_folder_that_another_user_made_is_refused(base, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    (base / "qenus").mkdir()
    if os.geteuid() != 0:
        pytest.skip("to make another user's folder one must be root")
    give_away(base / "qenus", monkeypatch)
    with pytest.raises(AddressError, match=str(OTHER_UID)):
        default_folder()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "inproc://x"])
def test_other_addresses_have_no_path(address):
    assert socket_path(address) is None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
@pytest.mark.parametrize("mode", [0o600, 0o660])
async def test_sockets_have_the_stated_permissions_whatever_the_umask(base, umask, mode):
    line = Line("a", bytes(16), journal_bytes=1 << 20)
    address = f"ipc://{base}/feed.ipc"
    feed = Feed(line, (address,), 100, 0.0, 0.0, FeedLimits(socket_mode=mode))
    journal = Child("journal", serve_journal, feed=feed).with_policy(readiness=Readiness.EXPLICIT)
    before = os.umask(umask)
    try:
        async with trio.open_nursery() as nursery:
            tree = Tree(Supervisor("root", [journal]))
            await nursery.start(tree.run)
            found = (base / "feed.ipc.repair").stat()
            assert stat.S_ISSOCK(found.st_mode)
            assert stat.S_IMODE(found.st_mode) == mode
            tree.stop()
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert not (base / "feed.ipc.repair").exists()


def test_nng_itself_would_delete_a_file_in_its_way(base):
    """Why the check is needed: this fails when nng no longer does, and the check may go."""
    path = base / "precious"
    path.write_text("precious")
    with pynng.Pub0(listen=f"ipc://{path}"):
        assert stat.S_ISSOCK(os.lstat(path).st_mode)
