"""The player in a real Chromium, without ComfyUI: what it shows is what the pack's own warp makes of the picture."""

import json
from itertools import pairwise

import numpy as np
import pytest
from flowbrush.motion.document import examples
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.warp import warp_image

from .player_page import HEIGHT, LENGTH, WIDTH, picture, read, shown

pytestmark = pytest.mark.browser

KINDS = ("webgl2", "2d")
DOCUMENTS = examples.documents()
# A soft edge makes a rim of a pixel or two around a hole; holes are compared where that is little of them.
WITH_HOLES = ("one_arrow", "curved_easing", "freeze_over_pan", "roll")
STILL_AT_FIRST = json.dumps(
    {
        "flowbrush": "motion",
        "version": 1,
        "layers": [
            {
                "region": {
                    "strokes": [{"points": [[x, y], [x + 0.2, y + 0.1]], "radius": 0.15}],
                    "feather": feather,
                },
                "motion": {"horizontal": 0.2, "start": 0.8},
            }
            for x, y, feather in ((0.2, 0.3, 0.01), (0.35, 0.4, 0.03), (0.6, 0.6, 0.002))
        ],
    }
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*DOCUMENTS, "large_everything"])
def test_the_player_shows_what_the_warp_makes(player, name, kind):
    text = DOCUMENTS.get(name) or json.dumps(
        {
            "layers": [{"region": {"everything": True}, "motion": {"horizontal": 0.2, "rotation": 10}}],
            "version": 1,
        }
    )
    frames = (0, 6, 16)

    def look(page):
        assert page.evaluate("harness.player.kind") == kind
        return [(shown(page, f / 16), shown(page, f / 16, "{holes: false}")) for f in frames]

    looked = player(look, text, kind)
    clip = warp_image(picture(), field_from_document(text, LENGTH))
    for frame, (seen, filled) in zip(frames, looked, strict=True):
        hole = np.abs(seen - filled).max(-1) > 24
        coverage = clip.coverage[frame].numpy()
        difference = np.abs(seen - clip.frames[frame].numpy() * 255).mean(-1)
        known = (coverage > 0.95) & ~hole
        assert known.mean() > 0.5
        assert difference[known].mean() < 1.5, (name, frame)
        assert np.percentile(difference[known], 95) < 8, (name, frame)
        if frame == 16 and name in WITH_HOLES:
            asked = coverage < 0.5
            assert (hole & asked).sum() / (hole | asked).sum() > 0.9, name


@pytest.mark.parametrize("kind", KINDS)
def test_at_time_0_the_picture_is_shown_exactly(player, kind):
    seen = player(lambda page: shown(page, 0), DOCUMENTS["overlapping_layers"], kind)
    assert (seen == picture().numpy() * 255).all()


@pytest.mark.parametrize(("kind", "most"), [("webgl2", 3), ("2d", 8)])
def test_edges_of_regions_that_have_not_moved_yet_do_not_show(player, kind, most):
    seen = player(lambda page: shown(page, 0.5), STILL_AT_FIRST, kind)
    difference = np.abs(seen - picture().numpy() * 255)
    assert difference.max() <= most
    assert difference.mean() < 0.5


def test_between_frames_the_motion_goes_on(player):
    times = (4 / 16, 4.5 / 16, 5 / 16)
    seen = player(lambda page: [shown(page, time) for time in times], DOCUMENTS["one_arrow"])
    steps = [np.abs(a - b).mean() for a, b in pairwise(seen)]
    assert min(steps) > 0.5 * max(steps) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_zoomed_in_the_same_place_is_shown_larger(player, kind):
    """A view of twice the size whose corner is out of sight shows a quarter of the frame, twice as large."""
    zoomed = f"{{view: {{matrix: [{2 * WIDTH}, {2 * HEIGHT}, {-WIDTH // 2}, {-HEIGHT // 2}]}}}}"
    far, near = player(lambda page: (shown(page, 1), shown(page, 1, zoomed)), DOCUMENTS["roll"], kind)
    quarter = far[HEIGHT // 4 : -HEIGHT // 4, WIDTH // 4 : -WIDTH // 4]
    shrunk = near.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 3).mean((1, 3))
    assert np.abs(shrunk - quarter).mean() < 4


