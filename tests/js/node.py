"""The editor's pure modules, run by Node without a browser."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parents[1]
OLDEST = 20  # toSpliced, findLast and `node --test` with globs


def node() -> str:
    """The program; the test is skipped if there is none, or an old one."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("no Node.js: the editor's modules are tested where `node` is installed")
    version = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST:
        pytest.skip(f"Node.js {version} is older than {OLDEST}")
    return program


def answers(questions: list[dict]) -> list:
    """What the editor answers to each question, in one run of Node."""
    done = subprocess.run(
        [node(), str(TESTS / "answers.mjs")],
        input=json.dumps(questions),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
