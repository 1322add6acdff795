import pytest
import torch
from flowbrush.synthetic.scene import COLOURS, SHAPES, Clips, Odds, render, render_clips, texture_pool
from flowbrush.synthetic.sheet import warp_back, warp_back_psnr

PLAIN = Odds.plain()


@pytest.fixture(scope="module")
def pool() -> torch.Tensor:
    return texture_pool(16, 128, torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def plain(pool) -> Clips:
    return render(pool, range(12), 9, 96, 128, odds=PLAIN)


@pytest.fixture(scope="module")
def full(pool) -> Clips:
    return render(pool, range(12), 9, 96, 128)


def only(**odds: float) -> Odds:
    """Clips that are still and plain but for what is named."""
    return Odds(**(dict.fromkeys(vars(PLAIN), 0.0) | odds))


def test_the_flow_brings_every_visible_point_back(plain):
    """Edges, where a pixel is of two layers, are all that is not exact."""
    assert float(warp_back_psnr(plain, plain.visibility).mean()) > 34
    alone = warp_back_psnr(plain, plain.pure)
    assert float(alone.min()) > 36 and float(alone.mean()) > 41
    assert float((plain.visibility & ~plain.pure).float().mean()) < 0.08


def test_flow_is_as_exact_where_layers_bend_and_the_camera_shakes(pool):
    moved = only(bend=1.0, camera=1.0, shake=1.0)
    clips = render(pool, range(6), 5, 96, 96, pace=2.0, odds=moved)
    assert float(clips.displacement[:, -1].norm(dim=-1).mean()) > 2
    assert float(warp_back_psnr(clips, clips.pure).min()) > 36
    assert (
        float(warp_back_psnr(clips, clips.visibility).mean()) > 32
    )  # short: edges are a large part of what moves


def test_what_changes_the_look_changes_no_motion(plain, full):
    assert torch.equal(plain.displacement, full.displacement)
    assert torch.equal(plain.visibility, full.visibility) and torch.equal(plain.layer, full.layer)
    assert float((plain.video - full.video).abs().mean()) > 0.003


def test_hidden_points_are_marked(plain):
    error = (warp_back(plain) - plain.video[:, :, :1]).abs().mean(1)
    assert 0.01 < float((~plain.visibility).float().mean()) < 0.5
    assert float(error[~plain.visibility].mean()) > 5 * float(error[plain.visibility].mean())
    assert not bool((plain.pure & ~plain.visibility).any())


def test_motion_starts_at_zero_and_grows(full):
    speed = full.displacement.norm(dim=-1).mean((0, 2, 3))
    assert float(speed[0]) < 1e-3
    assert float(speed[-1]) > float(speed[4]) > 0.1


def test_a_clip_is_a_function_of_its_seed(pool, full):
    alone = render(pool, [7], 9, 96, 128)
    for name in ("video", "displacement", "visibility", "layer", "alpha", "pure"):
        a, b = getattr(alone, name)[0], getattr(full, name)[7]
        assert torch.equal(a, b), name
    assert alone.captions == full.captions[7:8]
    a, b = (render_clips(pool, 2, 5, 32, 32, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(a.video, b.video) and a.captions == b.captions
    assert float((full.video[6] - full.video[7]).abs().mean()) > 0.03


def test_chunks_of_a_batch_do_not_change_it(pool, full, monkeypatch):
    from flowbrush.synthetic import scene

    monkeypatch.setitem(scene._AT_ONCE, "cpu", 2**30)
    whole = render(pool, range(12), 9, 96, 128)
    assert float((whole.video - full.video).abs().max()) < 1e-3
    assert float((whole.displacement - full.displacement).abs().max()) < 1e-3
    assert whole.captions == full.captions


def test_times_may_be_in_any_order_and_the_first_is_the_reference(pool):
    odds = only(camera=1.0, bend=1.0)
    times = torch.tensor([0.5, 0.0, 1.0])
    mixed = render(pool, range(3), 3, 64, 64, times=times, odds=odds)
    sorted_ = render(pool, range(3), 3, 64, 64, times=times.sort().values, odds=odds)
    assert torch.equal(mixed.video[:, :, [1, 0, 2]], sorted_.video)
    assert float(mixed.displacement[:, 0].abs().max()) < 1e-3
    assert float(warp_back_psnr(mixed, mixed.pure).min()) > 34
    with pytest.raises(ValueError, match="3 frames need as many times, got"):
        render(pool, [0], 3, 64, 64, times=torch.zeros(2))


def test_a_still_is_a_clip_of_one_frame(pool):
    still = render(pool, [1, 2], 1, 32, 48)
    assert still.video.shape == (2, 3, 1, 32, 48)
    assert bool(still.visibility.all()) and float(still.displacement.abs().max()) < 1e-4


@pytest.mark.parametrize("shape", [(5, 96, 40), (3, 40, 96), (21, 32, 32)])
def test_portrait_wide_and_long_clips_are_as_exact(pool, shape):
    clips = render(pool, range(3), *shape, odds=PLAIN)
    assert clips.video.shape == (3, 3, *shape)
    assert float(warp_back_psnr(clips, clips.pure).mean()) > 36


def test_shadows_only_darken_and_move_with_what_casts_them(pool):
    bare, shaded = (render(pool, range(4), 3, 64, 64, odds=only(shadow=share)) for share in (0.0, 1.0))
    difference = bare.video - shaded.video
    assert float(difference.min()) > -1e-5
    per_clip = difference.amax((1, 2, 3, 4))
    assert float(per_clip.min()) > 0.03
    assert 0.005 < float((difference.amax(1) > 0.02).float().mean()) < 0.5


def test_changing_light_scales_colours(pool):
    still, lit = (render(pool, range(24), 3, 48, 48, odds=only(light=share)) for share in (0.0, 1.0))
    inner = (still.video > 0.1) & (lit.video < 0.98)
    ratio = torch.where(inner, lit.video / still.video.clamp_min(1e-3), 1.0)
    changed = [clip for clip in range(24) if float((ratio[clip] - 1).abs().max()) > 0.02]
    assert len(changed) > 18
    said = [clip for clip, text in enumerate(lit.captions) if "the light" in text]
    assert len(said) >= 3
    for clip in said:
        grew = float(ratio[clip, :, -1][inner[clip, :, -1]].mean()) > float(
            ratio[clip, :, 0][inner[clip, :, 0]].mean()
        )
        assert grew == ("the light grows" in lit.captions[clip])


def test_blur_is_where_things_move(pool):
    sharp, blurred = (
        render(pool, range(6), 5, 64, 64, pace=4.0, odds=only(blur=share)) for share in (0.0, 1.0)
    )
    change = (sharp.video - blurred.video).abs().mean(1)[:, 0]
    moves = sharp.displacement[:, 1].norm(dim=-1) > 1.5
    rests = torch.nn.functional.max_pool2d(moves[:, None].float(), 15, 1, 7)[:, 0] == 0
    assert float(change[moves].mean()) > 0.01
    assert float(change[rests].mean()) < 0.1 * float(change[moves].mean())


def test_clear_and_soft_sprites_share_their_pixels(pool, plain):
    clear, soft = (render(pool, range(12), 3, 96, 128, odds=only(**{n: 1.0})) for n in ("clear", "soft"))
    front = clear.layer > 0
    assert not bool((clear.pure & front[:, None]).any())
    assert bool((clear.alpha[:, 1:].amax(1)[front] < 0.9).all())
    between = [float(((c.alpha > 0.02) & (c.alpha < 0.98)).float().mean()) for c in (plain, soft)]
    assert between[1] > 2 * between[0]


def test_captions_say_what_is_there_and_where_it_goes(pool):
    told = 0
    for clip in range(24):
        clips = render(pool, [100 + clip], 17, 48, 48, sprites=1, odds=only())
        words = clips.captions[0].replace(",", "").split()
        assert words[0] in ("a", "an") and words[1] in COLOURS and words[2] in SHAPES
        assert clips.captions[0].endswith("the camera is still")
        inside = clips.layer[0] == 1
        if "moves" not in words or int(inside.sum()) < 20:
            continue
        x, y = clips.displacement[0, -1][inside].mean(0).tolist()
        main = ("right" if x > 0 else "left") if abs(x) > abs(y) else ("down" if y > 0 else "up")
        # Near the diagonal a turning, growing thing's middle may lean to the other side.
        if max(abs(x), abs(y)) > 1.5 * min(abs(x), abs(y)):
            assert words[words.index("moves") + 1] == main
            told += 1
    assert told >= 6


def test_colours_are_those_of_the_caption(pool):
    """The middle of a sprite is nearer to the colour of its name than to most others."""
    table = torch.tensor(list(COLOURS.values()))
    ranks = []
    for seed in range(40):
        clip = render(pool, [seed], 1, 64, 64, sprites=1, odds=only())
        seen = clip.video[0, :, 0][:, clip.alpha[0, 1] > 0.99].mean(1)
        named = list(COLOURS).index(clip.captions[0].split()[1])
        ranks.append(int((table - seen).norm(dim=1).argsort().tolist().index(named)))
    assert sum(rank == 0 for rank in ranks) >= 28
    assert max(ranks) < 5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_makes_the_same_clips(full):
    pool = texture_pool(16, 128, torch.Generator().manual_seed(1)).cuda()
    there = render(pool, range(12), 9, 96, 128)
    assert there.video.device.type == "cuda" and there.captions == full.captions
    assert float((there.displacement.cpu() - full.displacement).abs().max()) < 0.01
    assert float((there.video.cpu() - full.video).abs().mean()) < 0.002


def test_no_number_is_left_on_another_device():
    """Tensors of the device "meta" have shapes only, and do not mix with those of the CPU: as on a GPU."""
    odds = Odds(**dict.fromkeys(vars(PLAIN), 0.7))
    clips = render(torch.empty(6, 3, 64, 64, device="meta"), range(40), 5, 48, 64, odds=odds)
    assert clips.video.device.type == "meta" and clips.video.shape == (40, 3, 5, 48, 64)
    assert clips.pure.shape == (40, 5, 48, 64) and len(clips.captions) == 40


def test_what_hides_a_point_is_in_front_of_it_and_the_way_back_is_the_way_there(pool):
    """Seen from the last frame: the layer at a point's place there is its own, or one in front of it where it is
    hidden, and the flow back ends where the point began."""
    there = render(pool, range(10), 2, 96, 96, pace=9.0, times=torch.tensor([0.0, 1.0]), odds=PLAIN)
    back = render(pool, range(10), 2, 96, 96, pace=9.0, times=torch.tensor([1.0, 0.0]), odds=PLAIN)
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    target = (torch.stack((x, y), -1) + there.displacement[:, 1]).round().long()
    inside = ((target >= 0) & (target < 96)).all(-1)
    target = target.clamp(0, 95)
    clip = torch.arange(10)[:, None, None]
    layer = back.layer[clip, target[..., 1], target[..., 0]]
    visible, pure = there.visibility[:, 1], there.pure[:, 1] & inside
    hidden = ~visible & inside
    assert int(hidden.sum()) > 1000 and float((there.layer[pure] > 0).float().mean()) > 0.05
    # A rounded place may lie on the other side of an edge.
    assert float((layer == there.layer)[pure].float().mean()) > 0.999
    assert float((layer > there.layer)[hidden].float().mean()) > 0.95
    flow_back = back.displacement[:, 1][clip, target[..., 1], target[..., 0]]
    round_trip = (there.displacement[:, 1] + flow_back).norm(dim=-1)[pure & (layer == there.layer)]
    # Half a pixel of rounding, in a field that stretches by at most a half.
    assert float(round_trip.quantile(0.99)) < 0.5
