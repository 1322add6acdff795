"""The button that lets a flow go whole periods of the picture, by mouse and by keyboard."""

import pytest

from .panels import layer, written

pytestmark = pytest.mark.browser

PERIOD = 20 / 240  # short sides; the harness answers for a picture of 320 x 240 whose columns repeat every 20
WIDE = {"region": {"everything": True}}


def flowing(**way):
    return written(
        {**layer("one"), **WIDE, "motion": {**way, "flow": {"speed": 0.4, "reach": 0.1, "hold": 0.0}}}
    )


@pytest.mark.parametrize("size", [(1280, 720), (900, 620)])
def test_enter_on_the_button_lets_the_flow_go_whole_periods(show, size):
    panels = show(size, large=1, document=flowing(horizontal=0.1))
    panels.select(0)
    panels.tab("Motion")
    button = panels.button("Find the period")
    button.scroll_into_view_if_needed()
    button.focus()
    panels.window.keyboard.press("Enter")
    panels.until("() => harness.session.document.layers[0].motion.flow.reach !== 0.1")
    flow = panels.layers[0]["motion"]["flow"]
    assert flow["reach"] == pytest.approx(PERIOD, rel=0.02)
    assert flow["speed"] / flow["reach"] == pytest.approx(5, abs=0.01)
    assert flow["hold"] == 0
    panels.press("Control+z")
    assert panels.layers[0]["motion"]["flow"]["reach"] == 0.1, "it is one edit"


def test_a_flow_along_which_nothing_repeats_stays_and_a_notice_says_so(show):
    panels = show((1280, 720), large=1, document=flowing(vertical=0.1))
    panels.select(0)
    panels.tab("Motion")
    panels.button("Find the period").click()
    panels.page.get_by_text("Nothing repeats in the picture along this flow.").first.wait_for()
    assert panels.layers[0]["motion"]["flow"]["reach"] == 0.1


def test_the_button_is_there_only_where_something_flows(show):
    panels = show((1280, 720), large=1, document=written(layer("one")))
    panels.select(0)
    panels.tab("Motion")
    panels.field("Flow").wait_for()
    assert not panels.button("Find the period").is_visible()
