"""Flowbrush without ComfyUI: set up an environment and render, test or measure in it.

    python run.py demo [IMAGE]        render workflows/motion_brush.json on your image, or on an example
    python run.py render WORKFLOW     render any workflow file; --set NODE.input=value changes inputs, --out DIR
    python run.py test [ARGUMENTS]    run the tests; arguments go to pytest
    python run.py bench NAME [ARGUMENTS]   measure: motion_fidelity, speed, ... (no name lists them)

The first run makes a folder .venv beside this file and installs what is needed there, which takes a few minutes;
later runs begin at once. A run may be stopped and repeated at any time. Nothing outside this folder is changed.

Environment variables:
  FLOWBRUSH_TORCH   pip's arguments for PyTorch, for example "torch==2.13.0 --index-url URL" for a special build.
                    By default "torch" where there is a GPU, else "torch==2.13.0". On Linux the usual package index
                    offers a build with CUDA inside (several GB); the CPU build is on PyTorch's own index.
  FLOWBRUSH_VENV    another place for the environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("FLOWBRUSH_VENV") or ROOT / ".venv").expanduser().absolute()
OLDEST, CPU_TORCH = (3, 10), "torch==2.13.0"
EXTRAS = {"demo": "headless", "render": "headless", "test": "dev", "bench": "dev"}
GIGABYTES = {
    "headless": 2.5,
    "dev": 4.0,
}  # of free disk that a first installation needs, with the CPU build of torch


class SetupError(Exception):
    """Something that only the user can change; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Set up and run one command; returns the exit status."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print((__doc__ or "").strip())
        return 0
    command, rest = arguments[0], arguments[1:]
    try:
        if command not in EXTRAS:
            raise SetupError(
                f"There is no command `{command}`; there are {', '.join(EXTRAS)}. See `run.py --help`."
            )
        if command == "bench" and (not rest or rest[0] not in benchmarks()):
            asked = f"There is no benchmark `{rest[0]}`" if rest else "Name a benchmark"
            raise SetupError(f"{asked}; there are {', '.join(benchmarks()) or 'none'}.")
        python = ready_python(EXTRAS[command])
        return run_to_end([str(python), *program(command, rest)])
    except SetupError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130


def benchmarks() -> list[str]:
    """Names of the measurements: modules of benchmarks/ that can be run."""
    modules = (ROOT / "benchmarks").glob("*.py")
    return sorted(
        path.stem for path in modules if 'if __name__ == "__main__"' in path.read_text(encoding="utf-8")
    )


def program(command: str, rest: list[str]) -> list[str]:
    """Arguments of the environment's Python for a command."""
    if command == "test":
        return [
            "-m",
            "pytest",
            "--rootdir",
            str(ROOT),
            "-c",
            str(ROOT / "pyproject.toml"),
            *test_arguments(rest),
        ]
    if command == "bench":
        return ["-m", f"flowbrush.benchmarks.{rest[0]}", *rest[1:]]
    return ["-m", "flowbrush.hosts.headless", command, *rest]


def test_arguments(rest: list[str]) -> list[str]:
    """pytest's arguments; where none of them names a file or folder, the tests folder, shared out file by file over
    two processes. The order is kept: what comes last (tests/conftest.py) comes last in each."""
    if any(not argument.startswith("-") and Path(argument.split("::")[0]).exists() for argument in rest):
        return rest
    shared = [] if (os.cpu_count() or 1) < 2 else ["-n2", "--dist=loadfile", "--no-loadscope-reorder"]
    return [*shared, *rest, str(ROOT / "tests")]


def run_to_end(command: list[str]) -> int:
    """Run a program; on Ctrl-C let it stop by itself first."""
    with subprocess.Popen(command) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                return process.wait(timeout=20)
            process.kill()
            raise


# The environment


def ready_python(extra: str) -> Path:
    """The Python of an environment with everything for that extra, made or completed first where needed."""
    check_this_python()
    with only_one_setup():
        python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        wanted = fingerprint()
        complete = stamp(extra) == wanted or (extra == "headless" and stamp("dev") == wanted)
        if complete and python.exists():
            return python
        check_disk(extra)
        make_environment(python)
        install(python, "PyTorch", torch_arguments())
        install(python, f"Flowbrush ({extra})", ["--editable", f"{ROOT}[{extra}]"])
        write_stamp(extra, wanted)
        return python


def check_this_python() -> None:
    """Raise SetupError when this Python is too old, or came without what makes environments."""
    if sys.version_info < OLDEST:
        have = platform.python_version()
        raise SetupError(
            f"This is Python {have}; Flowbrush needs 3.{OLDEST[1]} or newer, best 3.11: use `python3.11 run.py`."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python cannot make virtual environments: on Debian or Ubuntu `sudo apt install python{version}-venv`, "
            "elsewhere install Python from python.org or your package manager with pip and venv."
        ) from None


