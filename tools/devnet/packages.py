"""Where the node and the contracts come from: npm packages, by name and version.

`npm pack` fetches a package's own archive and nothing that it depends on, and runs none of its
scripts; npm itself checks the archive against the registry's digest. Archives are kept in a cache
folder outside of the project, `$XDG_CACHE_HOME/qenus-devnet`, and files are taken out when they are
first needed. Once fetched, no network is needed any more.
"""

import fcntl
import json
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

__all__ = ["ANVIL", "Artifact", "DevnetUnavailable", "Package", "anvil_binary", "artifact", "keep"]

_FETCH_SECONDS = 180
_MAX_FILE_BYTES = 128 << 20


class DevnetUnavailable(Exception):
    """The devnet cannot run here: no npm, no network to fetch with, or no such platform."""


@attrs.frozen
class Package:
    """An npm package at one version."""

    name: str
    version: str

    @property
    def _stem(self) -> str:
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}"

    @property
    def archive(self) -> Path:
        """Where its archive is kept."""
        return _cache() / f"{self._stem}.tgz"

    def file(self, path: str) -> Path:
        """Take one file out of the package, fetching the package when it is not there yet.

        Raises:
            DevnetUnavailable: the package cannot be fetched or holds no such file.
        """
        target = _cache() / self._stem / path
        if target.exists():
            return target
        with _one_at_a_time():
            if not self.archive.exists():
                _fetch(self)
        with tarfile.open(self.archive) as archive:
            for member in archive:
                if member.name.partition("/")[2] == path and member.isfile():
                    if member.size > _MAX_FILE_BYTES:
                        raise DevnetUnavailable(f"{self.name}: {path}: {member.size} bytes")
                    source = archive.extractfile(member)
                    assert source is not None
                    return _store(source.read(), target, member.mode)
        raise DevnetUnavailable(f"{self.name} {self.version}: holds no {path}")


@attrs.frozen
class Artifact:
    """A compiled contract as its authors published it. `creation` may have libraries to link."""

    name: str
    creation: str
    links: dict[str, Any]

    def linked(self, libraries: dict[str, str]) -> str:
        """Give the creation code with each library's address (0x…) put where it belongs.

        Raises:
            KeyError: a library is missing.
        """
        code = self.creation
        for inside in self.links.values():
            for library, places in inside.items():
                address = libraries[library].removeprefix("0x").lower()
                for place in places:
                    start = 2 + 2 * place["start"]
                    code = code[:start] + address + code[start + 2 * place["length"] :]
        return code


_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
ANVIL = Package(f"@foundry-rs/anvil-linux-{_MACHINES.get(platform.machine(), 'amd64')}", "1.7.1")


def anvil_binary() -> Path:
    """Give the path of anvil's binary.

    Raises:
        DevnetUnavailable: it cannot be had here.
    """
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        raise DevnetUnavailable(f"no anvil for {platform.system()} on {platform.machine()}")
    path = ANVIL.file("bin/anvil")
    path.chmod(0o755)
    return path


def artifact(package: Package, path: str) -> Artifact:
    """Read a contract's artifact, as Hardhat, Truffle, Waffle or Foundry wrote it.

    Raises:
        DevnetUnavailable: the package cannot be had, or what is there is no artifact.
    """
    content = json.loads(package.file(path).read_bytes())
    code, links = content.get("bytecode"), content.get("linkReferences", {})
    if isinstance(code, dict):
        code, links = code["object"], code.get("linkReferences", {})
    if not isinstance(code, str) or len(code) < 4:
        raise DevnetUnavailable(f"{package.name}: {path}: expected a contract's artifact")
    if not code.startswith("0x"):
        code = f"0x{code}"
    return Artifact(Path(path).stem, code, links)


def keep(name: str, make: Callable[[], bytes]) -> Path:
    """Give the cache's file of that name; `make` its content when it is not there yet."""
    target = _cache() / name
    return target if target.exists() else _store(make(), target, 0o600)


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "qenus-devnet"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one process fetch: npm's own cache does not bear several that begin it together."""
    _cache().mkdir(parents=True, exist_ok=True)
    with (_cache() / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(package: Package) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise DevnetUnavailable(f"{package.name}: npm is not installed and it is not in the cache")
    with tempfile.TemporaryDirectory(dir=_cache()) as folder:
        try:
            subprocess.run(
                [npm, "pack", "--ignore-scripts", f"{package.name}@{package.version}"],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=_FETCH_SECONDS,
                text=True,
            )
        except subprocess.TimeoutExpired:
            raise DevnetUnavailable(f"{package.name}: not there after {_FETCH_SECONDS} s") from None
        except subprocess.CalledProcessError as error:
            reason = next((line for line in error.stderr.splitlines() if "error" in line), "")
            raise DevnetUnavailable(f"{package.name}: npm pack failed: {reason}") from None
        (archive,) = Path(folder).glob("*.tgz")
        archive.rename(package.archive)


def _store(content: bytes, target: Path, mode: int) -> Path:
    """Write aside and rename: another devnet may be taking the same file out."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    with open(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(mode & 0o755 | 0o600)
    Path(name).rename(target)
    return target
