"""Sets up Flowbrush in an environment of its own, without ComfyUI, to render, test or measure with it.

    python run.py demo [IMAGE]        render workflows/motion_brush.json, or a camera move on your image
    python run.py render WORKFLOW     render a workflow of the bundled model; --set NODE.input=value changes an input,
                                      --out DIR; --on URL runs any workflow on a ComfyUI that is running
    python run.py shots LIST --out DIR   render many shots from a list: here, --on URL,URL or --ray ADDRESS (docs/shots.md)
    python run.py test [ARGUMENTS]    run all tests; --fast leaves out those that need ComfyUI, a browser or much time;
                                      other arguments go to pytest
    python run.py bench NAME [ARGUMENTS]   run a benchmark: motion_fidelity, speed, ... (without a name: list them)

The first run makes a folder .venv beside this file and installs Flowbrush with its requirements there, which takes a
few minutes. Later runs start at once. You can stop a run and repeat it at any time. Nothing outside this folder changes.

Environment variables:
  FLOWBRUSH_TORCH   pip's arguments for PyTorch, for example "torch==2.13.0 --index-url URL" for a special build.
                    The default is "torch" on a machine with a GPU and "torch==2.13.0" on others. On Linux the usual
                    package index has a build that includes CUDA (several GB); PyTorch's own index has the CPU build.
  FLOWBRUSH_VENV    another folder for the environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("FLOWBRUSH_VENV") or ROOT / ".venv").expanduser().absolute()
KILLED = (
    "Error: the program was ended by signal {} of the system. Signal 9 mostly means that memory ran out: close other "
    "programs, or choose a smaller size or a shorter video. No half file has taken the place of a whole one."
)
OLDEST, CPU_TORCH = (3, 10), "torch==2.13.0"
EXTRAS = {"demo": "headless", "render": "headless", "shots": "headless", "test": "dev", "bench": "dev"}
# Free disk space that a first installation needs with the CPU build of torch, and the extras that contain all of another one.
GIGABYTES = {"headless": 2.5, "shots": 2.8, "dev": 4.3}
CONTAINED_IN = {"headless": ("shots", "dev"), "shots": ("dev",), "dev": ()}
# Tests that `--fast` leaves out, by their markers.
FAST = "not comfyui and not browser and not network and not slow"


class SetupError(Exception):
    """The environment cannot be set up until the user changes something; the message says what."""


def main(arguments: list[str]) -> int:
    """Run one command, after setting up the environment it needs; returns the exit status."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print((__doc__ or "").strip())
        return 0
    command, rest = arguments[0], arguments[1:]
    # GNU OpenMP lets waiting threads spin so long that a busy machine becomes ten times slower.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Unicode shows escapes
            stream.reconfigure(errors="backslashreplace")
    try:
        if command not in EXTRAS:
            known = ", ".join(EXTRAS)
            raise SetupError(f"There is no command `{command}`; there are {known}. See `run.py --help`.")
        if command == "bench" and (not rest or rest[0] not in benchmarks()):
            problem = f"There is no benchmark `{rest[0]}`" if rest else "Name a benchmark"
            raise SetupError(f"{problem}; there are {', '.join(benchmarks()) or 'none'}.")
        python = environment_python(needed_extra(command, rest))
        status = run_to_end([str(python), *program(command, rest)])
        if status < 0:
            print(KILLED.format(-status), file=sys.stderr)
        return status if status >= 0 else 128 - status  # as shells count signals
    except SetupError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to continue.", file=sys.stderr)
        return 130


def benchmarks() -> list[str]:
    """Names of the benchmarks: the modules of benchmarks/ that can be run."""
    modules = (ROOT / "benchmarks").glob("*.py")
    ends = 'if __name__ == "__main__"'
    return sorted(path.stem for path in modules if ends in path.read_text(encoding="utf-8"))


def needed_extra(command: str, rest: list[str]) -> str:
    """The extra that a command needs; Ray and OpenTimelineIO are installed when a list of shots first needs them."""
    special = command == "shots" and any(
        argument.split("=")[0] == "--ray" or argument.endswith((".otio", ".otioz")) for argument in rest
    )
    return "shots" if special else EXTRAS[command]


def program(command: str, rest: list[str]) -> list[str]:
    """Arguments with which the environment's Python runs a command."""
    if command == "test":
        project = ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
        return ["-m", "pytest", *project, *test_arguments(rest)]
    if command == "bench":
        return ["-m", f"flowbrush.benchmarks.{rest[0]}", *rest[1:]]
    if command == "shots":
        return ["-m", "flowbrush.shots", *rest]
    return ["-m", "flowbrush.hosts.headless", command, *rest]


