import json

import pytest
import torch
from flowbrush.conditioning.carriers import carriers_of_field, carriers_of_tracks
from flowbrush.conditioning.wan_move import latent_copy
from flowbrush.motion.field.field import field_from_flow

from .sliding import HEIGHT, WIDTH, box, painted, random_latents, sliding


def carriers(field, **more):
    return carriers_of_field(field, HEIGHT, WIDTH, **more)


def test_cells_are_carried_to_where_they_are_at_frame_4j():
    latents = random_latents()
    kept = latents.clone()
    out, first = latent_copy(latents, carriers(sliding(0.25))), latents[0, :, 0]
    # 16 columns over 9 frames: 4 columns at the end, 2 at pixel frame 4; the region is columns 2..5, rows 2..5.
    torch.testing.assert_close(out[0, :, 1, 2:6, 4:8], first[:, 2:6, 2:6])
    torch.testing.assert_close(out[0, :, 2, 2:6, 6:10], first[:, 2:6, 2:6])
    assert torch.equal(out[0, :, 2, 2:6, 2:6], latents[0, :, 2, 2:6, 2:6])
    assert torch.equal(out[0, :, :, :2], latents[0, :, :, :2]) and torch.equal(out[:, :, 0], latents[:, :, 0])
    assert torch.equal(latents, kept)


def test_strength_blends_the_copy():
    latents, points = random_latents(), carriers(sliding())
    full, half = latent_copy(latents, points), latent_copy(latents, points, 0.5)
    assert torch.allclose(half, (full + latents) / 2, atol=1e-6)
    assert torch.equal(latent_copy(latents, points, 0.0), latents)
    weak = latent_copy(latents, carriers(sliding(strength=0.5)))
    assert torch.equal(weak, half), "a layer's own strength means the same"


def test_a_frozen_region_keeps_its_cells():
    latents = random_latents()
    out = latent_copy(latents, carriers(painted({"region": box(0.0, 0.0, 0.25, 0.5), "freeze": True})))
    for j in (1, 2):
        torch.testing.assert_close(out[0, :, j, :4, :4], latents[0, :, 0, :4, :4])
        assert torch.equal(out[0, :, j, 4:], latents[0, :, j, 4:])


def test_the_layer_in_front_wins_where_cells_meet():
    moving = {"region": box(0.0, 0.0, 0.25, 1.0), "motion": {"horizontal": 0.5}}
    still = {"region": box(0.5, 0.0, 0.75, 1.0), "freeze": True}
    latents = random_latents()
    for front in (1, -1):
        field = painted({**moving, "order": front}, {**still, "order": 0})
        out = latent_copy(latents, carriers(field))
        want = latents[0, :, 0, :, :4] if front == 1 else latents[0, :, 0, :, 8:12]
        torch.testing.assert_close(out[0, :, 2, :, 8:12], want)


def track(*points, frames=9, visible=None):
    path = torch.stack([torch.tensor(p).expand(frames, 2) if isinstance(p, tuple) else p for p in points], 1)
    shown = torch.ones(frames, len(points), dtype=torch.bool) if visible is None else visible
    return {"track_path": path.float(), "track_visibility": shown}


def test_single_tracks_are_in_front_of_what_is_painted():
    latents = random_latents()
    start = torch.linspace(0, 1, 9)[:, None]
    path = torch.lerp(torch.tensor([4.0, 4.0]), torch.tensor([60.0, 28.0]), start)  # ends in row 3, column 7
    over, lost = carriers_of_tracks(track(path), HEIGHT, WIDTH)
    out = latent_copy(latents, carriers(sliding(0.25)).with_in_front(over))
    assert lost == 0
    torch.testing.assert_close(out[0, :, 2, 3, 7], latents[0, :, 0, 0, 0])
    torch.testing.assert_close(out[0, :, 2, 3, 8], latents[0, :, 0, 3, 4])


def test_tracks_without_a_place_in_the_first_frame_are_left_out():
    visible = torch.ones(9, 3, dtype=torch.bool)
    visible[0, 2] = False
    given = track((4.0, 4.0), (-4.0, 4.0), (20.0, 4.0), visible=visible)
    kept, lost = carriers_of_tracks(given, HEIGHT, WIDTH)
    assert (len(kept), lost) == (1, 2)


def test_hidden_and_departed_points_copy_nothing():
    visible = torch.ones(9, 2, dtype=torch.bool)
    visible[8, 0] = False
    leaving = torch.stack([torch.linspace(100, 140, 9), torch.full((9,), 36.0)], -1)
    kept, _ = carriers_of_tracks(track((20.0, 20.0), leaving, visible=visible), HEIGHT, WIDTH)
    latents = random_latents()
    out = latent_copy(latents, kept)
    changed = (out != latents).any(1)[0].nonzero().tolist()
    assert changed == [[1, 2, 2], [1, 4, 15]]


def test_a_hidden_point_may_be_nowhere():
    visible = torch.ones(9, 1, dtype=torch.bool)
    visible[3:6] = False
    path = torch.full((9, 2), 20.0)
    path[3:6] = torch.nan
    kept, _ = carriers_of_tracks(track(path, visible=visible), HEIGHT, WIDTH)
    out = latent_copy(random_latents(), kept)
    assert out.isfinite().all()
    torch.testing.assert_close(out[0, :, 2, 2, 2], random_latents()[0, :, 0, 2, 2])


def test_the_same_call_copies_the_same_cells():
    wild = torch.randn(8, HEIGHT, WIDTH, 2, generator=torch.Generator().manual_seed(1)) * 8
    points = carriers(field_from_flow(torch.cat([torch.zeros(1, HEIGHT, WIDTH, 2), wild])))
    results = []
    for seed in range(3):
        torch.manual_seed(seed)
        results.append(latent_copy(random_latents(), points))
    assert torch.equal(results[0], results[1]) and torch.equal(results[0], results[2])


def test_a_motion_of_another_length_is_refused():
    with pytest.raises(ValueError, match="13 frames, but 3 latent frames need 9"):
        latent_copy(random_latents(), carriers(sliding(frames=13)))
    with pytest.raises(ValueError, match="9 and of 13 frames"):
        carriers(sliding()).with_in_front(carriers(sliding(frames=13)))
    with pytest.raises(ValueError, match="one clip"):
        latent_copy(random_latents().repeat(2, 1, 1, 1, 1), carriers(sliding()))


def test_nothing_painted_is_refused():
    empty = json.dumps({"version": 2, "layers": []})
    from flowbrush.motion.field.field import field_from_document

    with pytest.raises(ValueError, match="paint"):
        carriers(field_from_document(empty, 9))
