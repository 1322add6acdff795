"""Combine Motion: several motions as one."""

from typing import Any

from comfy_api.latest import io

from ..motion.field.field import combine
from .checks import checked_motion
from .sockets import CATEGORY, MotionSocket


class CombineMotion(io.ComfyNode):
    """Layers of all motions together; cameras one after the other."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        def motion(number: int, optional: bool = False) -> Any:
            place = (
                "The motion at the back."
                if number == 1
                else "In front of those before it; its camera looks at what they show."
            )
            return MotionSocket.Input(f"motion_{number}", optional=optional, tooltip=place)

        return io.Schema(
            node_id="FlowbrushCombineMotion",
            display_name="Flowbrush Combine Motion",
            category=CATEGORY,
            description="Puts motions together: a brush over a camera move, or the motion of a video under a brush.",
            search_aliases=["merge motion", "add motion"],
            inputs=[motion(1), motion(2), motion(3, True), motion(4, True)],
            outputs=[MotionSocket.Output("motion", tooltip="All of them as one motion.")],
        )

    @classmethod
    def execute(cls, **motions: Any) -> io.NodeOutput:
        """Raises ValueError when lengths or aspects differ."""
        given = {name: motions[name] for name in sorted(motions) if motions[name] is not None}
        if len(given) < 2:
            raise ValueError(
                f"{len(given)} of the motions arrived; connect at least `motion_1` and `motion_2`"
            )
        first = checked_motion(next(iter(given.values())), next(iter(given)))
        for name, motion in given.items():
            checked_motion(motion, name, first.frames, "`motion_1`")
        return io.NodeOutput(combine(*given.values()))
