"""A copy of the pools with an error planted: other source for one module, everything else as it is.

The copy is imported anew from the project's own files, with one piece of one of them replaced, and
no other test imports it. It is the face `qenus.pools` of the copy; `parts` has the copy's
modules by their names within `qenus.protocols`.
"""

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import attrs

import qenus.pools
import qenus.protocols

__all__ = ["Plant", "installed", "is_part", "pools_with"]

_FACE = "qenus.pools"
_PROTOCOLS = "qenus.protocols"
# What no pool imports and a check asks for.
_BESIDE = (f"{_PROTOCOLS}.balancer_v2.weighted_shares",)


@attrs.frozen
class Plant:
    """An error: in `module`, `right` is replaced by `wrong`. `right` must be there exactly once."""

    module: str
    right: str
    wrong: str

    def source(self) -> str:
        """The module's source with the error in it.

        Raises:
            LookupError: the piece is not there, or more than once: choose it anew.
        """
        path = Path(*qenus.protocols.__path__, *self.module.split(".")).with_suffix(".py")
        text = path.read_text()
        if text.count(self.right) != 1:
            raise LookupError(
                f"{path.name}: {self.right!r} is there {text.count(self.right)} times"
            )
        return text.replace(self.right, self.wrong)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the planted module before its file is."""

    def __init__(self, name: str, source: str) -> None:
        self._name = name
        self._source = source

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_loader(name, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, f"<planted {self._name}>", "exec"), module.__dict__)


def pools_with(plant: Plant | None) -> ModuleType:
    """Import the pools anew, with all their modules, and the error where there is one."""
    with _set_aside():
        if plant is not None:
            sys.meta_path.insert(0, _Finder(f"{_PROTOCOLS}.{plant.module}", plant.source()))
        try:
            pools = importlib.import_module(_FACE)
            for module in _BESIDE:
                importlib.import_module(module)
        finally:
            if plant is not None:
                del sys.meta_path[0]
        parts = {
            name.removeprefix(f"{_PROTOCOLS}."): module
            for name, module in sys.modules.items()
            if name.startswith(f"{_PROTOCOLS}.")
        }
    pools.parts = parts  # type: ignore[attr-defined]
    return pools


def installed(pools: ModuleType) -> dict[str, ModuleType]:
    """Give the modules of a copy by the names under which they are imported."""
    parts = {f"{_PROTOCOLS}.{name}": module for name, module in pools.parts.items()}
    return {_FACE: pools, **parts}


def is_part(name: str) -> bool:
    """Whether a module of that name is replaced in a copy."""
    return name in (_FACE, _PROTOCOLS) or name.startswith(f"{_PROTOCOLS}.")


@contextmanager
def _set_aside() -> Iterator[None]:
    """Put the modules that everything else uses away, and back again."""
    mine = {name: module for name, module in sys.modules.items() if is_part(name)}
    for name in mine:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if is_part(name)]:
            del sys.modules[name]
        sys.modules.update(mine)
        qenus.pools = mine[_FACE]
        qenus.protocols = mine[_PROTOCOLS]
