"""A launcher that ends while its program samples, decodes or saves: no process, no half file, no temporary folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = {
    "sampling": "from flowbrush.models.dit import Block as place; name = 'forward'",
    "decoding": "from flowbrush.models.vae_resample import Upsample as place; name = 'forward'",
    "saving": "import flowbrush.hosts.video_writer as place; name = '_as_bytes'",
}
# The headless command, which waits in the second call of a function of the stage.
PROGRAM = """
import os, pathlib, runpy, sys, time
folder = pathlib.Path(sys.argv.pop(1))
STAGE
original, calls = getattr(place, name), []
def waiting(*arguments, **options):
    calls.append(1)
    if len(calls) == 2:
        (folder / "new").write_text(str(os.getpid()))
        (folder / "new").rename(folder / "pid")
        time.sleep(300)
    return original(*arguments, **options)
setattr(place, name, waiting)
runpy.run_module("flowbrush.hosts.headless", run_name="__main__", alter_sys=True)
"""
LAUNCHER = "import sys; sys.path.insert(0, sys.argv[1]); import run; sys.exit(run.run_to_end(sys.argv[2:]))"
SIZES = (
    "FirstFrame.width=96",
    "FirstFrame.height=64",
    "FirstFrame.length=5",
    "MotionConditioning.hold_known=false",
)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.is_file() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(condition, seconds: float, parent=None):
    deadline = time.monotonic() + seconds
    while not condition():
        assert parent is None or parent.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def started(tmp_path, stage):
    """The launcher, the process id of its program, which waits in the stage, and the folders for results and for temporary files."""
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir(exist_ok=True)
    (tmp_path / "pid").unlink(missing_ok=True)
    settings = [part for size in SIZES for part in ("--set", f"Flowbrush{size}")]
    workflow = str(ROOT / "workflows" / "motion_brush.json")
    program = [sys.executable, "-c", PROGRAM.replace("STAGE", STAGES[stage]), str(tmp_path)]
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            LAUNCHER,
            str(ROOT),
            *program,
            "render",
            workflow,
            "--out",
            str(out),
            *settings,
        ],
        env={**os.environ, "TMPDIR": str(temporary)},
        # a shell lets programs that it starts in the background ignore Ctrl-C, and tests may be such a program
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_until((tmp_path / "pid").is_file, 300, parent)
    return parent, int((tmp_path / "pid").read_text()), out, temporary


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    ("stage", "how"),
    [
        ("sampling", signal.SIGKILL),
        ("decoding", signal.SIGKILL),
        ("saving", signal.SIGKILL),
        ("saving", signal.SIGINT),
    ],
)
def test_nothing_is_left_of_a_run_that_is_stopped_in_a_stage(tmp_path, stage, how):
    parent, pid, out, temporary = started(tmp_path, stage)
    assert bool(list(out.rglob("*.part"))) == (stage == "saving")
    parent.send_signal(how)
    parent.wait(timeout=60)
    wait_until(lambda: not is_running(pid), 30)
    assert not [path for path in out.rglob("*") if path.is_file()]
    assert not list(temporary.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_a_program_that_is_killed_leaves_what_the_next_one_removes(tmp_path):
    parent, pid, out, temporary = started(tmp_path, "saving")
    os.kill(pid, signal.SIGKILL)
    assert parent.wait(timeout=60) == -signal.SIGKILL % 256
    left = [path for folder in (out, temporary) for path in folder.rglob("*") if path.is_file()]
    assert all(
        path.name.startswith(".") and path.suffix == ".part" for path in left if path.is_relative_to(out)
    )
    two_days_ago = time.time() - 2 * 24 * 3600
    for path in (*out.rglob("*"), *temporary.rglob("*"), *temporary.iterdir()):
        os.utime(path, (two_days_ago, two_days_ago))
    again, _, _, _ = started(tmp_path, "saving")
    again.send_signal(signal.SIGINT)
    again.wait(timeout=60)
    assert not [path for path in out.rglob("*") if path.is_file()]
    assert not list(temporary.iterdir())
