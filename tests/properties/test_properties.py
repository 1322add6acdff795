"""Files from other people: whatever they hold, they are read, or refused in one short sentence."""

import copy
import json
from pathlib import Path

import pytest
import torch
from flowbrush.hosts.headless.convert import load
from flowbrush.hosts.headless.graph import WorkflowError
from flowbrush.models import checkpoint
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.motion.document.document import dump, parse
from flowbrush.motion.document.examples import documents
from flowbrush.motion.document.schema import DocumentError
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.tracks.tracks import field_from_tracks, tracks_from_json
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

LONGEST_MESSAGE = 700

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "\ud800",
            "x" * 5000,
            10**400,
            1e308,
            -0.0,
            "mask",
            "ease_in",
            "11111111-1111-4111-8111-111111111111",
        ]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def places(value, path=()):
    """All paths to members and entries of parsed JSON."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


@st.composite
def changed(draw, originals):
    """Parsed JSON of one of `originals` with up to three members replaced, removed or added."""
    content = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in places(content) if path]))
        outer = content
        for step in path[:-1]:
            outer = outer[step]
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "replace" or not isinstance(outer, dict):
            outer[path[-1]] = draw(VALUES)
        elif action == "remove":
            del outer[path[-1]]
            if not content:
                break
        else:
            outer[draw(st.text(max_size=8))] = draw(VALUES)
    return content


def check_sentence(error):
    words = str(error)
    words.encode()  # it can be printed
    assert 0 < len(words) <= LONGEST_MESSAGE


DOCUMENTS = [json.loads(text) for text in documents().values()]


@given(changed(DOCUMENTS) | VALUES)
def test_a_document_is_read_and_written_back_or_refused(content):
    try:
        document = parse(json.dumps(content))
    except DocumentError as error:
        check_sentence(error)
        return
    text = dump(document)
    text.encode()
    assert parse(text) == document
    try:
        moved = field_from_document(document, 5, masks=torch.ones(1, 6, 8)).displacement(6, 8)
    except ValueError as error:
        check_sentence(error)
        return
    assert torch.isfinite(moved).all()


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_any_text_as_a_document_is_refused(text):
    try:
        parse(text)
    except DocumentError as error:
        check_sentence(error)


TRACKS = [
    [{"x": 1.0, "y": 2.0}, {"x": 3, "y": 4}],
    [[{"x": 0.1, "y": 0.2}, {"x": 0.3, "y": 0.4}], [{"x": 0.5, "y": 0.5}]],
    ['[{"x": 1, "y": 2}]', "[[{'x': 3, 'y': 4}]]"],
]


@given(changed(TRACKS) | VALUES, st.sampled_from([json.dumps, str, lambda content: content]))
def test_tracks_become_a_finite_motion_or_are_refused(content, written):
    try:
        tracks = tracks_from_json(written(content), 5, "kjnodes", (32, 24))
        moved = field_from_tracks(tracks, 24, 32).displacement(6, 8)
    except ValueError as error:
        check_sentence(error)
        return
    assert torch.isfinite(tracks["track_path"]).all()
    assert torch.isfinite(moved).all()


WORKFLOWS = [
    json.loads((Path(__file__).resolve().parents[2] / "workflows" / f"{name}.json").read_text("utf-8"))
    for name in ("motion_brush", "guided")
]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@given(content=changed(WORKFLOWS) | VALUES)
def test_a_workflow_file_becomes_a_graph_or_is_refused(bom, content, tmp_path):
    path = tmp_path / "workflow.json"
    path.write_bytes(bom + json.dumps(content).encode())
    try:
        graph = load(path)
    except WorkflowError as error:
        # The names of all nodes that run here are listed.
        assert 0 < len(str(error)) < 2500
        str(error).encode()
        return
    assert all(isinstance(node.class_type, str) for node in graph.nodes.values())


@pytest.fixture(scope="module")
def weights():
    torch.manual_seed(0)
    return ByteTextEncoder(TextConfig(dim=16, layers=1, heads=2, max_bytes=8)).state_dict()


OURS = {"kind": "text", "config": {"dim": 16, "layers": 1, "heads": 2, "max_bytes": 8}, "facts": {"steps": 1}}


@given(content=changed([OURS]) | VALUES)
def test_a_header_of_weights_is_read_or_refused(weights, tmp_path, content):
    path = tmp_path / "text.safetensors"
    save_file(weights, path, metadata={"flowbrush": json.dumps(content)})
    try:
        assert checkpoint.load_text(path).config.dim == 16
    except ValueError as error:
        check_sentence(error)


@given(position=st.integers(0, 400), value=st.integers(0, 255), length=st.integers(0, 4000))
def test_a_changed_or_cut_model_file_is_read_or_refused(weights, tmp_path, position, value, length):
    path = tmp_path / "text.safetensors"
    config = TextConfig(dim=16, layers=1, heads=2, max_bytes=8)
    checkpoint.save(path, weights, config, {}, dtype=torch.float32)
    data = bytearray(path.read_bytes())
    data[position] = value
    path.write_bytes(bytes(data[: max(len(data) - length, 0)] if length % 2 else data))
    try:
        checkpoint.load_text(path)
    except ValueError as error:
        check_sentence(error)