@pytest.mark.parametrize("kind", KINDS)
def test_onion_skin_shows_where_a_region_goes(player, kind):
    plain, onion = player(
        lambda page: (shown(page, 0), shown(page, 0, "{onion: true}")), DOCUMENTS["one_arrow"], kind
    )
    changed = np.abs(plain - onion).max(-1) > 12
    moved = (
        warp_image(picture(), field_from_document(DOCUMENTS["one_arrow"], LENGTH)).moving[-1].numpy() > 0.5
    )
    assert changed[moved].mean() > 0.5
    assert changed[:, -WIDTH // 8 :].mean() == 0


def test_play_on_a_slow_machine_gets_coarser_and_ends_sharp(player):
    def look(page):
        sharp = shown(page, 0.75)
        page.evaluate(
            """async () => {
                for (let step = 1; step < 40; step += 1) {
                    await new Promise(requestAnimationFrame);
                    harness.draw(0.3 + step / 100);
                    const end = performance.now() + 45;
                    while (performance.now() < end);
                }
            }"""
        )
        page.evaluate("harness.draw(0.75)")
        coarse = read(page)
        page.wait_for_timeout(600)
        return sharp, coarse, read(page)

    sharp, coarse, settled = player(look, DOCUMENTS["one_arrow"])
    assert 1 < np.abs(sharp - coarse).mean() < 12
    assert (sharp == settled).all()


def test_a_lost_context_is_replaced_and_the_picture_stays(player):
    def look(page):
        before = shown(page, 0.5)
        lose = """() => {
            const context = contexts.at(-1);
            context.getExtension('WEBGL_lose_context').loseContext();
            return new Promise((done) => setTimeout(done, 60));
        }"""
        page.evaluate(lose)
        lost = page.evaluate("[harness.player.kind, harness.player.lost]")
        during = shown(page, 0.5)
        page.wait_for_function("harness.player.kind === 'webgl2'")
        back = page.evaluate("[harness.player.kind, harness.player.lost]")
        return before, lost, during, back, shown(page, 0.5)

    before, lost, during, back, after = player(look, DOCUMENTS["one_arrow"], before=CONTEXTS)
    assert lost == ["2d", True]
    assert back == ["webgl2", False]
    assert np.abs(during - before).mean() < 1
    assert (after == before).all()


CONTEXTS = """
window.contexts = [];
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  const context = getContext.call(this, kind, ...more);
  if (kind === "webgl2" && context) contexts.push(context);
  return context;
};
"""


def test_thirty_editors_share_one_context_and_the_last_takes_it_along(player):
    def look(page):
        return page.evaluate(
            """async () => {
                const { createPlayer } = await import('/js/editor/player/player.mjs');
                harness.player.dispose();
                const gone = contexts.every((context) => context.isContextLost());
                const players = [];
                for (let index = 0; index < 30; index += 1) {
                    const canvas = document.createElement('canvas');
                    [canvas.width, canvas.height] = [64, 48];
                    const player = createPlayer(canvas, { prefer: 'webgl2' });
                    player.setPicture({ image: harness.canvas, width: 480, height: 320 });
                    player.setField(harness.field);
                    await player.ready;
                    player.draw({ time: 0.5, view: { matrix: [64, 48, 0, 0] } });
                    players.push(player);
                }
                const kinds = new Set(players.map(({ kind }) => kind));
                const open = contexts.filter((context) => !context.isContextLost()).length;
                for (const player of players) player.dispose();
                for (let index = 0; index < 30; index += 1) createPlayer(document.createElement('canvas'), { prefer: 'webgl2' }).dispose();
                const left = contexts.filter((context) => !context.isContextLost()).length;
                return { gone, kinds: [...kinds], open, left };
            }"""
        )

    said = player(look, DOCUMENTS["one_arrow"], before=CONTEXTS)
    assert said == {"gone": True, "kinds": ["webgl2"], "open": 1, "left": 0}


def test_what_a_player_uploads_it_deletes(player):
    """Textures and buffers of many fields, of one player in a context that another one keeps."""
    count = """
    window.alive = 0;
    for (const kind of ["Texture", "Buffer"]) {
      const { ["create" + kind]: create, ["delete" + kind]: remove } = WebGL2RenderingContext.prototype;
      WebGL2RenderingContext.prototype["create" + kind] = function () { alive += 1; return create.call(this); };
      WebGL2RenderingContext.prototype["delete" + kind] = function (which) {
        if (which) alive -= 1;
        return remove.call(this, which);
      };
    }
    """

    def look(page):
        return page.evaluate(
            """async () => {
                const { createPlayer } = await import('/js/editor/player/player.mjs');
                const before = alive;
                const player = createPlayer(document.createElement('canvas'), { prefer: 'webgl2' });
                await player.ready;
                const counts = [];
                for (let index = 0; index < 20; index += 1) {
                    player.setPicture({ image: harness.canvas, width: 480, height: 320 });
                    player.setField({ ...harness.field });
                    counts.push(alive - before);
                }
                player.dispose();
                return { grown: counts.at(-1) - counts[0], left: alive - before };
            }"""
        )

    assert player(look, DOCUMENTS["overlapping_layers"], before=count) == {"grown": 0, "left": 0}


def test_without_webgl_the_plain_canvas_plays(player):
    refuse = """
    const getContext = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
      return kind === "webgl2" ? null : getContext.call(this, kind, ...more);
    };
    """
    kind, seen = player(
        lambda page: (page.evaluate("harness.player.kind"), shown(page, 1)),
        DOCUMENTS["one_arrow"],
        before=refuse,
    )
    assert kind == "2d"
    assert np.abs(seen - picture().numpy() * 255).max(-1).mean() > 2


def test_webgl_in_software_is_used_only_if_it_is_required(player):
    kind = """async () => {
        const { createPlayer } = await import('/js/editor/player/player.mjs');
        harness.player.dispose();
        const player = createPlayer(document.createElement('canvas'));
        await player.ready;
        return player.kind;
    }"""
    assert player(lambda page: page.evaluate(kind), DOCUMENTS["one_arrow"]) == "2d"


@pytest.mark.parametrize("kind", ["arrows", "wheel"])
def test_flow_shows_direction_and_length(player, kind):
    """What goes right is red in the colours; arrows reach over the region and as far as it goes."""
    text = json.dumps(
        {
            "version": 1,
            "layers": [
                {
                    "region": {"strokes": [{"points": [[0.3, 0.5]], "radius": 0.2}]},
                    "motion": {"horizontal": 0.3},
                }
            ],
        }
    )
    drawn = """async (kind) => {
        const { drawFlow } = await import('/js/editor/player/flow.mjs');
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [480, 320];
        const view = { toStage: ([x, y]) => [480 * x, 320 * y] };
        const context = canvas.getContext('2d');
        drawFlow(context, harness.field, 1, view, kind);
        return [...context.getImageData(0, 0, 480, 320).data];
    }"""
    pixels = player(lambda page: page.evaluate(drawn, kind), text)
    pixels = np.asarray(pixels, np.float32).reshape(HEIGHT, WIDTH, 4)
    inside = pixels[150:170, 130:160]
    outside = pixels[20:60, 380:470]
    assert (inside[..., 3] > 100).mean() > 0.05
    assert (outside[..., 3] > 100).mean() < 0.05
    if kind == "wheel":
        red, green, blue, _ = inside.mean((0, 1))
        assert red > 200 and green < 80 and blue < 80
    else:
        tips = pixels[130:190, int(0.55 * WIDTH) : int(0.75 * WIDTH)]
        assert (tips[..., 3] > 100).any()
