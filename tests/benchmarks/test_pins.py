import json

import numpy as np
import pytest
from flowbrush.benchmarks.libigl_pins import both_energies, libigl_is_installed, triangles
from flowbrush.benchmarks.pins import SHAPES, main
from flowbrush.motion.document.document import Polygon, Region
from flowbrush.motion.field.elastic import ElasticDeformation


def test_the_elastic_fit_has_less_energy_for_every_shape(tmp_path, capsys):
    file = tmp_path / "pins.json"
    assert main(["--draws", "4", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())
    shapes, folds = rows[:3], [row for row in rows if "folded" in row]
    assert [row["name"] for row in shapes] == ["bar", "cross", "disc"]
    assert {row["name"] for row in folds} == {"elastic pins", "bones", "hang"}
    assert all(row["folded"] < 0.005 for row in folds)
    assert all(0 < row["elastic"] < row["moving_least_squares"] and row["worst"] < 1 for row in shapes)
    assert "energy" in capsys.readouterr().out


@pytest.mark.parametrize("name", SHAPES)
def test_the_triangles_fill_the_squares_of_the_mesh_once(name):
    outline, count = SHAPES[name]
    handles = np.array(outline)[:count] * 0.8 + 0.1
    elastic = ElasticDeformation(Region(polygons=(Polygon(outline),)), None, 1.0, handles, np.ones(count))
    faces = triangles(elastic)
    a, b, c = (elastic.places[faces[:, corner]] for corner in range(3))
    first, second = b - a, c - a
    areas = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert areas.min() > 0 and areas.max() / areas.min() < 1.001
    # Every square has weight 1/2 on each of its four edges, which both ends count.
    assert len(faces) == pytest.approx(elastic.weights.sum() / 2)


@pytest.mark.skipif(not libigl_is_installed(), reason="libigl is not installed (pip install libigl)")
def test_the_energy_is_no_higher_than_that_of_libigl():
    outline, count = SHAPES["cross"]
    random = np.random.default_rng(1)
    handles = np.array(outline)[:count] * 0.8 + 0.1
    elastic, libigl = both_energies(outline, handles, random.uniform(-0.1, 0.1, (4, count, 2)))
    assert (elastic < 1.001 * libigl).all() and (libigl > 0).all()
