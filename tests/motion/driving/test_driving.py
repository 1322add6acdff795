"""Motions follow sounds, beats, masks and figures."""

import json
import math

import numpy as np
import pytest
import torch
from flowbrush.motion.driving import (
    beat_values,
    carried_field,
    driven_field,
    face_places,
    mask_values,
    pose_places,
    sound_values,
)
from flowbrush.motion.field.field import field_from_document, field_from_flow

RATE = 16000
SIZE = 100


def tone(frequency, start, end, seconds=2.0, loud=0.5):
    time = torch.arange(int(seconds * RATE)) / RATE
    return (loud * torch.sin(2 * math.pi * frequency * time) * ((time >= start) & (time < end)))[None]


def field(name="arm", **motion):
    layers = [{"name": name, "region": {"everything": True}, "motion": motion or {"horizontal": 0.4}}]
    return field_from_document(json.dumps({"version": 2, "layers": layers}), 41, aspect=1.0)


def test_the_level_follows_the_sound_and_silence_is_nothing():
    values = sound_values(tone(440, 0.5, 1.0), RATE, "level", 2.0)
    assert len(values) == 101
    assert values[:20].max() < 0.05 and values[30:45].min() > 0.8 and values[-10:].max() < 0.05
    assert sound_values(torch.zeros(2, RATE), RATE, "level", 2.0).max() == 0
    assert sound_values(tone(440, 0, 2), RATE, "level", 4.0)[-20:].max() < 0.05


def test_bands_hear_their_own_frequencies():
    sound = tone(80, 0.2, 0.6) + tone(5000, 1.2, 1.6)
    bass, treble = (sound_values(sound, RATE, band, 2.0) for band in ("bass", "treble"))
    assert bass[20:28].min() > 0.7 and bass[70:78].max() < 0.2
    assert treble[70:78].min() > 0.7 and treble[15:28].max() < 0.2


def test_an_onset_is_where_a_note_begins_not_where_it_is_held():
    values = sound_values(tone(440, 0.5, 1.8), RATE, "onset", 2.0)
    assert abs(int(values.argmax()) - 25) <= 3 and values[60:80].max() < 0.3


def test_beats_are_on_the_grid():
    values = beat_values(120, 2.0)
    assert values[[0, 25, 50, 75]] == pytest.approx(1) and values[[12, 37, 62]].max() < 0.5


def test_a_driven_motion_is_where_its_values_are():
    driven = driven_field(field(), np.array([0, 1, 0.5, 0, 0.25]))
    moved = driven.displacement_of(torch.tensor([[50.0, 50.0]]), SIZE, SIZE)[:, 0, 0]
    assert moved[[0, 10, 20, 30, 40]].tolist() == pytest.approx([0, 40, 20, 0, 10], abs=1e-3)


def test_only_the_named_layer_is_driven_and_an_unknown_one_is_refused():
    same = driven_field(field("arm"), np.array([0.0, 0.0]), "arm")
    assert same.displacement(8, 8).abs().max() == 0
    with pytest.raises(ValueError, match="no layer 'leg'; the motion has 'arm'"):
        driven_field(field("arm"), np.array([0.0, 1.0]), "leg")
    with pytest.raises(ValueError, match="no painted layer"):
        driven_field(field_from_flow(torch.zeros(3, 4, 4, 2)), np.array([0.0, 1.0]))


def test_a_hidden_layer_that_carries_is_driven_too():
    layers = [
        {"name": "tail", "region": {"everything": True}, "motion": {"hang": {"on": "body"}}},
        {"name": "body", "visible": False, "motion": {"horizontal": 0.4}},
    ]
    hanging = field_from_document(json.dumps({"version": 2, "layers": layers}), 41, aspect=1.0)
    assert driven_field(hanging, np.zeros(2), "body").displacement(8, 8).abs().max() < 1e-6
    assert hanging.displacement(8, 8).abs().max() > 0.5


def test_the_way_of_a_mask_drives():
    masks = torch.zeros(5, 40, 40)
    for frame, x in enumerate((5, 10, 25, 15, 5)):
        masks[frame, 10:15, x : x + 5] = 1
    masks[3] = 0  # lost for a frame
    assert mask_values(masks).tolist() == pytest.approx([0, 0.25, 1, 0.5, 0], abs=1e-6)
    with pytest.raises(ValueError, match="empty"):
        mask_values(torch.zeros(3, 8, 8))


def pose(wrist, score=1.0):
    flat = np.zeros((18, 3))
    flat[1], flat[2], flat[3] = (50, 20, 1), (35, 20, 1), (30, 40, 1)
    flat[4] = (*wrist, score)
    return {
        "canvas_width": 100,
        "canvas_height": 100,
        "people": [{"pose_keypoints_2d": flat.reshape(-1).tolist()}],
    }


def test_a_pose_carries_the_region_by_its_bones():
    frames = [pose((30, 60)), pose((0, 0), 0), pose((50, 50))]
    places, bones = pose_places(frames)
    assert places.shape == (4, 3, 2) and bones == [(0, 1), (1, 2), (2, 3)]
    assert places[3].tolist() == pytest.approx(np.array([[0.3, 0.6], [0.4, 0.55], [0.5, 0.5]]))
    carried = carried_field(field(), places, bones)
    at = torch.tensor([[30.0, 60.0], [50.0, 20.0], [30.0, 40.0]])
    end = carried.displacement_of(at, SIZE, SIZE)[-1]
    assert end.numpy() == pytest.approx(np.array([[20, -10], [0, 0], [0, 0]]), abs=0.8)


@pytest.mark.parametrize("frames", [[{}], [{"people": []}], [[]], [pose((1, 1), 0) | {"people": []}]])
def test_keypoints_of_another_form_are_refused(frames):
    with pytest.raises(ValueError, match="keypoint"):
        pose_places(frames)


def test_a_person_without_a_body_is_not_seen():
    frames = [pose((30, 60)), pose((0, 0)) | {"people": [{"pose_keypoints_2d": None}]}, pose((50, 50))]
    assert pose_places(frames)[0][3].tolist() == pytest.approx(
        np.array([[0.3, 0.6], [0.4, 0.55], [0.5, 0.5]])
    )


def face(shift):
    """The landmarks of a round face, in pixels of a picture of 200x100, as MediaPipe Face Landmarker gives them."""
    angle = np.arange(478) * 2 * math.pi / 478
    places = np.stack([60 + 30 * np.cos(angle) + shift, 50 + 30 * np.sin(angle)], 1)
    return [{"landmarks_xy": places.astype(np.float32), "score": 0.9}]


def test_a_face_carries_the_region_and_goes_straight_where_it_is_lost():
    landmarks = {"frames": [face(0), [], face(20)], "image_size": (100, 200), "connection_sets": {}}
    places = face_places(landmarks)
    assert places.shape == (46, 3, 2)
    assert places[0, :, 0].tolist() == pytest.approx([places[0, 0, 0] + step for step in (0, 0.05, 0.1)])
    moved = carried_field(field(), places).displacement_of(torch.tensor([[30.0, 50.0]]), SIZE, SIZE)[-1]
    assert moved.numpy() == pytest.approx(np.array([[10, 0]]), abs=0.5)


@pytest.mark.parametrize(
    "landmarks", [{}, {"frames": [[]], "image_size": (9, 9)}, {"frames": [[{}]], "image_size": (9, 9)}, [1]]
)
def test_landmarks_of_another_form_are_refused(landmarks):
    with pytest.raises(ValueError, match="face"):
        face_places(landmarks)
