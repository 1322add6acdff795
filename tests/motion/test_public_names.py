import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = [
    "motion",
    *(f"motion.{part}" for part in ("document", "driving", "field", "flow", "measure", "preview", "tracks")),
]


@pytest.mark.parametrize("package", [*PACKAGES, "rendering"])
def test_public_names_are_the_functions_and_classes_themselves(package):
    module = import_module(f"flowbrush.{package}")
    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        value = getattr(module, name)
        assert not isinstance(value, type(sys)), f"{name} is a module"


def test_reading_a_document_imports_no_torch():
    code = "import sys; from flowbrush.motion import parse; parse('{}'); print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout.split() == ["False"], shown.stderr
