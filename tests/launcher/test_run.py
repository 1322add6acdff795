import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_py(*arguments, **environment):
    """Run the launcher as a user does, with these changes to the environment variables."""
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=environment.get("PWD", ROOT),
        timeout=300,
    )


@pytest.fixture
def installs(launcher, monkeypatch):
    """The arguments of each installation, which is not carried out."""
    seen = []

    def make(python):
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(launcher, "make_environment", make)
    monkeypatch.setattr(launcher, "check_disk", lambda extra: None)
    monkeypatch.setattr(launcher, "install", lambda python, what, arguments: seen.append(arguments))
    monkeypatch.setattr(launcher, "has_gpu", lambda: False)
    return seen


def test_help_names_every_command():
    shown = run_py("--help")
    assert shown.returncode == 0
    assert all(f"run.py {name}" in shown.stdout for name in ("demo", "render", "shots", "test", "bench"))
    assert "FLOWBRUSH_TORCH" in shown.stdout


def test_an_unknown_command_is_one_sentence():
    shown = run_py("paint")
    assert shown.returncode == 2
    assert shown.stderr.startswith(
        "Error: There is no command `paint`; there are demo, render, shots, test, bench."
    )
    assert "Traceback" not in shown.stderr


def test_an_unknown_benchmark_lists_the_known_ones(launcher, capsys):
    assert launcher.main(["bench", "nothing"]) == 2
    assert "There is no benchmark `nothing`" in capsys.readouterr().err
    assert all((ROOT / "benchmarks" / f"{name}.py").is_file() for name in launcher.benchmarks())


def test_only_the_standard_library_is_imported():
    code = (
        "import runpy, sys; before = set(sys.modules); runpy.run_path('run.py', run_name='launcher');"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    shown = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]", shown.stderr


def test_the_first_run_installs_and_the_second_does_not(launcher, installs):
    launcher.environment_python("headless")
    assert installs == [["torch==2.13.0"], ["--editable", f"{launcher.ROOT}[headless]"]]
    launcher.environment_python("headless")
    assert len(installs) == 2


def test_the_developer_environment_also_renders(launcher, installs):
    launcher.environment_python("dev")
    launcher.environment_python("headless")
    assert len(installs) == 2


def test_ray_and_opentimelineio_are_installed_when_a_list_of_shots_needs_them(launcher, installs):
    assert launcher.needed_extra("shots", ["list.csv", "--on", "URL"]) == "headless"
    assert launcher.needed_extra("shots", ["list.csv", "--ray", "local"]) == "shots"
    assert launcher.needed_extra("shots", ["list.csv", "--ray=local"]) == "shots"
    assert launcher.needed_extra("shots", ["cut.otio"]) == "shots"
    launcher.environment_python("shots")
    assert installs[1] == ["--editable", f"{launcher.ROOT}[shots]"]
    launcher.environment_python("headless")
    assert len(installs) == 2


def test_changed_requirements_are_installed(launcher, installs, monkeypatch):
    launcher.environment_python("headless")
    monkeypatch.setenv("FLOWBRUSH_TORCH", "torch==2.13.0 --index-url https://example.invalid/cpu")
    launcher.environment_python("headless")
    assert installs[2] == ["torch==2.13.0", "--index-url", "https://example.invalid/cpu"]


def test_an_interrupted_setup_is_repeated(launcher, installs, monkeypatch):
    def interrupted(python, what, arguments):
        raise KeyboardInterrupt

    complete = launcher.install
    monkeypatch.setattr(launcher, "install", interrupted)
    assert launcher.main(["demo"]) == 130
    assert launcher.stamp("headless") is None
    monkeypatch.setattr(launcher, "install", complete)
    launcher.environment_python("headless")
    assert len(installs) == 2
    assert launcher.stamp("headless") == launcher.fingerprint()


def test_an_environment_whose_python_is_gone_is_made_again(launcher, installs):
    launcher.environment_python("headless").unlink()
    launcher.environment_python("headless")
    assert len(installs) == 4


