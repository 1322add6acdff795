"""Public names of a package that are imported when they are first used (PEP 562).

ComfyUI measures how long each pack takes to import, and some modules pull in torch's compiler. A package that lists its
public names this way stays free to import: `from flowbrush.models import load_vae` imports the one module it needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def lazy_exports(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` and `__dir__` of `package`, whose submodules define the listed names.

    A type checker cannot see these names, so the package also imports them under `if TYPE_CHECKING`.
    """
    module_of = {name: module for module, names in modules.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{module_of[name]}"), name)

    def __dir__() -> list[str]:
        return sorted({*vars(importlib.import_module(package)), *module_of})

    return sorted(module_of), __getattr__, __dir__
