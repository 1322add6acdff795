import pytest
from flowbrush.motion.document.document import Keyframe
from flowbrush.motion.proposal.prompt_words import read_prompt


def moves(prompt):
    """The members of the camera that a prompt changes, with their signs."""
    camera = read_prompt(prompt).camera
    assert camera is not None
    names = ("pan", "tilt", "truck", "pedestal", "dolly", "roll")
    found = {name: (getattr(camera, name) > 0) - (getattr(camera, name) < 0) for name in names}
    found["zoom"] = (camera.zoom > 1) - (camera.zoom < 1)
    return {name: sign for name, sign in found.items() if sign}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a lake, the camera pans left", {"pan": -1}),
        ("The camera pans to the right, slowly", {"pan": 1}),
        ("the camera looks up at the tower", {"tilt": 1}),
        ("camera tilts down", {"tilt": -1}),
        ("a street, the camera zooms in", {"zoom": 1}),
        ("zooming out", {"zoom": -1}),
        ("slow zoom in", {"zoom": 1}),
        ("the camera pushes in slowly", {"dolly": 1}),
        ("the camera pulls back", {"dolly": -1}),
        ("the camera dollies out", {"dolly": -1}),
        ("the camera moves forward through a forest", {"dolly": 1}),
        ("the camera moves left", {"truck": -1}),
        ("the camera tracks right", {"truck": 1}),
        ("the camera moves up", {"pedestal": 1}),
        ("the camera rises over the hills", {"pedestal": 1}),
        ("the camera descends", {"pedestal": -1}),
        ("the camera rolls counterclockwise", {"roll": -1}),
        ("the camera orbits right around the statue", {"truck": -1, "pan": 1}),
        ("the camera pans left and the camera zooms in", {"pan": -1, "zoom": 1}),
    ],
)
def test_the_camera_does_what_the_prompt_says(prompt, expected):
    assert moves(prompt) == expected


@pytest.mark.parametrize(
    "prompt", ["a boat, the camera is still", "static camera", "the camera does not move"]
)
def test_a_still_camera_is_neutral_and_an_unmentioned_one_is_none(prompt):
    assert read_prompt(prompt).camera == Keyframe(time=1)
    assert read_prompt("a boat sails left").camera is None


def test_speed_words_change_the_amount():
    slow, usual, fast = (
        read_prompt(f"the camera pans left{word}").camera.pan for word in (" slowly", "", " fast")
    )
    assert fast < usual < slow < 0


def test_materials_are_named_by_many_words():
    assert read_prompt("Waves on the ocean, trees and a candle").materials == ("water", "plants", "fire")
    assert read_prompt("green hills under passing clouds").materials == ("sky",)
    assert read_prompt("a frying pan on a table, steam").materials == ()


def test_words_inside_other_words_count_for_nothing():
    words = read_prompt("a seat, a treehouse and a skyscraper")
    assert words.materials == () and not words.moves_subject


@pytest.mark.parametrize(
    ("prompt", "right", "down"),
    [
        ("a boat sails left", -1, 0),
        ("a balloon is drifting", 1, 0),
        ("a rocket rises", 0, -1),
        ("a leaf falls", 0, 1),
        ("a lake under clouds", 0, 0),
        ("a boat, the camera moves left", 0, 0),
    ],
)
def test_the_subject_goes_where_the_prompt_says(prompt, right, down):
    x, y = read_prompt(prompt).subject
    assert ((x > 0) - (x < 0), (y > 0) - (y < 0)) == (right, down)


def test_the_subject_comes_nearer_goes_away_or_sways():
    assert read_prompt("a dog comes closer").nearer > 0 > read_prompt("a train moves away").nearer
    assert read_prompt("a flag sways").sways and not read_prompt("a flag").sways