def test_a_machine_with_a_gpu_gets_the_default_build_of_torch(launcher, monkeypatch):
    monkeypatch.setattr(launcher, "has_gpu", lambda: True)
    assert launcher.torch_arguments() == ["torch"]


def test_two_setups_do_not_run_at_once(launcher):
    code = (
        "import importlib.util, pathlib, sys\n"
        f"spec = importlib.util.spec_from_file_location('run', {str(ROOT / 'run.py')!r})\n"
        "run = importlib.util.module_from_spec(spec); spec.loader.exec_module(run)\n"
        "run.VENV = pathlib.Path(sys.argv[1])\n"
        "with run.setup_lock():\n    print('locked', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(launcher.VENV)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with (launcher.VENV / "flowbrush.lock").open("a+") as handle:
            assert not launcher.try_lock(handle)
        other.kill()
        other.wait()
        with (launcher.VENV / "flowbrush.lock").open("a+") as handle:
            assert launcher.try_lock(handle)


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "make room"),
        (
            "NewConnectionError: Failed to establish a new connection: Name or service not known",
            "check the network",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "Python 3.11 is known to work"),
        ("Collecting x\nERROR: something else entirely\n", "ERROR: something else entirely"),
        (
            "error: package directory './x' does not exist\n\nnote: This error originates",
            "'./x' does not exist",
        ),
        ("", "printed nothing"),
    ],
)
def test_a_failed_installation_gives_advice(launcher, output, advice):
    assert advice in launcher.diagnosis(output)


def test_an_old_python_gets_a_message_that_names_a_newer_one(launcher, monkeypatch):
    monkeypatch.setattr(launcher.sys, "version_info", (3, 8, 1))
    with pytest.raises(launcher.SetupError, match=r"needs 3\.10 or newer, best 3\.11"):
        launcher.check_this_python()


def test_a_python_without_venv_gets_a_message_that_names_the_package(launcher, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(launcher.SetupError, match=r"sudo apt install python3\.\d+-venv"):
        launcher.check_this_python()


def test_a_full_disk_is_noticed_before_the_installation(launcher, monkeypatch):
    launcher.VENV.mkdir()
    monkeypatch.setattr(launcher.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1e9})())
    with pytest.raises(launcher.SetupError, match=r"has 1\.0 GB of free space and about 4\.3 GB are needed"):
        launcher.check_disk("dev")


def test_a_folder_that_cannot_be_written_is_named(launcher, tmp_path):
    (tmp_path / "file").write_text("")
    launcher.VENV = tmp_path / "file" / "venv"
    with pytest.raises(launcher.SetupError, match="cannot be written"), launcher.setup_lock():
        pass


def test_pytest_gets_the_users_arguments(launcher, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert launcher.program("test", ["-q"])[-2:] == ["-q", str(ROOT / "tests")]
    assert launcher.program("test", ["tests/launcher", "-k", "help"])[-3:] == ["tests/launcher", "-k", "help"]
    assert "--fast" not in launcher.program("test", ["--fast"])
    assert launcher.program("render", ["a.json", "--set", "1.steps=2"])[2:] == [
        "render",
        "a.json",
        "--set",
        "1.steps=2",
    ]


def test_the_fast_tests_are_those_without_a_marker_of_a_need(launcher):
    arguments = launcher.program("test", ["--fast", "-q"])
    assert arguments[arguments.index("-m", 1) + 1] == launcher.FAST
    assert all(f"not {need}" in launcher.FAST for need in ("comfyui", "browser", "network", "slow"))
    assert launcher.FAST not in launcher.program("test", [])


@pytest.mark.slow
def test_a_real_installation_without_a_network_fails_in_one_sentence(tmp_path):
    """A real environment replaces one whose Python was removed, and a real pip asks an index that does not exist."""
    if os.name != "nt":
        (tmp_path / "venv" / "bin").mkdir(parents=True)
        (tmp_path / "venv" / "bin" / "python").symlink_to(tmp_path / "removed")
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "1",
        "PIP_FIND_LINKS": "",
        "PIP_EXTRA_INDEX_URL": "",
        "FLOWBRUSH_VENV": str(tmp_path / "venv"),
    }
    shown = run_py("demo", **nowhere)
    assert shown.returncode == 2
    assert "PyTorch could not be installed: the package index cannot be reached" in shown.stderr
    assert "Traceback" not in shown.stderr
    assert (tmp_path / "venv" / "install.log").is_file()


