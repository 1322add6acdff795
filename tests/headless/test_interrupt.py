"""Ctrl-C while the headless command starts, loads libraries, or renders."""

import os
import signal
import subprocess
import sys
import time

import pytest
from flowbrush.hosts.headless.host import ROOT, TEMPORARY


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_at_any_moment_is_one_sentence(tmp_path, how):
    command = [
        sys.executable,
        "-m",
        "flowbrush.hosts.headless",
        "render",
        str(ROOT / "workflows" / "motion_brush.json"),
        "--set",
        "Flowbrush First Frame.length=129",  # still at work at the last stop
    ]
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    for delay in (0.6, 1.0, 1.6, 3.0, 6.0):
        process = subprocess.Popen(
            [*command, "--out", str(out)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(temporary)},
        )
        time.sleep(delay)
        process.send_signal(how)
        errors = process.communicate(timeout=600)[1]
        assert process.returncode == 130
        assert "Stopped. No half-written files were left." in errors
        assert "Traceback" not in errors
    assert not [path for path in out.rglob("*") if path.is_file()]
    assert not list(temporary.glob(f"{TEMPORARY}*"))