@contextlib.contextmanager
def only_one_setup():
    """Wait until no other process sets up this environment. The lock goes with the process, whatever ends it."""
    try:
        VENV.mkdir(parents=True, exist_ok=True)
        handle = (VENV / "flowbrush.lock").open("a+")
    except OSError as error:
        raise SetupError(
            f"{VENV} cannot be written ({error.strerror}): move this folder, or set FLOWBRUSH_VENV."
        ) from None
    with handle:
        said = False
        while not take(handle):
            if not said:
                print("Waiting for another setup of this environment to end ...", file=sys.stderr)
                said = True
            time.sleep(0.5)
        yield


def take(handle) -> bool:
    """Whether the lock on that open file could be taken; it is given back when the file is closed."""
    try:
        if os.name == "nt":
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
    """A hash of all that decides what is installed: requirements, torch, this folder."""
    parts = [
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
        (ROOT / "requirements.txt").read_text(encoding="utf-8"),
        json.dumps(torch_arguments()),
        str(ROOT),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def stamp(extra: str) -> str | None:
    """The fingerprint that the environment was completed with for that extra, or None."""
    path = VENV / f"flowbrush-{extra}.stamp"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def write_stamp(extra: str, wanted: str) -> None:
    """Note that the environment is complete: written aside and renamed, so a stamp is whole or not there."""
    aside = VENV / f"flowbrush-{extra}.stamp.{os.getpid()}"
    aside.write_text(wanted, encoding="utf-8")
    aside.replace(VENV / f"flowbrush-{extra}.stamp")


def check_disk(extra: str) -> None:
    """Raise SetupError when the disk cannot hold a first installation."""
    if any(VENV.glob("flowbrush-*.stamp")):
        return
    free, needed = shutil.disk_usage(VENV).free / 1e9, GIGABYTES[extra]
    if free < needed:
        raise SetupError(
            f"{VENV} has {free:.1f} GB of free disk and about {needed} GB are needed: make room, or set FLOWBRUSH_VENV "
            "to a folder on another disk."
        )


def has_gpu() -> bool:
    """Whether an NVIDIA driver answers."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([tool, "-L"], capture_output=True, timeout=20).returncode == 0
    return False


def torch_arguments() -> list[str]:
    """pip's arguments for PyTorch."""
    chosen = os.environ.get("FLOWBRUSH_TORCH")
    if chosen:
        return shlex.split(chosen)
    return ["torch"] if has_gpu() else [CPU_TORCH]


def make_environment(python: Path) -> None:
    """Make the environment, or again where an earlier try was cut short."""
    if python.exists() and quiet([str(python), "-m", "pip", "--version"]):
        return
    print(f"Making an environment in {VENV} ...", file=sys.stderr)
    # A link to a Python that was removed since stays broken unless the folder is emptied.
    clear = ["--clear"] if python.is_symlink() and not python.exists() else []
    command = [sys.executable, "-m", "venv", *clear, str(VENV)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode and not quiet([str(python), "-m", "pip", "--version"]):
        raise SetupError(f"The environment could not be made: {diagnosis(result.stdout + result.stderr)}")


def quiet(command: list[str]) -> bool:
    """Whether a program ends well."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def install(python: Path, what: str, arguments: list[str]) -> None:
    """pip install, with one line of progress. Raises SetupError with what to do."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    print(f"Installing {what} ...", file=sys.stderr)
    lines: list[str] = []
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
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
            f"{what} could not be installed: {diagnosis(''.join(lines))} All of pip's words: {VENV / 'install.log'}"
        )
    print(f"  done in {time.monotonic() - started:.0f} s", file=sys.stderr)


DIAGNOSES = {
    (
        "No space left on device",
        "not enough space",
    ): "the disk is full: make room, or set FLOWBRUSH_VENV to another disk.",
    (
        "Temporary failure in name resolution",
        "Name or service not known",
        "getaddrinfo failed",
        "NewConnectionError",
        "Network is unreachable",
        "Connection refused",
        "ProxyError",
        "ReadTimeout",
    ): "the package index cannot be reached: check the network or pip's settings (`pip config list`), then repeat.",
    ("(from versions: none)", "No matching distribution found"): (
        f"the package index offers none for Python {platform.python_version()}: check the network and pip's settings "
        "(`pip config list`); Python 3.11 is known to work, and FLOWBRUSH_TORCH can name another PyTorch."
    ),
    ("externally-managed-environment",): "this Python may not be changed: use another one.",
    ("Permission denied",): "a file cannot be written: check who owns this folder.",
}


def diagnosis(output: str) -> str:
    """What to do about a failure, from what the program said; its last line where that says nothing known."""
    for signs, advice in DIAGNOSES.items():
        if any(sign in output for sign in signs):
            return advice
    said = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in said if line.lower().startswith("error:") and "subprocess-exited" not in line]
    return [*said, *errors][-1] if said else "the program said nothing."


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
