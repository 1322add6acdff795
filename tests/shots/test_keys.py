import json
import shutil

from flowbrush.shots.motion_numbers import motion_numbers
from flowbrush.shots.planning import drawn_anew, planned, seeds_of
from flowbrush.shots.shot_list import Row

from .conftest import DOCUMENT


def shot(folder, known, **inputs):
    given = {"LoadImage.image": "stone.png"} | {
        name.replace("_", "."): value for name, value in inputs.items()
    }
    return planned([Row("Row 2", "a", folder / "warp.json", folder, given)], known, here=True)[0]


def test_the_same_shot_has_the_same_key_however_it_is_written(folder, known):
    usual = shot(folder, known).key
    shutil.copy(folder / "stone.png", folder / "other name.png")
    (folder / "motion.json").write_text(json.dumps(DOCUMENT, indent=8))
    assert shot(folder, known, LoadImage_image="other name.png").key == usual
    assert shot(folder, known, **{"2_document": "motion.json"}).key == usual
    assert (
        shot(folder, known, **{"2_length": "5"}).key == shot(folder, known, **{"2_length": 5.0}).key == usual
    )


def test_everything_that_decides_the_shot_changes_the_key(folder, known):
    turned = json.loads(json.dumps(DOCUMENT))
    turned["layers"][0]["motion"]["horizontal"] = 0.11
    snapped = json.loads(json.dumps(DOCUMENT))
    snapped["layers"][0]["region"]["snap"] = True
    shots = [
        shot(folder, known),
        shot(folder, known, LoadImage_image="sand.png"),
        shot(folder, known, **{"2_document": turned}),
        shot(folder, known, **{"2_document": snapped}),
        shot(folder, known, **{"2_length": 6}),
        shot(folder, known, **{"7_seed": 2}),
    ]
    shutil.copy(folder / "sand.png", folder / "stone.png")
    shots.append(shot(folder, known, **{"7_seed": 3}))
    shots.append(shot(folder, known, **{"7_seed": 3, "2_length": 6}))
    assert len({one.key for one in shots}) == len(shots)


def test_seeds_are_drawn_anew_and_are_the_same_in_every_run(folder, known):
    first = shot(folder, known)
    second, again = drawn_anew(first, known), drawn_anew(first, known)
    assert seeds_of(first, known) == {"FlowbrushLatentNoise.seed": 1}
    assert second.key == again.key != first.key
    assert (
        second.graph.prompt["7"]["inputs"]["seed"]
        == seeds_of(second, known)["FlowbrushLatentNoise.seed"]
        != 1
    )
    assert drawn_anew(second, known).key not in (first.key, second.key)
    assert first.graph.prompt["7"]["inputs"]["seed"] == 1


def test_the_numbers_of_a_report_are_read():
    report = (
        "error of the requested motion: median 0.42 px, mean 0.90 px\n"
        "big: stone: requested 4.0 px, measured 3.0 px in that direction (75 %)\n"
        "sky (frozen): moved 0.1 px\n"
        "sea: requested 2.0 px, measured -0.5 px in that direction (-25 %)\nleaf: could not be measured"
    )
    numbers = motion_numbers([report, report])
    assert numbers.layers == [("big: stone", 4.0, 3.0), ("sea", 2.0, -0.5)]
    assert (numbers.error, numbers.followed) == (0.42, 0.0)
    assert motion_numbers(["a: requested 1.0 px, measured 1.3 px in that direction (130 %)"]).followed == 70
    assert motion_numbers(["nothing of this kind"]).followed is None
