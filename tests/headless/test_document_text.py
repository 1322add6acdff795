from flowbrush.hosts.headless.document_text import describe
from flowbrush.motion.document.document import Document, Hang, Layer, Motion, parse


def test_each_layer_and_the_camera_are_described_in_words():
    document = parse(
        """{"flowbrush": "motion", "version": 1, "layers": [
        {"name": "boat", "region": {"everything": true}, "motion": {"paths": [{"points": [[0.2, 0.5], [0.5, 0.4]]}]}},
        {"name": "sky", "region": {"everything": true}, "motion": {"horizontal": -0.1, "proximity": 0.5}},
        {"region": {"everything": true}, "motion": {"rotation": -30, "ambient": {"amount": 0.02}}},
        {"name": "hill", "region": {"everything": true}, "freeze": true},
        {"name": "unseen", "visible": false, "region": {"everything": true}}],
        "camera": {"keyframes": [{"time": 1, "pan": -4, "dolly": 0.25, "zoom": 1.5}]}}"""
    )
    assert describe(document) == [
        "boat: moved along a path 30 % of the width right and 10 % of the height up",
        "sky: moved 10 % of the width left, brought 1.5 times nearer",
        "layer 3: turned 30° counterclockwise, wandering by 2 % of the short side",
        "hill: stays still",
        "camera: pans 4° left, dollies 0.25 depths in, zooms to 1.5 times",
    ]


def test_an_empty_document_has_no_description():
    assert describe(parse('{"flowbrush": "motion", "version": 1, "layers": []}')) == []


def test_a_loop_is_named():
    assert describe(parse('{"version": 2, "loop": "seamless"}')) == ["the clip is a seamless loop"]


def test_what_hangs_and_what_is_driven_is_named():
    driven = Motion(hang=Hang(on="body"), drive=((0.0, 0.0), (1.0, 1.0)))
    assert describe(Document(layers=(Layer(name="tail", motion=driven),))) == [
        "tail: hanging on body, driven by a curve"
    ]
