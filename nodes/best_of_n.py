"""Best of N: several seeds, of which the one is kept whose motion came out best."""

from typing import Any

from comfy_api.latest import io, ui

from ..hosts import host
from ..motion.measure.measure import MotionReport, measure_motion
from ..motion.measure.ranking import JUDGES, best_index, misfit_text, misfits, ranking_table
from ..sampling.noise import SeededNoise
from .checks import check_connected, checked_latent, checked_motion
from .sampling import canvas_inputs, optional_inputs, sample_latent, setting_inputs
from .sockets import CATEGORY, MotionSocket

_SEEDS = 2**64


class BestOfN(io.ComfyNode):
    """Samples seeds one after the other, measures each, keeps one latent."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushBestOfN",
            display_name="Flowbrush Best of N",
            category=CATEGORY,
            description="Makes the video several times with other seeds, measures how well each followed the motion, and keeps "
            "the best.",
            search_aliases=["seed search", "batch seeds", "rerank", "evaluate"],
            inputs=[
                io.Model.Input("model", tooltip="The diffusion model, from Load Model or a stock loader."),
                *canvas_inputs(),
                io.Vae.Input("vae", tooltip="The VAE, to look at each video."),
                MotionSocket.Input("motion", tooltip="The motion that was asked for."),
                *optional_inputs(),
                io.Int.Input(
                    "count",
                    default=4,
                    min=1,
                    max=100,
                    tooltip="How many seeds are tried, one after the other.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=_SEEDS - 1,
                    control_after_generate=True,
                    tooltip="The first seed; the others follow it. Each gives what it gives in Sampler with Latent Noise.",
                ),
                io.Combo.Input(
                    "judge",
                    options=list(JUDGES),
                    default=JUDGES[0],
                    tooltip="What counts: that what was asked to move went there, or also that what is frozen or not painted stayed.",
                ),
                io.Float.Input(
                    "good_enough",
                    default=0.0,
                    min=0.0,
                    max=100.0,
                    step=0.1,
                    round=0.01,
                    tooltip="Stop at the first video that is off by no more than this many pixels. 0 tries all seeds.",
                ),
                io.Int.Input(
                    "tile_size",
                    default=0,
                    min=0,
                    max=4096,
                    step=64,
                    tooltip="Side of a tile in pixels when a video is decoded to look at it, 0 for whole frames.",
                ),
                *setting_inputs(),
            ],
            outputs=[
                io.Latent.Output(
                    "latent", display_name="LATENT", tooltip="The video that was kept, for Decode Video."
                ),
                io.Int.Output("best_seed", tooltip="The seed of that video."),
                io.String.Output("report", tooltip="The numbers of every seed as text."),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        model: Any,
        latent: dict,
        vae: Any,
        motion: Any,
        count: int,
        seed: int,
        judge: str,
        good_enough: float,
        tile_size: int,
        **settings: Any,
    ) -> io.NodeOutput:
        """See `motion.measure.ranking.misfits`. Raises ValueError for a batch, a motion that asks for nothing, and as Sampler."""
        motion = checked_motion(motion)
        videos = len(checked_latent(latent))
        if videos != 1:
            raise ValueError(
                f"`latent` holds {videos} videos; this node makes one at a time: give it a batch of 1"
            )
        check_connected(vae, "vae", "the VAE of Load Model")
        if motion.is_empty:
            raise ValueError("`motion` asks for nothing, so nothing can be followed well: paint something")
        seeds: list[int] = []
        reports: list[MotionReport] = []
        kept: dict = {}
        for number in range(count):
            host().check_cancel()
            seeds.append((seed + number) % _SEEDS)
            made = sample_latent(model=model, noise=SeededNoise(seeds[-1]), latent=latent, **settings)
            frames = host().decode_video(vae, made["samples"], tile_size)
            reports.append(measure_motion(frames, motion))
            values = misfits(reports, judge)
            first = best_index(values)
            if first == number:
                kept = made
            del frames, made  # of all videos but the best only the numbers stay
            host().notice(
                f"seed {seeds[-1]} ({number + 1} of {count}): {misfit_text(values[-1])}; the best is seed {seeds[first]}"
            )
            if values[first] <= good_enough and good_enough > 0:
                break
        text = ranking_table(seeds, reports, judge)
        return io.NodeOutput(kept, seeds[best_index(misfits(reports, judge))], text, ui=ui.PreviewText(text))
