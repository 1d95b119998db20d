"""A copy of the pools with an error planted: other source for one module, everything else as it is.

The copy is imported anew from the package's own files, with one piece of one of them replaced, and
never becomes what anybody else imports.
"""

import importlib
import importlib.abc
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import attrs

import qenus.pools

__all__ = ["Plant", "pools_with"]

_PACKAGE = "qenus.pools"


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
        path = Path(qenus.pools.__path__[0]) / f"{self.module}.py"
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
    """Import the package of pools anew, with all its modules, and the error where there is one."""
    with _set_aside():
        if plant is not None:
            sys.meta_path.insert(0, _Finder(f"{_PACKAGE}.{plant.module}", plant.source()))
        try:
            pools = importlib.import_module(_PACKAGE)
            for module in pkgutil.iter_modules(pools.__path__):
                importlib.import_module(f"{_PACKAGE}.{module.name}")
        finally:
            if plant is not None:
                del sys.meta_path[0]
    return pools


@contextmanager
def _set_aside() -> Iterator[None]:
    """Put the modules that everybody uses away, and back again."""
    mine = {
        name: module
        for name, module in sys.modules.items()
        if name == _PACKAGE or name.startswith(f"{_PACKAGE}.")
    }
    for name in mine:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith(_PACKAGE)]:
            del sys.modules[name]
        sys.modules.update(mine)
        qenus.pools = mine[_PACKAGE]
