import pytest
import torch
from flowbrush.synthetic.scene import Clips
from flowbrush.synthetic.sheet import clip_row, main, shape_of, text_band, warp_back_psnr
from PIL import Image


def test_the_command_draws_clips_and_prints_speed_and_exactness(tmp_path, capsys):
    arguments = ["--out", str(tmp_path / "new" / "sheet.png"), "--clips", "3", "--size", "5x48x64"]
    main([*arguments, "--pool", "6", "--columns", "2", "--device", "cpu", "--seed", "4"])
    printed = capsys.readouterr().out
    assert "clips/s of 5x48x64 (cpu" in printed and "still pictures/s of 64x64" in printed
    assert "warp-back PSNR where visible: mean" in printed
    with Image.open(tmp_path / "new" / "sheet.png") as sheet:
        # Six cells a clip, two clips a line, two lines of frames and captions.
        assert sheet.width > 2 * 6 * 64 and sheet.height > 2 * (48 + 20)
        assert len(sheet.convert("RGB").getcolors(2**20)) > 1000


def test_the_command_draws_textures(tmp_path):
    main(["--textures", "--out", str(tmp_path / "t.png"), "--size", "1x48x48", "--device", "cpu"])
    with Image.open(tmp_path / "t.png") as sheet:
        assert sheet.width > 6 * 64 and sheet.height > 6 * 64
    with pytest.raises(SystemExit):
        main(["--textures", "--device", "cpu"])


def shifted(right: float) -> Clips:
    """A picture that moves 2 px to the right, with a flow of `right` px."""
    picture = torch.rand(1, 3, 1, 16, 24, generator=torch.Generator().manual_seed(0))
    video = torch.cat((picture, picture.roll(2, -1)), 2)
    displacement = torch.zeros(1, 2, 16, 24, 2)
    displacement[:, 1, ..., 0] = right
    seen = torch.ones(1, 2, 16, 24, dtype=torch.bool)
    seen[:, 1, :, -2:] = False
    return Clips(
        video, displacement, seen, torch.zeros(1, 16, 24), torch.ones(1, 1, 16, 24), ["a test"], seen
    )


def test_the_warp_back_psnr_distinguishes_right_and_wrong_flow():
    right, wrong = shifted(2.0), shifted(1.0)
    assert float(warp_back_psnr(right, right.visibility)) > 60
    assert float(warp_back_psnr(wrong, wrong.visibility)) < 15


def test_a_row_shows_hidden_places_black():
    row = clip_row(shifted(2.0), 0)
    last = row[2:18, -26:-2]
    assert float(last[:, :20].min()) == 1.0 and float(last[:, -2:].max()) < 0.1


def test_long_captions_are_made_smaller():
    band = text_band("a long caption that does not fit " * 3, 400)
    assert band.shape == (20, 400, 3) and float(band[:, -3:].max()) < 0.2
    assert float(band.max()) > 0.5


def test_a_wrong_size_is_refused():
    assert shape_of("17x128x96") == (17, 128, 96)
    import argparse

    with pytest.raises(argparse.ArgumentTypeError, match="not frames x height x width"):
        shape_of("17x128")
