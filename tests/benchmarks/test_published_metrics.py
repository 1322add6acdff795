"""The commands of vbench and cd-fvd, with small packages of the same functions in their place."""

import json
import sys

import numpy as np
import pytest
import torch
from flowbrush.benchmarks import published_metrics
from flowbrush.hosts.headless.videos import write_video

VBENCH = """
import json, os
class VBench:
    def __init__(self, device, full_info_dir, output_path):
        self.out = output_path
    def evaluate(self, videos_path, name, prompt_list=[], dimension_list=None, local=False, read_frame=False,
                 mode="vbench_standard", **kwargs):
        assert local and mode == "custom_input"
        files = sorted(os.listdir(videos_path))
        found = {each: [len(files) / 8, files] for each in dimension_list}
        with open(os.path.join(self.out, name + "_eval_results.json"), "w") as file:
            json.dump(found, file)
"""
CDFVD = """
class cdfvd:
    def __init__(self, model="i3d", n_real="full", n_fake=2048, ckpt_path=None, seed=42, compute_feats=False, device="cuda"):
        print("Loading", model)
    def compute_fvd(self, real_videos, fake_videos):
        assert real_videos.dtype == fake_videos.dtype == "uint8" and real_videos.shape[1:] == (16, 224, 224, 3)
        return (real_videos.mean() - fake_videos.mean()) ** 2
"""


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """An environment in which both packages can be imported; returns its interpreter."""
    folder = tmp_path / "packages"
    for name, file, text in (("vbench", "__init__.py", VBENCH), ("cdfvd", "fvd.py", CDFVD)):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()
        (folder / name / file).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("VBENCH_CACHE_DIR", str(tmp_path / "weights"))
    return sys.executable


def folder_of_videos(folder, level):
    """Two grey videos of 17 frames."""
    folder.mkdir()
    for number in range(2):
        write_video(folder / f"{number}.mp4", torch.full((17, 64, 64, 3), level), 16)
    return folder


def test_vbench_measures_a_folder_and_the_row_is_its_mean(packages, tmp_path, capsys):
    videos = folder_of_videos(tmp_path / "videos", 0.5)
    command = [str(videos), "--vbench", packages, "--json", str(tmp_path / "rows.json")]
    assert published_metrics.main(command) == 0
    assert json.loads((tmp_path / "rows.json").read_text()) == [
        {"name": "temporal_flickering", "value": 0.25}
    ]
    assert "temporal_flickering" in capsys.readouterr().out


def test_nothing_is_downloaded(packages, tmp_path):
    videos = folder_of_videos(tmp_path / "videos", 0.5)
    with pytest.raises(SystemExit, match=r"needs .*amt-s.pth, which does not exist"):
        published_metrics.main([str(videos), "--vbench", packages, "--dimensions", "motion_smoothness"])
    command = [str(videos), "--fvd", packages, "--real", str(videos), "--weights", str(tmp_path / "none.pt")]
    with pytest.raises(SystemExit, match=r"none\.pt, which does not exist"):
        published_metrics.main(command)


def test_the_distance_of_two_folders_is_that_of_the_package(packages, tmp_path):
    made, real = (folder_of_videos(tmp_path / name, level) for name, level in (("made", 0.2), ("real", 0.6)))
    (tmp_path / "weights.pt").touch()
    row = published_metrics.frechet_row(packages, made, real, "i3d", tmp_path / "weights.pt", "cpu")
    means = [float(published_metrics.clips_of(folder).mean()) for folder in (made, real)]
    assert row["value"] == pytest.approx(np.diff(means)[0] ** 2)
    assert row["value"] > 5000


def test_an_environment_without_the_package_is_told_in_a_sentence(tmp_path):
    videos = folder_of_videos(tmp_path / "videos", 0.5)
    with pytest.raises(SystemExit, match="failed: ModuleNotFoundError"):
        published_metrics.main([str(videos), "--vbench", sys.executable])
    with pytest.raises(SystemExit, match="could not be run"):
        published_metrics.main([str(videos), "--vbench", str(tmp_path / "python")])
