"""Texts of motion documents: with one part each, and at random."""

import json

import numpy as np


def layer(text: str) -> str:
    return '{"flowbrush": "motion", "version": 2, "layers": [' + text + "]}"


def motion(text: str) -> str:
    return layer('{"motion": ' + text + "}")


def region(text: str) -> str:
    return layer('{"region": ' + text + "}")


def camera(text: str) -> str:
    return '{"version": 2, "camera": ' + text + "}"


def random_document(seed: int) -> str:
    """JSON of a document of every member, with numbers of many lengths, in one of several layouts."""
    draw = np.random.default_rng(seed)

    def number(low, high):
        value = draw.uniform(low, high)
        return [value, round(value, 4), round(value, 1), value * 1e-5][draw.integers(4)]

    def points(count, low, high, pressure=False):
        return [
            [
                number(low, high),
                number(low, high),
                *([number(0, 1)] if pressure and draw.random() < 0.7 else []),
            ]
            for _ in range(count)
        ]

    def some(members):
        return {name: value for name, value in members.items() if draw.random() < 0.6}

    def path():
        count = int(draw.integers(2, 12))
        steps = np.cumsum(draw.uniform(0.01, 1, count))
        times = np.round((steps - steps[0]) / steps[-1], 6).tolist()
        return {"points": points(count, -4, 5), **some({"times": times, "corners": [1], "corners ": 0})}

    def ease_kind():
        curve = [[0, 0], [0.25, number(-2, 3)], [0.75, number(-2, 3)], [1, number(-2, 3)]]
        return ["ease_in", [number(0, 1), number(-2, 3), number(0, 1), number(-2, 3)], curve][
            draw.integers(3)
        ]

    def layer_members():
        shape = lambda count: {"points": points(int(draw.integers(3, count)), -1, 2)}  # noqa: E731
        stroke = lambda: {  # noqa: E731
            "points": points(int(draw.integers(1, 40)), -1, 2, True),
            **some({"radius": number(0.001, 1) + 0.001, "hardness": number(0, 1), "mode": "erase"}),
        }
        return some(
            {
                "name": "".join(map(chr, draw.integers(32, 0x3FF, 12))) + "🎈" * int(draw.integers(0, 30)),
                "visible": False,
                "locked": True,
                "color": "#ff8800",
                "region": some(
                    {
                        "everything": True,
                        "mask": int(draw.integers(0, 1000)),
                        "polygons": [
                            {**shape(9), **some({"mode": "erase"})} for _ in range(draw.integers(0, 3))
                        ],
                        "strokes": [stroke() for _ in range(draw.integers(0, 5))],
                        "invert": True,
                        "grow": number(-0.5, 0.5),
                        "feather": number(0, 1),
                        "snap": True,
                    }
                ),
                "motion": some(
                    {
                        "paths": [path() for _ in range(draw.integers(0, 4))],
                        "horizontal": number(-4, 4),
                        "vertical": number(-4, 4),
                        "proximity": number(-8, 8),
                        "rotation": number(-3600, 3600),
                        "pivot": points(1, -4, 5)[0],
                        "ambient": some({"amount": number(0, 0.5), "speed": number(0, 20), "seed": 7}),
                        "ease": ease_kind(),
                        "start": number(0, 0.4),
                        "end": number(0.5, 1) + 0.4 if draw.random() < 0.1 else 0.9,
                        "loop": "repeat",
                        "fit": ["similarity", "elastic"][draw.integers(2)],
                        "pins": [
                            {
                                "at": points(1, -4, 5)[0],
                                **some({"follow": "hand", "rotation": number(-90, 90)}),
                            }
                            for _ in range(draw.integers(0, 4))
                        ],
                        "bones": [[0, 1], [0, 2]] if draw.random() < 0.3 else [],
                        "sway": some(
                            {"amount": number(0, 0.5), "bend": "region", "heading": number(-360, 360)}
                        ),
                        "hang": some(
                            {"on": "hand", "speed": number(0.2, 50) + 0.1, "anchor": points(1, -4, 5)[0]}
                        ),
                        "drive": [[0, number(-2, 3)], [0.5, number(-2, 3)], [1, number(-2, 3)]],
                    }
                ),
                "freeze": True,
                "order": int(draw.integers(-1000, 1000)),
            }
        )

    def key(time):
        names = ("pan", "tilt", "truck", "pedestal", "roll")
        return {
            "time": time,
            **some({name: number(-10, 10) for name in names}),
            **some({"ease": ease_kind()}),
        }

    content = {
        "version": 2,
        "layers": [layer_members() for _ in range(draw.integers(0, 5))],
        "camera": some({"keyframes": [key(0.3), key(0.6), key(1)], "field_of_view": number(5, 150)}),
    }
    return json.dumps(content, ensure_ascii=bool(draw.integers(2)), indent=[None, 1][draw.integers(2)])
