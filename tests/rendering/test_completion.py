import cv2
import numpy as np
import pytest
import torch
from flowbrush.rendering import completion
from flowbrush.rendering.completion import complete_picture, fill_smoothly, has_patchmatch, restored_contrast

needs_patches = pytest.mark.skipif(not has_patchmatch(), reason="pypatchmatch is not installed")


def bricks(size=96, step=12):
    """A wall of bricks [H,W,3] with dark joints: a texture whose holes have one right answer."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    row = y // step
    joint = (y % step < 2) | ((x + row % 2 * step // 2) % step < 2)
    wall = torch.tensor([0.7, 0.35, 0.25]).expand(size, size, 3).clone()
    wall[joint] = 0.1
    return wall


def middle(size=96, part=0.25):
    hole = torch.zeros(size, size, dtype=torch.bool)
    low, high = round(size * (0.5 - part / 2)), round(size * (0.5 + part / 2))
    hole[low:high, low:high] = True
    return hole


@needs_patches
def test_a_hole_in_a_texture_is_filled_with_the_texture():
    picture, hole = bricks(), middle()
    damaged = torch.where(hole[..., None], 1.0, picture)
    found = complete_picture(damaged, hole)
    smooth = fill_smoothly(damaged, hole, torch.zeros_like(hole))
    assert found.by_patches
    assert torch.equal(found.picture[~hole], picture[~hole])
    wrong, blurred = ((each - picture)[hole].square().mean() for each in (found.picture, smooth))
    assert wrong < 0.5 * blurred


@needs_patches
def test_the_same_hole_is_filled_with_the_same_bytes():
    picture, hole = torch.rand(64, 80, 3, generator=torch.Generator().manual_seed(1)), middle(80)[:64]
    first = complete_picture(picture, hole, seed=3).picture
    completion._recent._kept.clear()
    assert torch.equal(complete_picture(picture, hole, seed=3).picture, first)


@needs_patches
def test_no_patch_is_copied_from_pixels_to_avoid():
    picture, hole = torch.full((64, 64, 3), 0.5), middle(64)
    picture += 0.1 * torch.rand(64, 64, 3, generator=torch.Generator().manual_seed(2))
    avoid = torch.zeros_like(hole)
    avoid[20:44, 44:60] = True  # a red thing that touches the hole
    picture[avoid] = torch.tensor([1.0, 0.0, 0.0])
    filled = complete_picture(picture, hole, avoid).picture[hole]
    assert filled[:, 0].max() < 0.61 and filled[:, 1].min() > 0.49


def shore(seed, size=128):
    """A sky over a lake with a far shore, and a tree that rises in front of the lake into the sky [H,W,3]."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    picture = np.where((y < 64)[..., None], SKY, (0.78, 0.86, 0.84))
    picture[64:67] = 0.6
    leaves = y > np.maximum(100 - (x - 30) * 1.4, 44) + 4 * np.sin(x / 3)
    picture[leaves] = (0.2, 0.3, 0.15) + 0.25 * np.random.default_rng(seed).random((int(leaves.sum()), 1))
    return torch.from_numpy(picture.astype(np.float32))


SKY = (0.9, 0.93, 0.97)


@needs_patches
@pytest.mark.parametrize("seed", [0, 1])
def test_a_lake_seen_beside_a_tree_does_not_rise_into_the_sky_with_the_tree(seed):
    """Without nearness, the top of the tree is copied from lower down, with the shore beside it."""
    hole = torch.zeros(128, 128, dtype=torch.bool)
    hole[:, 96:] = True
    damaged = torch.where(hole[..., None], torch.tensor([1.0, 0.0, 1.0]), shore(seed))
    strange = []
    for nearness in ((0.0, 0.0), (1.0, 0.2)):
        sky = complete_picture(damaged, hole, seed=seed, nearness=nearness).picture[:36, 96:]
        strange.append(float(((sky - torch.tensor(SKY)).abs().amax(-1) > 0.05).float().mean()))
    assert strange[0] > 0.005
    assert strange[1] == 0


