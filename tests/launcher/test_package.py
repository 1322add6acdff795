import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked():
    """Paths of the files that git tracks, or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("the pack is not a git checkout")
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_every_package_is_installed():
    folders = {path.parent for path in tracked() if path.name == "__init__.py" and path.parts[0] != "tests"}
    expected = {".".join(("flowbrush", *folder.parts)) for folder in folders}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == expected


def test_requirements_equal_those_of_the_project():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == PROJECT["project"]["dependencies"]


def test_the_requirements_leave_comfyuis_torch_alone():
    assert not any(entry.startswith("torch") for entry in PROJECT["project"]["dependencies"])


def test_comfy_node_validate_passes():
    shown = subprocess.run(
        [sys.executable, "-m", "comfy_cli", "--skip-prompt", "node", "validate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "All validation checks passed" in shown.stdout + shown.stderr


def test_the_pack_imports_lazily_under_any_folder_name():
    """ComfyUI imports a pack by its path, under a name that it makes up."""
    code = (
        "import importlib.util, sys, pathlib\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "spec = importlib.util.spec_from_file_location('custom_nodes/my pack-2', root / '__init__.py',"
        " submodule_search_locations=[str(root)])\n"
        "pack = importlib.util.module_from_spec(spec)\n"
        "sys.modules['custom_nodes/my pack-2'] = pack\n"
        "spec.loader.exec_module(pack)\n"
        "print(pack.WEB_DIRECTORY, callable(pack.comfy_entrypoint), 'torch' in sys.modules)\n"
    )
    shown = subprocess.run([sys.executable, "-I", "-c", code, str(ROOT)], capture_output=True, text=True)
    assert shown.stdout.split() == ["./js", "True", "False"], shown.stderr


def test_text_files_contain_no_absolute_paths():
    own = {Path("tests/launcher/test_package.py")}
    suspects = ("/home/", "/work/", "/root/", "C:\\Users")
    texts = [
        path
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".json", ".js", ".mjs", ".txt", ".sh"}
    ]
    for path in set(texts) - own:
        content = (ROOT / path).read_text(encoding="utf-8")
        assert not [word for word in suspects if word in content], path


def test_the_javascript_check_is_the_same_before_a_commit_and_in_ci():
    command = "npx --yes @biomejs/biome@"
    found = {
        line.strip().removeprefix("entry: ")
        for file in (".ci/run", ".pre-commit-config.yaml")
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
        if command in line
    }
    assert len(found) == 1, found


def test_what_goes_to_the_registry_runs_and_holds_no_tests(tmp_path, monkeypatch):
    zip_files = pytest.importorskip("comfy_cli.file_utils", reason="comfy-cli makes the archive").zip_files
    tracked()  # skips where git does not list the files
    monkeypatch.chdir(ROOT)
    archive = tmp_path / "node.zip"
    zip_files(str(archive), includes=PROJECT["tool"]["comfy"]["includes"])
    with zipfile.ZipFile(archive) as file:
        names = set(file.namelist())
        file.extractall(tmp_path / "pack")
    assert not {name for name in names if Path(name).parts[0] in {"tests", ".ci", ".github"}}
    parts = {Path(name).parts[0] for name in names}
    assert {
        "__init__.py",
        "js",
        "nodes",
        "workflows",
        "models",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
    } <= parts
    code = "from flowbrush.hosts.headless import install; install(); from flowbrush.nodes import node_classes; print(len(node_classes()))"
    (tmp_path / "pack").rename(tmp_path / "flowbrush")
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert int(shown.stdout) >= 35, shown.stderr


def test_the_icon_and_the_banner_have_the_registrys_proportions_and_are_small():
    from PIL import Image

    icon, banner = ROOT / "docs" / "icon.png", ROOT / "docs" / "banner.jpg"
    assert Image.open(icon).size == (400, 400) and icon.stat().st_size < 60_000
    width, height = Image.open(banner).size
    assert width * 9 == height * 21 and banner.stat().st_size < 250_000


def test_a_missing_package_is_named_in_words_for_an_artist():
    code = (
        "import asyncio, sys\n"
        "from flowbrush.hosts import headless\n"
        "headless.install()\n"
        "for name in [name for name in sys.modules if name.partition('.')[0] == 'einops']: del sys.modules[name]\n"
        "sys.modules['einops'] = None\n"
        "import flowbrush\n"
        "asyncio.run(flowbrush.comfy_entrypoint())\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = shown.stderr.strip().splitlines()[-1]
    assert "Flowbrush did not start: the package 'einops' is missing. Install what requirements.txt" in last
