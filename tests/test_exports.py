"""The library packages name their public parts, and importing a package costs nothing until one of them is used."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from flowbrush.exports import lazy_exports

LAZY = (
    "conditioning", "models", "motion", "motion.document", "motion.field", "motion.measure", "motion.preview", "motion.tracks",
    "sampling", "synthetic",
)  # fmt: skip
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("package", LAZY)
def test_every_public_name_is_there(package):
    module = importlib.import_module(f"flowbrush.{package}")
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name in dir(module)


@pytest.mark.parametrize("package", LAZY)
def test_type_checkers_see_the_same_public_names(package):
    tree = ast.parse((ROOT.joinpath(*package.split("."), "__init__.py")).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = sorted(alias.name for line in block.body for alias in line.names)
    assert seen == importlib.import_module(f"flowbrush.{package}").__all__


@pytest.mark.parametrize("package", LAZY)
def test_importing_a_package_does_not_import_torch(package):
    code = f"import flowbrush.{package}, sys; print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout.split() == ["False"], shown.stderr


def test_the_name_comes_from_the_module_that_defines_it():
    names, get, _ = lazy_exports("flowbrush.sampling", {"schedule": ["shift_times"], "run": ["sample"]})
    assert names == ["sample", "shift_times"]
    assert get("shift_times").__module__ == "flowbrush.sampling.schedule"
    with pytest.raises(AttributeError, match=r"flowbrush\.sampling.*'karras'"):
        get("karras")