@needs_patches
def test_a_large_picture_keeps_its_detail_in_the_hole(monkeypatch):
    """Completed at a third of its size, and yet as rough as its surroundings."""
    noise = torch.rand(192, 192, 3, generator=torch.Generator().manual_seed(4))
    hole = middle(192)
    monkeypatch.setattr(completion, "AREA", 64 * 64)
    filled = complete_picture(noise, hole).picture

    def roughness(part):
        return part.diff(dim=1).square().mean()

    inside, outside = filled[80:112, 80:112], noise[:32, :32]
    assert 0.5 * roughness(outside) < roughness(inside) < 1.5 * roughness(outside)


def test_a_hole_without_source_pixels_is_filled_smoothly():
    picture = torch.full((16, 16, 3), 0.25)
    hole = torch.ones(16, 16, dtype=torch.bool)
    hole[0] = False
    found = complete_picture(picture, hole)
    assert not found.by_patches
    assert torch.allclose(found.picture, picture, atol=1e-5)


def test_without_the_package_a_hole_is_filled_smoothly(monkeypatch):
    monkeypatch.setattr(completion, "has_patchmatch", lambda: False)
    picture, hole = torch.rand(64, 64, 3, generator=torch.Generator().manual_seed(9)), middle(64)
    found = complete_picture(picture, hole)
    assert not found.by_patches
    assert torch.equal(found.picture, fill_smoothly(picture, hole, torch.zeros_like(hole)))


def test_a_cancelled_completion_raises():
    class Stopped(Exception):
        pass

    def stop():
        raise Stopped

    picture = torch.rand(64, 64, 3, generator=torch.Generator().manual_seed(11))
    if not has_patchmatch():
        pytest.skip("pypatchmatch is not installed")
    with pytest.raises(Stopped):
        complete_picture(picture, middle(64), check_cancel=stop)


def test_a_completion_that_waits_for_another_one_can_be_cancelled():
    if not has_patchmatch():
        pytest.skip("pypatchmatch is not installed")
    picture, looks = torch.rand(64, 64, 3, generator=torch.Generator().manual_seed(5)), []

    def stop():
        looks.append(completion._lock.locked())
        if len(looks) == 4:
            raise KeyboardInterrupt

    with completion._lock, pytest.raises(KeyboardInterrupt):
        complete_picture(picture, middle(64), check_cancel=stop)
    assert all(looks)


def test_detail_of_a_large_picture_is_restored_between_looks_at_the_cancel():
    if not has_patchmatch():
        pytest.skip("pypatchmatch is not installed")
    calls = []
    picture = torch.rand(700, 900, 3, generator=torch.Generator().manual_seed(2))
    hole = torch.zeros(700, 900, dtype=torch.bool)
    hole[300:360, 400:480] = True
    complete_picture(picture, hole, check_cancel=lambda: calls.append(1))
    assert len(calls) > 5 + 16  # the stages, and the sweeps that make the offsets agree


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"they must be \[H,W,3\] and \[H,W\]"):
        complete_picture(torch.zeros(8, 8, 3), torch.zeros(8, 9, dtype=torch.bool))
    with pytest.raises(ValueError, match="`avoid` has shape"):
        complete_picture(
            torch.zeros(8, 8, 3), torch.zeros(8, 8, dtype=torch.bool), torch.zeros(4, 4, dtype=torch.bool)
        )


def test_a_blurred_fill_gets_the_contrast_of_its_surroundings_and_a_crisp_one_stays():
    noise = np.random.default_rng(5).random((64, 64, 3), dtype=np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), 0.8)
    hole = np.zeros((64, 64), bool)
    hole[20:44, 20:44] = True
    faded = np.where(hole[..., None], texture.mean() + 0.7 * (texture - texture.mean()), texture)
    restored = restored_contrast(faded, hole, np.zeros_like(hole))

    def energy(picture):
        return (
            np.square(np.diff(picture[22:42, 22:42], axis=1)).mean()
            / np.square(np.diff(texture, axis=1)).mean()
        )

    assert energy(faded) < 0.55 and 0.85 < energy(restored) < 1.2
    assert np.array_equal(restored[~hole], faded[~hole])
    crisp = restored_contrast(texture, hole, np.zeros_like(hole))
    assert np.abs(crisp - texture).max() < 0.1 and np.abs(crisp - texture).mean() < 0.01
