import json

import pytest
from flowbrush.motion.sequence import Transition
from flowbrush.shots.planning import planned
from flowbrush.shots.problems import ListError
from flowbrush.shots.shot_list import read_list

from .conftest import DOCUMENT, workflow, write_csv

HEAD = ["id", "workflow", "LoadImage.image", "2.document", "2.length", "seconds", "transition"]


def test_a_table_gives_values_in_the_types_of_their_inputs(folder, known):
    path = write_csv(
        folder / "list.csv",
        [HEAD, ["fog", "warp.json", "stone.png", "still.json", "9", "", "dissolve 0.5"], [""] * 7],
    )
    (row,) = read_list(path)
    assert (row.place, row.id, row.transition, row.seconds) == ("Row 2", "fog", Transition(0.5), None)
    (shot,) = planned([row], known, here=True)
    assert shot.graph.nodes["1"].inputs["image"] == str(folder / "stone.png")
    assert json.loads(shot.graph.prompt["2"]["inputs"]["document"])["layers"] == []
    assert shot.graph.prompt["2"]["inputs"]["length"] == 9
    assert shot.folder_name == f"fog-{shot.key[:12]}"


def test_a_json_list_has_defaults(folder, known):
    content = {"defaults": {"workflow": "warp.json", "LoadImage.image": "stone.png"}}
    content["shots"] = [{"id": "a", "2.document": DOCUMENT | {"layers": []}}, {"id": "b", "2.length": 3}]
    (folder / "list.json").write_text(json.dumps(content))
    first, second = planned(read_list(folder / "list.json"), known, here=True)
    assert json.loads(first.graph.nodes["2"].inputs["document"])["layers"] == []
    assert second.graph.nodes["2"].inputs["length"] == 3


@pytest.mark.parametrize(("seconds", "length"), [("1", 9), ("0.2", 1), ("2.2", 17)])
def test_seconds_give_the_nearest_length_that_the_model_takes(folder, known, seconds, length):
    content = workflow()
    del content["7"]
    (folder / "warp.json").write_text(json.dumps(content))
    path = write_csv(folder / "list.csv", [HEAD, ["a", "warp.json", "stone.png", "", "", seconds, ""]])
    (shot,) = planned(read_list(path), known, here=True)
    assert shot.graph.nodes["2"].inputs["length"] == length


def problems(path, known):
    with pytest.raises(ListError) as error:
        planned(read_list(path), known, here=True)
    return error.value.problems


def test_each_bad_cell_is_one_sentence_with_row_column_value_and_what_is_right(folder, known):
    rows = [
        ["one", "warp.json", "stone.png", "", "many", "", ""],
        ["two", "warp.json", "lost.png", "", "4000", "", ""],
        ["three", "warp.json", "stone.png", "stone.png", "", "", ""],
        ["four", "warp.json", "stone.png", "none.json", "", "", ""],
    ]
    found = problems(write_csv(folder / "list.csv", [HEAD, *rows]), known)
    assert found[:3] == [
        "Row 2 (one), column `2.length`: the value is 'many'; it must be a whole number from 1 to 1025.",
        f"Row 3 (two), column `LoadImage.image`: there is no file 'lost.png'; it must be a path, relative to the list's folder {folder}.",
        "Row 3 (two), column `2.length`: the value is '4000'; it must be a whole number from 1 to 1025.",
    ]
    assert found[3].startswith("Row 4 (three), column `2.document`: the motion document is not valid: ")
    assert found[4].startswith("Row 5 (four), column `2.document`: there is no file 'none.json'")
    assert len(found) == 5


def test_bad_cells_of_the_lists_own_columns(folder, known):
    rows = [
        ["../up", "warp.json", "", "", "", "", ""],
        ["a", "nowhere.json", "", "", "", "soon", "fade"],
        ["b", "warp.json", "stone.png", "", "", "", ""],
        ["B", "warp.json", "stone.png", "", "", "", ""],
    ]
    found = problems(write_csv(folder / "list.csv", [HEAD, *rows]), known)
    assert found[0].startswith("Row 2, column `id`: the value is '../up'; it must have 1 to 80 letters")
    assert found[1].startswith(
        "Row 3 (a), column `workflow`: the value is 'nowhere.json'; it must be the path"
    )
    assert found[2].startswith(
        "Row 3 (a), column `seconds`: the value is 'soon'; it must be a number of seconds"
    )
    assert found[3].startswith("Row 3 (a), column `transition`: the value is 'fade'; it must be `cut`")
    assert found[4] == "Row 5 (B), column `id`: Row 4 has this id too; every shot needs an id of its own."


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([["id", "2.length"], ["a", "5"]], "There is no column `workflow`"),
        ([["id", "workflow", "id"], ["a", "warp.json", "b"]], "There are several columns `id`"),
        ([["id", "workflow"], ["a", "warp.json", "stone.png"]], "Row 2 has 3 cells, but there are 2 columns"),
        ([["id", "workflow", "fog"], ["a", "warp.json", "x"]], "column `fog`: there is no such column"),
        ([["id", "workflow", "9.fog"], ["a", "warp.json", "x"]], "column `9.fog`: There is no node `9`"),
        ([["id", "workflow", "2.image"], ["a", "warp.json", "x"]], "the input takes a link of type IMAGE"),
        ([["id", "workflow"]], "The list has no shots"),
    ],
)
def test_a_table_of_another_form_is_refused(folder, known, rows, part):
    (problem,) = problems(write_csv(folder / "list.csv", rows), known)
    assert part in problem


def test_a_file_of_another_kind_is_refused(folder, known):
    (folder / "list.json").write_text('{"shots": 3}')
    (folder / "list.xml").write_text("<a/>")
    assert "holds no list of shots" in problems(folder / "list.json", known)[0]
    assert "ends in `.xml`" in problems(folder / "list.xml", known)[0]
    assert "There is no list of shots" in problems(folder / "none.csv", known)[0]


def test_the_clips_of_a_timeline_are_shots(folder, known):
    otio = pytest.importorskip("opentimelineio", reason="timelines need OpenTimelineIO")
    time = otio.opentime.RationalTime
    timeline = otio.schema.Timeline("cut", metadata={"flowbrush": {"workflow": "warp.json"}})
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for name, picture in (("wide shot", "stone.png"), ("close", "sand.png")):
        clip = otio.schema.Clip(
            name,
            otio.schema.ExternalReference(picture),
            otio.opentime.TimeRange(time(0, 24), time(24, 24)),
            metadata={"flowbrush": {"media": "LoadImage.image", "2.length": 9}},
        )
        track.append(clip)
    track.insert(1, otio.schema.Transition("SMPTE_Dissolve", in_offset=time(6, 24), out_offset=time(6, 24)))
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(folder / "cut.otio"))
    rows = read_list(folder / "cut.otio")
    assert [(row.id, row.seconds, row.transition.dissolve) for row in rows] == [
        ("wide_shot", 1.0, 0.0),
        ("close", 1.0, 0.5),
    ]
    assert rows[1].inputs == {"LoadImage.image": "sand.png", "2.length": 9}
