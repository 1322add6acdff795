"""The Motion Brush editor in Chromium: frame time of the preview, latency of strokes, size of documents, load time.

    python run.py bench editor [--json FILE] [--back-end webgl2|2d|both] [--rounds N]

The whole editor runs in the test page (tests/browser/harness.py, without ComfyUI) on a 1920x1080 picture with ten layers. One
pixel of each preview frame is read back, so that the time includes the drawing and not only the call. The latency of a
stroke lasts from the time stamp of a pointer event to the end of the animation frame that shows it. Absolute times depend
on the machine; without a GPU, Chromium draws WebGL in software.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import re
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files import write_json
from ..motion.document.document import Camera, Document, Keyframe, Layer, Motion, Region, Stroke, dump
from ..motion.document.document import Path as MotionPath

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1920, 1080)
LAYERS, STROKES, FRAMES = 10, 300, 33
ENTRY_LIMIT, REST_LIMIT, DOCUMENT_LIMIT = 10_000, 170_000, 200_000  # bytes
ARGUMENTS = (
    "--no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
BACK_ENDS = ("webgl2", "2d")
SETTLED_MS = 600  # pause between two frames of a still picture, after which each is drawn at full resolution


def ten_layers() -> str:
    """A document of ten painted layers, each with another kind of motion, under a camera that moves in."""
    layers = []
    for n in range(LAYERS):
        x, y = 0.12 + 0.19 * (n % 5), 0.3 + 0.4 * (n // 5)
        points = tuple((x + 0.03 * math.sin(k), y + 0.012 * k - 0.05, 1.0) for k in range(8))
        motion = (
            Motion(paths=(MotionPath(points=((x, y), (x + 0.05, y - 0.08), (x + 0.12, y - 0.06))),)),
            Motion(rotation=25, proximity=0.15, ease="ease_in_out"),
            Motion(horizontal=-0.08, vertical=0.05, loop="pingpong", end=0.5),
        )[n % 3]
        layers.append(Layer(f"layer {n}", region=Region(strokes=(Stroke(points, 0.07),)), motion=motion))
    return dump(Document(tuple(layers), Camera((Keyframe(1, dolly=0.12, pan=2),))))


def static_imports(module: Path) -> set[Path]:
    """A module and all modules that it imports statically."""
    found, waiting = set(), [module.resolve()]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            names = re.findall(
                r'^(?:import|export|\}).*?"(\.[^"]+)";', path.read_text(encoding="utf-8"), re.M
            )
            waiting += [(path.parent / name).resolve() for name in names]
    return found


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of the entry file, of the files that the first editor in a node loads, and of all other files."""
    rest = [p for p in folder.rglob("*") if p.suffix in (".mjs", ".css", ".js") and p.parent != folder]
    node = [*static_imports(folder / "editor" / "comfyui" / "widget.mjs"), folder / "editor" / "editor.css"]
    return {
        "entry_bytes": (folder / "flowbrush.js").stat().st_size,
        "node_bytes": sum(path.stat().st_size for path in node),
        "node_files": len(node),
        "rest_bytes": sum(path.stat().st_size for path in rest),
        "rest_files": len(rest),
    }


