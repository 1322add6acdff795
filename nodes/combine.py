"""Combine Motion: several motions combined into one."""

from typing import Any

from comfy_api.latest import io

from ..motion.field.field import combine
from .checks import checked_motion
from .node import Node
from .sockets import CATEGORY, MotionSocket


class CombineMotion(Node):
    """Puts the layers of all motions together and applies their cameras one after the other."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        def motion(number: int, optional: bool = False) -> Any:
            place = (
                "The motion at the back."
                if number == 1
                else "A motion whose layers lie in front of those of the inputs above. Its camera then moves the whole picture."
            )
            return MotionSocket.Input(f"motion_{number}", optional=optional, tooltip=place)

        return io.Schema(
            node_id="FlowbrushCombineMotion",
            display_name="Flowbrush Combine Motion",
            category=CATEGORY,
            description="Combines motions: painted regions over a camera move, or over the motion of a video.",
            search_aliases=["merge motion", "add motion"],
            inputs=[motion(1), motion(2), motion(3, True), motion(4, True)],
            outputs=[MotionSocket.Output("motion", tooltip="All motions combined.")],
        )

    @classmethod
    def execute(cls, **motions: Any) -> io.NodeOutput:
        """Raises ValueError where fewer than two are connected, and where lengths or aspect ratios differ."""
        given = {name: motions[name] for name in sorted(motions) if motions[name] is not None}
        if len(given) < 2:
            count = "only one motion" if given else "no motion"
            raise ValueError(f"{count} is connected; connect at least `motion_1` and `motion_2`")
        first = checked_motion(next(iter(given.values())), next(iter(given)))
        for name, motion in given.items():
            checked_motion(motion, name, first.frames, "`motion_1`")
        return io.NodeOutput(combine(*given.values()))
