"""Checks that ipc sockets lie in folders that no other user of the host can change.

A user who can write to a socket's folder, or to one above it, can replace the socket and
impersonate the node. So every folder of the path must belong to us or to root and be writable by
its owner alone, or be sticky as /tmp is; OpenSSH requires the same of ~/.ssh (StrictModes).
Folders that are missing are made for their owner alone. What lies at the socket's own path is left
alone unless it is a socket.
"""

import os
import stat
from pathlib import Path

from qenus.errors import QenusError

__all__ = ["AddressError", "default_folder", "prepare_ipc", "socket_path"]

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class AddressError(QenusError):
    """An address cannot be listened on, or cannot be trusted."""


def default_folder() -> Path:
    """Name this user's own folder for sockets: $XDG_RUNTIME_DIR/qenus, or /tmp/qenus-<uid>.

    The second where the first is not set or not this user's, as after `su`. It need not exist.

    Raises:
        AddressError: it exists and another user could change what is in it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(f"/tmp/qenus-{os.geteuid()}")
    if runtime.startswith("/") and _is_ours(Path(runtime)):
        folder = Path(runtime) / "qenus"
    if os.path.lexists(folder):
        _check_folder(folder)
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def socket_path(address: str) -> Path | None:
    """Give the path of an ipc address, None for any other."""
    return Path(address.removeprefix("ipc://")) if address.startswith("ipc://") else None


def prepare_ipc(path: Path) -> None:
    """Check that a socket may be made at an absolute path; make its folder where it is missing.

    Raises:
        AddressError: another user could change what is there, or something else is there already.
    """
    try:
        _make_folder(path.parent)
        _check_folder(path.parent)
        found = os.lstat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise AddressError(f"{path}: cannot be looked at: {error}") from error
    if not stat.S_ISSOCK(found.st_mode):
        raise AddressError(
            f"{path}: expected nothing or a socket, found {_kind(found)}; it is left as it is"
        )
    if found.st_uid not in (0, os.geteuid()):
        raise AddressError(f"{path}: expected a socket of ours, found one of uid {found.st_uid}")


def _make_folder(folder: Path) -> None:
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        try:
            os.mkdir(each, mode=stat.S_IRWXU)
        except FileExistsError:
            # Made by another process meanwhile; whose it is, is looked at next.
            continue
        except OSError as error:
            raise AddressError(f"cannot make the folder {each}: {error}") from error


def _check_folder(folder: Path) -> None:
    """Check owner and permissions of every folder of the path, links included."""
    for each in [folder, *folder.parents]:
        _check_owner(each, os.lstat(each))
    real = Path(os.path.realpath(folder, strict=True))
    for each in [real, *real.parents]:
        found = os.stat(each)
        _check_owner(each, found)
        if not stat.S_ISDIR(found.st_mode):
            raise AddressError(f"{each}: expected a folder, found {_kind(found)}")
        if found.st_mode & _OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
            mode = stat.S_IMODE(found.st_mode)
            raise AddressError(
                f"{each}: expected a folder that only its owner may write to, found mode "
                f"{mode:04o}: others could replace the socket; chmod go-w {each}"
            )


def _check_owner(path: Path, found: os.stat_result) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise AddressError(
            f"{path}: expected {_kind(found)} of uid {os.geteuid()} or root, found one of uid "
            f"{found.st_uid}, who could replace the socket"
        )


def _kind(found: os.stat_result) -> str:
    kinds = {
        stat.S_IFREG: "a file", stat.S_IFDIR: "a folder", stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }  # fmt: skip
    return kinds.get(stat.S_IFMT(found.st_mode), "something else")
