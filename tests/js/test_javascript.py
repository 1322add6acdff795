"""The editor's own tests, in Node, and its types."""

import re
import shutil
import subprocess

import pytest
from flowbrush.benchmarks import editor

from .node import ROOT, TESTS, node

SCRIPTS = ROOT / "js"


def modules():
    return sorted(SCRIPTS.rglob("*.mjs"))


def test_the_modules_tests_pass():
    done = subprocess.run(
        [node(), "--test", "--test-reporter=tap", *map(str, sorted(TESTS.glob("*.test.mjs")))],
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        cwd=ROOT,
    )
    failed = re.findall(r"^not ok .*(?:\n  .*)*", done.stdout, re.M)
    assert done.returncode == 0, "\n".join(failed)[-6000:] or done.stderr[-2000:]
    assert int(re.search(r"^# pass (\d+)", done.stdout, re.M)[1]) > 40


@pytest.mark.network
def test_types_are_clean():
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("no npx: types are checked where Node.js is installed")
    compiler = [npx, "--yes", "-p", "typescript@5", "tsc"]
    version = subprocess.run([*compiler, "--version"], capture_output=True, text=True, timeout=300)
    if version.returncode != 0:
        pytest.skip(f"TypeScript could not be fetched: {version.stderr.strip()[-200:]}")
    done = subprocess.run(
        [*compiler, "-p", str(ROOT / "jsconfig.json"), "--pretty", "false"],
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_every_module_asks_for_a_type_check():
    unchecked = [
        path.name for path in modules() if not path.read_text(encoding="utf-8").startswith("// @ts-check\n")
    ]
    assert not unchecked


def test_pure_modules_load_without_a_browser():
    """Documents, edits, geometry and the session know nothing of a page."""
    pure = (
        "document/session", "document/edits", "document/import", "geometry/raster", "geometry/easing",
        "geometry/camera", "geometry/camera_view", "stage/view",
    )  # fmt: skip
    for name in pure:
        text = (SCRIPTS / "editor" / f"{name}.mjs").read_text(encoding="utf-8")
        assert not re.search(r"\b(window|navigator|HTMLElement|addEventListener)\b", text), name


def test_the_entry_is_small_and_the_first_editor_light():
    asked = editor.sizes(SCRIPTS)
    assert asked["entry_bytes"] < editor.ENTRY_LIMIT
    assert asked["node_files"] > 20
    assert asked["node_bytes"] < editor.REST_LIMIT