def load_harness() -> Any:
    """The module tests/browser/harness.py."""
    spec = importlib.util.spec_from_file_location("harness", ROOT / "tests" / "browser" / "harness.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["harness"] = module
    spec.loader.exec_module(module)
    return module


DRAW_FRAMES = """async ([frames, pause]) => {
    const probe = document.createElement("canvas");
    probe.width = probe.height = 1;
    const context = probe.getContext("2d", { willReadFrequently: true });
    const finish = () => { context.drawImage(harness.canvas, 0, 0, 1, 1); context.getImageData(0, 0, 1, 1); };
    const times = [], warm = pause ? 2 : 20;
    for (let n = 0; n < frames + warm; n++) {
        await new Promise((done) => (pause ? setTimeout(done, pause) : requestAnimationFrame(done)));
        const start = performance.now();
        harness.draw(((n * 0.37) % 1) * 0.98 + 0.01);
        finish();
        if (n >= warm) times.push(performance.now() - start);
    }
    return times;
}"""

WATCH_STROKES = """() => {
    window.latencies = [];
    const stage = harness.editor.stage.element;
    stage.addEventListener("pointermove", (event) => {
        if (!event.buttons) return;
        // The frame that shows this event ends when a task queued in it runs.
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.latencies.push(performance.now() - event.timeStamp);
            channel.port2.postMessage(0);
        });
    });
}"""


def percentile(values: list[float], share: float) -> float:
    """The value below which the `share` (0..1) of the sorted values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def open_page(browser: Any, url: str, size: tuple[int, int] = (1600, 900)) -> Any:
    """A browser page at this address of the harness, completely loaded. Raises RuntimeError if loading fails."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(url)
    page.evaluate("() => harness.ready")
    missing = page.evaluate("() => harness.missing")
    if missing:
        raise RuntimeError(f"the editor did not load: {missing[0]}")
    return page


def frame_times(browser: Any, harness: Any, back_end: str, frames: int) -> dict[str, Any]:
    """Milliseconds of one preview frame on a 1920x1080 picture with ten layers, while it plays (`play`, with a resolution
    that adapts to the machine) and in full resolution (`still`). Raises RuntimeError if the back-end is missing."""
    address = harness.url(
        only="player",
        prefer=back_end,
        document=ten_layers(),
        length=FRAMES,
        picture_width=SIZE[0],
        picture_height=SIZE[1],
    )
    page = open_page(browser, address)
    kind = page.evaluate("() => harness.player.kind")
    if kind != back_end:
        raise RuntimeError(f"this Chromium has no {back_end}; it draws with {kind}")
    play = page.evaluate(DRAW_FRAMES, [frames, 0])
    still = page.evaluate(DRAW_FRAMES, [max(5, frames // 4), SETTLED_MS])
    page.close()
    return {
        "back_end": kind,
        "play_median_ms": statistics.median(play),
        "play_p95_ms": percentile(play, 0.95),
        "still_median_ms": statistics.median(still),
        "still_p95_ms": percentile(still, 0.95),
    }


def stroke_measurements(browser: Any, harness: Any) -> dict[str, float]:
    """Latencies of all mouse movements while 300 strokes are painted over ten layers, and the size of the document."""
    page = open_page(
        browser, harness.url(large=1, document=ten_layers(), picture_width=SIZE[0], picture_height=SIZE[1])
    )
    page.evaluate("() => { harness.session.select({ layer: 0 }); harness.session.setTool('brush'); }")
    page.evaluate(WATCH_STROKES)
    box = page.locator(".flowbrush-stage").bounding_box()
    strokes = page.evaluate("() => harness.session.document.layers[0].region.strokes.length")
    for n in range(STROKES):
        x = box["x"] + box["width"] * (0.2 + 0.6 * ((n * 0.618) % 1))
        y = box["y"] + box["height"] * (0.25 + 0.5 * ((n * 0.383) % 1))
        page.mouse.move(x, y)
        page.mouse.down()
        for k in range(1, 9):
            page.mouse.move(x + 9 * k, y + 14 * math.sin(n + 0.9 * k))
        page.mouse.up()
    text = page.evaluate("() => harness.session.text")
    painted = page.evaluate("() => harness.session.document.layers[0].region.strokes.length") - strokes
    if painted != STROKES:
        raise RuntimeError(f"{painted} of {STROKES} strokes were painted")
    latencies = page.evaluate("() => window.latencies")
    page.close()
    return {
        "stroke_latency_median_ms": statistics.median(latencies),
        "stroke_latency_p95_ms": percentile(latencies, 0.95),
        "document_bytes": len(text.encode()),
    }


def load_measurements(browser: Any, harness: Any, rounds: int) -> dict[str, float]:
    """Bytes of modules and styles that an empty editor loads, and the median milliseconds from the first request until
    the editor is shown."""
    times = []
    for _ in range(rounds):
        page = open_page(browser, harness.url(picture="none"))
        asked = page.evaluate(
            """() => {
                const all = performance.getEntriesByType("resource").filter((e) => e.name.includes("/editor/"));
                const files = [...new Map(all.map((file) => [file.name, file])).values()];
                const bytes = files.reduce((sum, file) => sum + file.decodedBodySize, 0);
                return { ms: performance.now() - files[0].startTime, bytes, files: files.length };
            }"""
        )
        times.append(asked["ms"])
        page.close()
    return {"load_ms": statistics.median(times), "first_bytes": asked["bytes"], "first_files": asked["files"]}


def measurements(back_ends: Sequence[str], frames: int, rounds: int) -> dict[str, Any]:
    """All numbers by name."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RuntimeError("no Chromium was found: install the package `chromium`")
    result: dict[str, Any] = {**sizes(ROOT / "js")}
    with load_harness().Harness() as harness, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS.split())
        result["frames"] = [frame_times(browser, harness, name, frames) for name in back_ends]
        result.update(stroke_measurements(browser, harness))
        result.update(load_measurements(browser, harness, rounds))
        browser.close()
    return result


def report(result: dict[str, Any]) -> str:
    """The numbers as lines of text."""
    lines = [f"preview frame, {SIZE[0]}x{SIZE[1]}, {LAYERS} layers and a camera:"]
    for row in result["frames"]:
        for what in ("play", "still"):
            median, late = row[f"{what}_median_ms"], row[f"{what}_p95_ms"]
            lines.append(
                f"  {row['back_end']:<8} {what:<7} median {median:7.1f} ms   95th percentile {late:7.1f} ms"
            )
    lines += [
        f"stroke latency           median {result['stroke_latency_median_ms']:7.1f} ms   95th percentile "
        f"{result['stroke_latency_p95_ms']:7.1f} ms",
        f"document, {STROKES} strokes    {result['document_bytes'] / 1000:7.1f} KB (limit {DOCUMENT_LIMIT // 1000})",
        f"js/ entry                {result['entry_bytes'] / 1000:7.1f} KB (limit {ENTRY_LIMIT // 1000})",
        f"first editor in a node   {result['node_bytes'] / 1000:7.1f} KB (limit {REST_LIMIT // 1000}) in "
        f"{result['node_files']} files; all of js/: {result['rest_bytes'] / 1000:.1f} KB",
        f"the same in a bare page  {result['first_bytes'] / 1000:7.1f} KB in {result['first_files']} files and "
        f"{result['load_ms']:.0f} ms",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("--back-end", choices=[*BACK_ENDS, "both"], default="both")
    parser.add_argument("--frames", type=int, default=60, help="preview frames drawn for each back-end")
    parser.add_argument("--rounds", type=int, default=5, help="how often the editor is loaded")
    options = parser.parse_args(arguments)
    back_ends = BACK_ENDS if options.back_end == "both" else (options.back_end,)
    try:
        result = measurements(back_ends, options.frames, options.rounds)
    except RuntimeError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(report(result))
    if options.json:
        write_json(options.json, result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