def test_arguments(rest: list[str]) -> list[str]:
    """pytest's arguments. Without a file or folder among them, all tests run in three processes, on a small machine as well,
    because those in a browser wait a lot; tests/conftest.py describes how they share the tests.
    """
    fast = "--fast" in rest
    rest = [*(["-m", FAST] if fast else []), *(argument for argument in rest if argument != "--fast")]
    if any(not argument.startswith("-") and Path(argument.split("::")[0]).exists() for argument in rest):
        return rest
    processes = min(os.cpu_count() or 1, 4) if fast else 3
    shared = [f"-n{processes}", "--dist=loadgroup", "--no-loadscope-reorder"] if processes > 1 else []
    return [*shared, "--durations=10", *rest, str(ROOT / "tests")]


def run_to_end(command: list[str]) -> int:
    """Run a program and return its exit status; after Ctrl-C it has 3 seconds to stop, and 20 once asked."""
    with child(command) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            steps = [(20, process.kill)] if os.name == "nt" else [(3, process.terminate), (20, process.kill)]
            for seconds, end in steps:
                with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                    return process.wait(timeout=seconds)
                end()
            raise


PIPED: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
# A process of its own that outlives this one: it ends the program (its argument) when its input closes without a word.
GUARD = """
import os, sys, time
program = int(sys.argv[1])
if not os.read(0, 1):
    for signal, seconds in ((15, 10), (9, 1)):
        try:
            os.kill(program, signal)
            for _ in range(seconds * 20):
                time.sleep(0.05)
                os.kill(program, 0)
        except OSError:
            break
"""


@contextlib.contextmanager
def child(command: list[str], **options: Any) -> Iterator[subprocess.Popen]:
    """Run a program that ends when this process ends, even if this one is killed. It keeps the lock of the setup."""
    if sys.platform != "win32":
        options["pass_fds"] = [handle.fileno() for handle in LOCKS]
    with subprocess.Popen(command, **options) as process:
        if sys.platform == "win32":
            end_with_this_process(process)
            yield process
            return
        guard_command = [sys.executable, "-S", "-c", GUARD, str(process.pid)]
        null = subprocess.DEVNULL
        guard = subprocess.Popen(
            guard_command, stdin=subprocess.PIPE, stdout=null, stderr=null, start_new_session=True
        )
        try:
            yield process
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                process.wait(timeout=20)
            if process.poll() is None:
                process.kill()
            guard.communicate(b".")


def end_with_this_process(process: subprocess.Popen) -> None:
    """On Windows, put a program into a job that the system ends with this process."""
    import ctypes

    kernel: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = (ctypes.c_uint64 * 18)()  # JOBOBJECT_EXTENDED_LIMIT_INFORMATION; the flags are the third number
    limits[2] = 0x2000  # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    kernel.SetInformationJobObject(job, 9, ctypes.byref(limits), ctypes.sizeof(limits))
    kernel.AssignProcessToJobObject(job, ctypes.c_void_p(int(process._handle)))  # type: ignore[attr-defined]


# The environment


def environment_python(extra: str) -> Path:
    """The Python of the environment, which is first made or completed when something of `extra` is missing."""
    check_this_python()
    with setup_lock():
        python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        current = fingerprint()
        complete = any(stamp(one) == current for one in (extra, *CONTAINED_IN[extra]))
        if complete and python.exists():
            return python
        check_disk(extra)
        make_environment(python)
        install(python, "PyTorch", torch_arguments())
        install(python, f"Flowbrush ({extra})", ["--editable", f"{ROOT}[{extra}]"])
        write_stamp(extra, current)
        return python


def check_this_python() -> None:
    """Raise SetupError when this Python is too old or lacks the modules that make environments."""
    if sys.version_info < OLDEST:
        raise SetupError(
            f"This is Python {platform.python_version()}; Flowbrush needs 3.{OLDEST[1]} or newer, best 3.11: "
            "use `python3.11 run.py`."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python cannot make virtual environments. On Debian or Ubuntu run `sudo apt install python{version}-venv`; "
            "on other systems install a Python that includes pip and venv, for example from python.org."
        ) from None


@contextlib.contextmanager
def setup_lock():
    """Let one process at a time set up this environment; the system releases the lock when its process ends."""
    try:
        VENV.mkdir(parents=True, exist_ok=True)
        handle = (VENV / "flowbrush.lock").open("a+")
    except OSError as error:
        raise SetupError(
            f"The folder {VENV} cannot be written ({error.strerror}): move this folder, or set FLOWBRUSH_VENV."
        ) from None
    with handle:
        if not try_lock(handle):
            print("Waiting for another setup of this environment to end ...", file=sys.stderr)
            while not try_lock(handle):
                time.sleep(0.5)
        LOCKS.append(handle)
        try:
            yield
        finally:
            LOCKS.remove(handle)


# Those held. Programs inherit them, so that a setup goes on to exclude others if this process is killed.
LOCKS: list[TextIO] = []


