"""What all tests share: the headless host, the real ComfyUI, and how tests are shared out over processes.

Tests run in the headless host, whose `comfy_api` stands in for ComfyUI's. Those that use the fixture `comfyui` also
reach a real ComfyUI (see `shared_run.py`).
"""

import contextlib
import os
from pathlib import Path

import pytest
import torch
from flowbrush.hosts import headless, host, use
from hypothesis import HealthCheck, settings

from . import shared_run

# Hypothesis, for tests/properties: seeded and about a minute, or an hour with `--hypothesis-profile=long`.
_CHECKS = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile(
    "short", max_examples=300, deadline=None, derandomize=True, suppress_health_check=_CHECKS, database=None
)
settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=_CHECKS)
settings.load_profile("short")

headless.install()
use("headless")
# The tensors of these tests are small: a second thread costs more than it brings, a lot more on a busy machine.
# The variable is for the processes that tests start, ComfyUI among them.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def same_host():
    """Restore the host, so that a test that uses another one, or cancels its run, does not change the next test."""
    usual = host()
    yield
    usual.cancelled.clear()
    use(usual)


@pytest.fixture
def usual_umask():
    """Set the umask 022, under which a new file has the mode 0644."""
    before = os.umask(0o022)
    yield
    os.umask(before)


# A real ComfyUI


@pytest.fixture(scope="session")
def comfyui_path():
    """A ComfyUI checkout: $COMFYUI_PATH, or where comfy-cli installs it; the test is skipped if neither exists."""
    path = Path(os.environ.get("COMFYUI_PATH") or Path.home() / "comfy" / "ComfyUI")
    if not (path / "comfy" / "ldm").is_dir():
        pytest.skip(f"no ComfyUI in {path}: set COMFYUI_PATH, or install one with `comfy install`")
    return path


@pytest.fixture(scope="session")
def comfyui_python(comfyui_path):
    """ComfyUI's interpreter: $COMFYUI_PYTHON, or that of the environment beside it; the test is skipped if neither exists."""
    beside = comfyui_path.parent / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python = Path(os.environ.get("COMFYUI_PYTHON") or beside)
    if not python.is_file():
        pytest.skip(f"no interpreter for ComfyUI in {python}: set COMFYUI_PYTHON")
    return python


@pytest.fixture(scope="session")
def comfyui(comfyui_path):
    """A connection to this run's ComfyUI, which has the pack, the probe nodes and the small checkpoints.

    The first test that needs it starts it. A test holds its lock while it runs, so no other test of this
    run starts a second one, queues a graph in between or is stopped by its interrupt.
    """
    return connection(comfyui_path, shared_run.COMFYUI)


def connection(comfyui_path, name):
    """A connection to one of this run's ComfyUIs, which is started if it does not run yet; both have the same models."""
    from .comfyui.checkpoints import small_models
    from .comfyui.server import Connection, Server

    folder, running = shared_run.comfyui_folder(name), shared_run.server(name)
    if running is None:
        models = small_models()
        if not (folder / "models").exists():
            folder.mkdir(exist_ok=True)
            (folder / "models").symlink_to(models, target_is_directory=True)
        try:
            started = Server(comfyui_path, folder)
        except RuntimeError as error:
            shared_run.note_failure(str(error), name)
            raise
        shared_run.note_server(started.port, started.process.pid, name)
        # Without the first, ComfyUI covers its canvas with a dialog.
        started.post(
            "/settings", {"Comfy.TutorialCompleted": True, "Comfy.Workflow.WarnBlueprintOverwrite": False}
        )
        running = shared_run.server(name)
    return Connection(running["port"], folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """One test at a time uses a ComfyUI, with all of its fixtures."""
    name = server_name(item)
    with shared_run.lock(name) if name else contextlib.nullcontext():
        item.comfyui_log_size = shared_run.log_size(name or shared_run.COMFYUI)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """The report of a failed test shows what ComfyUI wrote to its log during that test."""
    report = yield
    name = server_name(item)
    if report.failed and name:
        report.sections.append(("Log of ComfyUI", shared_run.log_since(item.comfyui_log_size, name)))
    # A report with half of a surrogate pair, which some tests make on purpose, cannot be sent to another process.
    report.sections = [(printable(title), printable(text)) for title, text in report.sections]
    if report.failed and printable(str(report.longrepr)) != str(report.longrepr):
        report.longrepr = printable(str(report.longrepr))
    return report


def server_name(item):
    """Which of this run's ComfyUIs a test uses, or None if it uses none."""
    if not uses(item, "comfyui"):
        return None
    return shared_run.canvas() if "browser" in item.path.parts else shared_run.COMFYUI


def group_name(item):
    """The tests with which a test shares a process, or None if those are the tests of its file.

    The tests with ComfyUI's page are two groups, one for each render mode; those without a mode go with the first.
    """
    if not uses(item, "comfyui"):
        return None
    mode = getattr(item, "callspec", None) and item.callspec.params.get("mode_page")
    return f"canvas in {mode or 'classic'}" if "browser" in item.path.parts else shared_run.COMFYUI


def printable(text):
    """The text with characters that UTF-8 cannot hold written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


# Order and processes


def uses(item, fixture):
    """Whether a test uses a fixture, itself or by way of another one."""
    return fixture in getattr(item, "fixturenames", ())


def turn(item):
    """The place of a test in the order: long groups and files come first, so that no process ends with one of them.

    The tests of the folder `browser` come last: Playwright's event loop runs in its thread until the process ends,
    and Python refuses to start a second one there. Those that use ComfyUI are two groups, which come before the
    files of the others.
    """
    if "browser" in item.path.parts:
        return 3 if uses(item, "comfyui") else 4
    if uses(item, "comfyui"):
        return 0
    return 1 if item.get_closest_marker("comfyui") or item.get_closest_marker("slow") else 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what the tests need, order them, and note which of them stay in one process."""
    for item in items:
        if uses(item, "comfyui_path"):
            item.add_marker("comfyui")
        if uses(item, "browser"):
            item.add_marker("browser")
    items.sort(key=turn)
    shared_run.note_groups({item.nodeid: group_name(item) for item in items if group_name(item)})


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share the tests out by file, apart from the groups, in the given order.

    The groups are not xdist's own: these add to the ids of tests, which pytest 9.2 does not take over.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFileOrGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return shared_run.groups().get(nodeid) or nodeid.split("::")[0]

    return ByFileOrGroup(config, log)


def pytest_configure(config):
    """Make the folder that all processes of this run share."""
    if not is_worker(config):
        shared_run.start()


def pytest_sessionfinish(session, exitstatus):
    """End this run's ComfyUI, after all processes have finished their tests; a failed run keeps its log."""
    if not is_worker(session.config):
        session.config.comfyui_logs = shared_run.end(keep_log=exitstatus not in (0, 5))


def pytest_terminal_summary(terminalreporter, config):
    """Say where the logs of ComfyUI are."""
    for log in getattr(config, "comfyui_logs", ()):
        terminalreporter.write_line(f"A log of ComfyUI is {log}")


def is_worker(config):
    """Whether this process runs tests for another one."""
    return hasattr(config, "workerinput")