CHILD = """
import os, pathlib, signal, sys, time
here = pathlib.Path(sys.argv[1])
def stop(*_):
    (here / "stopped").touch()
    sys.exit(3)
signal.signal(signal.SIGTERM, stop)
(here / "pid").write_text(str(os.getpid()))
time.sleep(60)
"""


def started(parent, tmp_path):
    """Wait for the child of a launcher that was started, and return its process id."""
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
        assert parent.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int((tmp_path / "pid").read_text())


def is_running(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.is_file() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def parent_of_a_child(tmp_path, work):
    code = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport run\n{work}"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), CHILD],
        env={**os.environ, "FLOWBRUSH_VENV": str(tmp_path / "venv")},
        stderr=subprocess.PIPE,
        text=True,
        # a shell lets programs that it starts in the background ignore Ctrl-C, and tests may be such a program
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


RUN = "sys.exit(run.run_to_end([sys.executable, '-c', sys.argv[2], sys.argv[1]]))"
LOCKED = f"""
with run.setup_lock():
    {RUN}
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_ctrl_c_that_reaches_only_the_launcher_ends_its_program_in_order(tmp_path):
    parent = parent_of_a_child(tmp_path, RUN)
    pid = started(parent, tmp_path)
    parent.send_signal(signal.SIGINT)
    parent.wait(timeout=60)
    assert not is_running(pid)
    assert (tmp_path / "stopped").is_file()  # it was asked, not killed


@pytest.mark.parametrize(("chosen", "seen"), [(None, "10000"), ("7", "7")])
def test_waiting_threads_give_the_processor_back_early(launcher, monkeypatch, chosen, seen):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    if chosen:
        monkeypatch.setenv("GOMP_SPINCOUNT", chosen)
    monkeypatch.setattr(launcher, "environment_python", lambda extra: Path(sys.executable))
    code = f"import os, sys; sys.exit(os.environ.get('GOMP_SPINCOUNT') != {seen!r})"
    monkeypatch.setattr(launcher, "program", lambda command, rest: ["-c", code])
    assert launcher.main(["demo"]) == 0


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_a_program_that_the_system_kills_is_reported(launcher, monkeypatch, capsys):
    monkeypatch.setattr(launcher, "environment_python", lambda extra: Path(sys.executable))
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(launcher, "program", lambda command, rest: ["-c", code])
    assert launcher.main(["demo"]) == 128 + signal.SIGKILL
    shown = capsys.readouterr().err
    assert shown.startswith("Error: the program was ended by signal 9 of the system") and "memory" in shown


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_program_ends_with_the_launcher(tmp_path, how):
    parent = parent_of_a_child(tmp_path, RUN)
    pid = started(parent, tmp_path)
    parent.send_signal(how)
    if how == signal.SIGINT:  # a terminal sends it to both
        os.kill(pid, how)
    parent.wait(timeout=60)
    deadline = time.monotonic() + 30
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (tmp_path / "stopped").is_file() == (how != signal.SIGINT)


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_a_setup_that_was_killed_excludes_others_until_its_programs_have_ended(tmp_path, launcher):
    parent = parent_of_a_child(tmp_path, LOCKED)
    pid = started(parent, tmp_path)
    os.kill(pid, signal.SIGSTOP)
    parent.kill()
    parent.wait(timeout=60)
    with (tmp_path / "venv" / "flowbrush.lock").open("a+") as handle:
        assert not launcher.try_lock(handle)
        os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + 30
        while not launcher.try_lock(handle):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert not is_running(pid)