def try_lock(handle: TextIO) -> bool:
    """Lock an open file until it is closed; returns False when another process has locked it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def fingerprint() -> str:
    """A hash of everything that determines what is installed: the requirements, the build of torch and this folder."""
    files = [(ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "requirements.txt")]
    parts = [*files, json.dumps(torch_arguments()), str(ROOT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def stamp(extra: str) -> str | None:
    """The fingerprint with which the installation of `extra` was completed, or None before that."""
    path = VENV / f"flowbrush-{extra}.stamp"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def write_stamp(extra: str, current: str) -> None:
    """Record that the installation of `extra` is complete. The file is renamed into place, so it is never half written."""
    aside = VENV / f"flowbrush-{extra}.stamp.{os.getpid()}"
    aside.write_text(current, encoding="utf-8")
    aside.replace(VENV / f"flowbrush-{extra}.stamp")


def check_disk(extra: str) -> None:
    """Raise SetupError when a first installation does not fit on the disk."""
    if any(VENV.glob("flowbrush-*.stamp")):
        return
    free, needed = shutil.disk_usage(VENV).free / 1e9, GIGABYTES[extra]
    if free < needed:
        raise SetupError(
            f"The disk of {VENV} has {free:.1f} GB of free space and about {needed} GB are needed: make room, or set "
            "FLOWBRUSH_VENV to a folder on another disk."
        )


def has_gpu() -> bool:
    """Whether the machine has a working NVIDIA driver."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([tool, "-L"], capture_output=True, timeout=20).returncode == 0
    return False


def torch_arguments() -> list[str]:
    """pip's arguments for PyTorch."""
    chosen = os.environ.get("FLOWBRUSH_TORCH")
    return shlex.split(chosen) if chosen else ["torch"] if has_gpu() else [CPU_TORCH]


def make_environment(python: Path) -> None:
    """Make the environment, unless it is there and complete; an attempt that was interrupted is repeated."""
    if python.exists() and succeeds([str(python), "-m", "pip", "--version"]):
        return
    print(f"Making an environment in {VENV} ...", file=sys.stderr)
    # A link to a Python that has been removed stays broken unless the folder is emptied.
    clear = ["--clear"] if python.is_symlink() and not python.exists() else []
    command = [sys.executable, "-m", "venv", *clear, str(VENV)]
    with child(command, **PIPED) as made:
        output = made.communicate()[0]
    if made.returncode and not succeeds([str(python), "-m", "pip", "--version"]):
        raise SetupError(f"The environment could not be made: {diagnosis(output)}")


def succeeds(command: list[str]) -> bool:
    """Whether a program ends without an error; its output is discarded."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def install(python: Path, what: str, arguments: list[str]) -> None:
    """Run `pip install` and show its progress on one line; SetupError says why it failed and what to do."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    print(f"Installing {what} ...", file=sys.stderr)
    lines: list[str] = []
    started = time.monotonic()
    with child(command, **PIPED) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            if sys.stderr.isatty() and line.lstrip().startswith(
                ("Collecting", "Downloading", "Installing", "Building")
            ):
                print(f"\r\033[K  {line.strip()[:100]}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if pip.returncode:
        (VENV / "install.log").write_text("".join(lines), encoding="utf-8")
        raise SetupError(
            f"{what} could not be installed: {diagnosis(''.join(lines))} The full output of pip is in {VENV / 'install.log'}."
        )
    print(f"  done in {time.monotonic() - started:.0f} s", file=sys.stderr)


# Advice for the failures that users meet, by phrases in the output of pip or venv.
DIAGNOSES = {
    ("No space left on device", "not enough space"): (
        "the disk is full: make room, or set FLOWBRUSH_VENV to a folder on another disk."
    ),
    (
        "Temporary failure in name resolution", "Name or service not known", "getaddrinfo failed", "NewConnectionError",
        "Network is unreachable", "Connection refused", "ProxyError", "ReadTimeout",
    ): "the package index cannot be reached: check the network or pip's settings (`pip config list`), then repeat.",
    ("(from versions: none)", "No matching distribution found"): (
        f"the package index has no version for Python {platform.python_version()}: check the network and pip's settings "
        "(`pip config list`). Python 3.11 is known to work, and FLOWBRUSH_TORCH can name another build of PyTorch."
    ),
    ("externally-managed-environment",): "the system protects this Python from changes: use another Python.",
    ("Permission denied",): "a file cannot be written: check who owns this folder.",
}  # fmt: skip


def diagnosis(output: str) -> str:
    """Advice on a failure by the output of the program that failed, or its last line when the failure is unknown."""
    for phrases, advice in DIAGNOSES.items():
        if any(phrase in output for phrase in phrases):
            return advice
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:") and "subprocess-exited" not in line]
    return [*lines, *errors][-1] if lines else "the program printed nothing."


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
