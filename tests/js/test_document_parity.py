"""The editor's JavaScript reads and writes motion documents as the Python library does."""

import sys

import numpy as np
from flowbrush.motion.document.document import DocumentError, dump, parse

from .documents import camera, layer, motion, random_document, region
from .node import answers

DEEP = 100_000
NOT_JSON = [
    "{",
    "[",
    "{]",
    '{"a"',
    '{"a":',
    '{"a": 1',
    '{"a": 1;}',
    "{a: 1}",
    "{'a': 1}",
    '{"layers": [1 2]}',
    '{"layers": [1',
    '{"layers": nul}',
    '{"layers": tru}',
    '{"layers": -}',
    '{"layers": +1}',
    '{"layers": .5}',
    '{"layers": 01}',
    '{"layers": 1.}',
    '{"layers": 1e}',
    '{"layers": 0x10}',
    '{"layers": -Infinite}',
    '{"layers": []} x',
    '{"layers": []}{}',
    '\n\n  {"layers": [],\n\t"camera" 3}',
    '{"😀": "😀", 3}',
    '\r\n{"name": "\\x"}',
    '{"name": "\\u12"}',
    '{"name": "\\u12g4"}',
    '{"name": "\\u1234',
    '{"name": "\\',
    '{"name": "a',
    '{"name": "a\nb"}',
    '{"name": "tab\there"}',
    "\ufeff{}",
    "\ufeff",
    "\u00a0{}",
    "nul",
    "-",
    "x",
    "[" * DEEP,
    '{"a":' * DEEP,
    '{"layers": ' + "[" * DEEP + "]" * DEEP + "}",
    '{"version": ' + "9" * 5000 + "}",
    '{"layers": [{"motion": {"horizontal": ' + "9" * 4301 + "}}]}",
    '{"layers": [' + "9" * 5000 + "}",
]
WRONG = [
    "null",
    "[]",
    "3",
    "NaN",
    "true",
    '"motion"',
    '{"flowbrush": "photo"}',
    '{"flowbrush": null}',
    '{"flowbrush": ["motion"]}',
    '{"version": 3}',
    '{"version": 3, "layers": [{"wings": 2}]}',
    '{"version": 1000001}',
    '{"version": -1}',
    '{"version": 1.5}',
    '{"version": "2"}',
    '{"version": null}',
    '{"version": true}',
    '{"version": NaN}',
    '{"version": 1e400}',
    '{"version": 2, "wings": 1}',
    '{"version": 2, "10": 1, "b": 2}',
    '{"version": 2, "b": 1, "10": 2}',
    '{"version": 2, "__proto__": {}}',
    '{"version": 2, "constructor": 1}',
    '{"version": 2, "layers": {}}',
    '{"version": 2, "layers": null}',
    '{"version": 2, "layers": "x"}',
    '{"version": 2, "layers": [3]}',
    '{"version": 2, "layers": [{}, []]}',
    '{"version": 2, "layers": [{}, {"toString": 1}]}',
    '{"version": 2, "camera": []}',
    '{"version": 2, "camera": null}',
    layer('{"name": 3}'),
    layer('{"name": null}'),
    layer('{"visible": 1}'),
    layer('{"locked": "yes"}'),
    layer('{"color": []}'),
    layer('{"freeze": null}'),
    layer('{"strength": 1.1}'),
    layer('{"strength": null}'),
    layer('{"order": 1.5}'),
    layer('{"order": true}'),
    layer('{"order": 1001}'),
    layer('{"order": -1e308}'),
    layer('{"order": NaN}'),
    layer('{"order": ' + "1" * 400 + "}"),
    layer('{"region": null}'),
    layer('{"motion": 0}'),
    layer('{"name": ' + "[" * 50 + "]" * 50 + "}"),
    region('{"everything": 0}'),
    region('{"mask": -1}'),
    region('{"mask": 1001}'),
    region('{"mask": "1"}'),
    region('{"feather": -0.001}'),
    region('{"feather": 1.001}'),
    region('{"feather": "wide"}'),
    region('{"grow": 0.51}'),
    region('{"grow": Infinity}'),
    region('{"strokes": {}}'),
    region('{"strokes": [{}]}'),
    region('{"strokes": [[]]}'),
    region('{"strokes": [{"points": []}]}'),
    region('{"strokes": [{"points": 3}]}'),
    region('{"strokes": [{"points": [[0.1]]}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2, 0.3, 0.4]]}]}'),
    region('{"strokes": [{"points": [[0.1, 2.1]]}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2], [0.1, 0.2, 1.1]]}]}'),
    region('{"strokes": [{"points": [[0.1, null]]}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2]], "radius": 0}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2]], "radius": NaN}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2]], "mode": "smear"}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2]], "mode": ["paint"]}]}'),
    region('{"strokes": [{"points": [[0.1, 0.2]], "hardness": 2}]}'),
    region('{"polygons": [{"points": [[0.1, 0.2], [0.3, 0.4]]}]}'),
    region('{"polygons": [{"points": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6, 1]]}]}'),
    region('{"polygons": [{"mode": "paint"}]}'),
    motion('{"speed": 1}'),
    motion('{"horizontal": 4.1}'),
    motion('{"horizontal": "fast"}'),
    motion('{"horizontal": true}'),
    motion('{"horizontal": NaN}'),
    motion('{"horizontal": -Infinity}'),
    motion('{"vertical": 1e400}'),
    motion('{"proximity": -9}'),
    motion('{"pivot": [0.5]}'),
    motion('{"pivot": [0.5, 9]}'),
    motion('{"start": 0.5, "end": 0.5}'),
    motion('{"start": 1}'),
    motion('{"end": 0}'),
    motion('{"loop": "forever"}'),
    motion('{"bones": [[0, 1]]}'),
    motion('{"pins": [{"at": [0, 0]}, {"at": [1, 1]}], "bones": [[1, 0]]}'),
    motion('{"pins": [{"at": [0, 0]}, {"at": [1, 1]}], "bones": [[0, 1], [0, 1]]}'),
    motion('{"pins": [{"at": [0, 0]}, {"at": [1, 1]}], "bones": [[0, 1, 1]]}'),
    motion('{"hang": {"on": 3}}'),
    motion('{"hang": {"damping": 0}}'),
    motion('{"drive": [[0, 0]]}'),
    motion('{"drive": [[0, 0], [0.5, 1]]}'),
    motion('{"drive": [[0, 4], [1, 1]]}'),
    motion('{"sway": {"bend": "plate"}}'),
    motion('{"sway": {"heading": 400}}'),
    motion('{"fit": null}'),
    motion('{"ambient": 1}'),
    motion('{"ambient": {"amount": 0.6}}'),
    motion('{"ambient": {"seed": 2147483648}}'),
    motion('{"ambient": {"seed": 0.5}}'),
    motion('{"flow": 1}'),
    motion('{"sway": {"kind": "storm"}}'),
    motion('{"sway": {"amount": 0.6}}'),
    motion('{"sway": {"anchor": [0.5]}}'),
    motion('{"pins": [{}]}'),
    motion('{"pins": [{"at": [0.5, 9]}]}'),
    motion('{"pins": [{"at": [0.5, 0.5], "scale": 0}]}'),
    motion('{"pins": [{"at": [0.5, 0.5], "move": [5, 0]}]}'),
    motion('{"pins": [{"at": [0.5, 0.5], "path": {"points": [[0, 0]]}}]}'),
    motion('{"pins": [{"at": [0.5, 0.5], "path": {"points": [[0, 0], [1, 1]], "times": [0, 0]}}]}'),
    motion('{"flow": {"speed": 11}}'),
    motion('{"flow": {"reach": 0}}'),
    motion('{"flow": {"hold": -0.1}}'),
    motion('{"ease": "bounce"}'),
    motion('{"ease": 3}'),
    motion('{"ease": null}'),
    motion('{"ease": []}'),
    motion('{"ease": [0.1, 0.2, 0.3]}'),
    motion('{"ease": [1.1, 0, 0, 0]}'),
    motion('{"ease": [0, 0, 0, "x"]}'),
    motion('{"ease": [[0, 0]]}'),
    motion('{"ease": [[0, 0], 1]}'),
    motion('{"ease": [[0, 0.1], [1, 1]]}'),
    motion('{"ease": [[0, 0], [0.5, 1], [0.5, 1], [1, 1]]}'),
    motion('{"ease": [[0.1, 0], [1, 1]]}'),
    motion('{"ease": [[0, 0], [0.9, 1]]}'),
    motion('{"ease": [[0, 0], [1, 4]]}'),
    motion('{"paths": [{}]}'),
    motion('{"paths": [{"points": [[0, 0]]}]}'),
    motion('{"paths": [{"points": [[0, 0], [5.1, 0]]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "corners": [0, 2]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "corners": [-1]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "times": [0]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "times": [0.1, 1]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "times": [0, 0]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "times": [0, 1.5]}]}'),
    motion('{"paths": [{"points": [[0, 0], [1, 1]], "times": "now"}]}'),
    '{"version": 2, "loop": "repeat"}',
    '{"version": 2, "loop": true}',
    camera('{"field_of_view": 4}'),
    camera('{"keyframes": [{"time": 0, "pan": 1}]}'),
    camera('{"keyframes": [{"time": 0.5}, {"time": 0.5}]}'),
    camera('{"keyframes": [{"time": 0.5}, {"time": 0.7}, {"time": 0.6}]}'),
    camera('{"keyframes": [{"zoom": 0}]}'),
    camera('{"keyframes": [{"dolly": 0.91}]}'),
    camera('{"keyframes": [{"time": 1, "ease": [2, 0, 0, 0]}]}'),
    camera('{"keyframes": [{"time": 1, "ease_in": 1}]}'),
    '{"layers": 3}',
    '{"layers": [3]}',
    '{"layers": [{"path": 3}]}',
    '{"layers": [{"path": [[0, 0]]}]}',
    '{"layers": [{"wings": 3}]}',
    '{"layers": [{"__proto__": 1}]}',
    '{"layers": [{"toString": 1}]}',
    '{"layers": [{"region": 3}]}',
    '{"layers": [{}, {"motion": null}]}',
    '{"wings": 1, "layers": 3}',
    '{"wings": 1, "layers": [3]}',
    '{"layers": [{"strokes": [{"points": [[0.1, 9]]}]}]}',
    '{"camera": {"pan": 99}}',
    '{"camera": {"wings": 1}}',
    '{"camera": {"time": 0, "pan": 1}}',
    '{"camera": {"field_of_view": 1}}',
    '{"camera": 5}',
    '{"frame": -1}',
    '{"frame": 1.5}',
    '{"frame": 100001}',
    '{"version": 0, "layers": [{"name": 3}]}',
]
RIGHT = [
    motion('{"sway": {"kind": "jelly", "amount": 0.1, "speed": 4, "anchor": [0.5, 1.5], "seed": 3}}'),
    motion('{"pins": [{"at": [0.5, 0.5]}, {"at": [0.2, 0.8], "move": [0, 0.00001], "stiffness": 2}]}'),
    motion('{"pins": [{"at": [0.5, 0.5], "path": {"points": [[0.5, 0.5], [0.7, 0.5]]}, "reach": 0.1}]}'),
    motion('{"pins": [{"at": [0.5, 0.5], "move": [0, 0], "scale": 2, "rotation": -30}]}'),
    '{"layers": [{"sway": {"amount": 0.1}, "pins": []}]}',
    motion('{"horizontal": 1, "flow": {"speed": -0.5, "reach": 0.1, "hold": 0}}'),
    '{"layers": [{"flow": {"speed": 2}, "horizontal": 1}]}',
    '{"version": 2, "loop": "seamless"}',
    '{"version": 2, "frame": 12, "layers": [{"name": "seen late"}]}',
    '{"version": 2, "frame": 0}',
    '{"version": 2, "layers": [{"name": "sea"}], "loop": "none"}',
    layer('{"strength": 0.25, "freeze": true, "order": 2}'),
    '{"layers": [{"feather": 0.2, "region": {"grow": 0.1}, "horizontal": 1, "motion": {}, "path": [[0, 0], [1, 1]]}]}',
    "{}",
    " \n{ }\t\r",
    '{"version": 2.0}',
    '{"version": 0, "layers": [], "layers": [{"name": "twice"}]}',
    '{"flowbrush": "motion", "version": 1, "layers": [{"name": "one"}]}',
    '{"camera": {}}',
    '{"camera": {"field_of_view": 40}}',
    '{"camera": {"pan": 4, "ease": "ease_in", "time": 0.5}}',
    '{"camera": {"keyframes": [{"time": 0.25, "zoom": 2}], "field_of_view": 50}}',
    '{"layers": [{"name": "flat", "path": [[0.1, 0.2], [0.3, 0.4]], "everything": true, "rotation": 5, '
    '"region": {"feather": 0.2}, "grow": 0.1, "freeze": false, "order": 2}]}',
    layer('{"name": "", "visible": true, "order": 0.0, "color": ""}'),
    layer(
        '{"name": "e\\u0301 \\ud83d\\ude00 \\" \\\\ \\/ \\b\\f\\n\\r\\t \\u0000 \\u007f \\u2028", "locked": true}'
    ),
    layer('{"name": "😀😀😀 ' + "long " * 20 + '", "color": "#fff"}'),
    layer('{"name": "' + "😀" * 84 + '"}'),
    layer('{"order": 3.0}, {"order": -1000}, {"order": 1e3}'),
    region('{"mask": 0, "invert": true, "grow": -0.0, "feather": 1e-5}'),
    region('{"mask": null, "grow": 1E-4, "feather": 0.00012345678901234567}'),
    region('{"strokes": [{"points": [[0.1, 0.2], [0.30000000000000004, -1, 0.5]], "radius": 5e-04}]}'),
    region('{"polygons": [{"points": [[0, 0], [1, 0], [2, 2]], "mode": "erase"}]}'),
    motion('{"horizontal": 0.1, "vertical": -0.0, "rotation": 3600, "seed_": 0}'.replace(', "seed_": 0', "")),
    motion('{"ambient": {"amount": 0.5, "seed": 2147483647.0}, "pivot": [-4, 5]}'),
    motion('{"ambient": {"speed": 1}, "ease": "linear", "loop": "none", "fit": "rigid"}'),
    motion('{"ease": [0.25, 0.1, 0.25, 1.0]}'),
    motion('{"ease": [[0, 0], [0.3, 2.5], [1.0, 1]], "loop": "pingpong", "fit": "similarity"}'),
    motion(
        '{"paths": [{"points": [[0, 0], [0, 0], [1, 1]], "corners": [1, 1, 0], "times": [0, 0.25, 0.5]}],'
        ' "start": 0.25, "end": 0.75}'
    ),
    camera(
        '{"keyframes": [{"time": 0}, {"time": 0.5, "pan": 5}, {"time": 1, "roll": -10, "ease": [0, 0, 1, 1]}]}'
    ),
]


def verdict(text: str) -> dict:
    """Python's result for a text: the text that it writes, or the place of the error."""
    try:
        document = parse(text)
    except DocumentError as error:
        return {"place": error.place}
    return {"text": dump(document), "empty": document.is_empty}


def test_documents_get_the_same_verdict_at_the_same_place_and_the_same_text():
    generated = [random_document(seed) for seed in range(150)]
    texts = [*NOT_JSON, *WRONG, *RIGHT, *generated]
    if sys.version_info < (3, 13):  # which names the comma, not what follows it
        texts += ['{"layers": [1,]}', '{"layers": 1,}']
    assert sum("text" in verdict(text) for text in generated) > 30
    expected = [verdict(text) for text in texts]
    assert all("place" in result for result in expected[: len(NOT_JSON) + len(WRONG)])
    assert all("text" in result for result in expected[len(NOT_JSON) + len(WRONG) :][: len(RIGHT)])
    nothing = dump(parse("{}"))  # the editor writes an empty document as an empty text
    for text, result, answer in zip(
        texts, expected, answers([{"ask": "document", "text": text} for text in texts]), strict=True
    ):
        wanted = {**result, "text": ""} if result.get("text") == nothing else result
        assert answer == wanted, text[:400]


def test_mutated_documents_get_the_same_verdict():
    """Bytes of valid documents are removed, doubled and swapped."""
    draw = np.random.default_rng(1)
    sources = [random_document(seed) for seed in range(12)]
    texts = []
    for _ in range(1500):
        text = sources[draw.integers(len(sources))]
        at = int(draw.integers(len(text)))
        piece = ['"', ",", "{", "]", "e9", "-", "NaN", "null", "\\u", "0", ".", "", "", "\n"][
            draw.integers(14)
        ]
        texts.append(text[:at] + piece + text[at + int(draw.integers(0, 3)) :])
    if sys.version_info >= (3, 13):
        texts = [
            text for text in texts if ",]" not in text.replace(" ", "") and ",}" not in text.replace(" ", "")
        ]
    nothing = dump(parse("{}"))
    refused = 0
    for text, answer in zip(
        texts, answers([{"ask": "document", "text": text} for text in texts]), strict=True
    ):
        result = verdict(text)
        refused += "place" in result
        if any("\ud800" <= letter <= "\udfff" for letter in result.get("text", "")):
            continue  # half of a surrogate pair, which a file cannot contain: the editor writes its escape
        assert answer == ({**result, "text": ""} if result.get("text") == nothing else result), text
    assert 200 < refused < 1500
