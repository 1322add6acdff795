"""Best of N: samples several seeds and keeps the video whose motion is best."""

from typing import Any

from comfy_api.latest import io, ui

from ..hosts import host
from ..motion.measure.measure import MotionReport, measure_motion
from ..motion.measure.ranking import JUDGES, best_index, misfit_text, misfits, ranking_table
from ..sampling.noise import SeededNoise
from .checks import check_loaded, checked_latent, checked_motion
from .node import Node
from .sampling import canvas_inputs, optional_inputs, sample_latent, setting_inputs
from .sockets import ADVANCED, CATEGORY, MotionSocket

_SEEDS = 2**64


class BestOfN(Node):
    """Samples seeds one after the other, measures the motion of each video, and keeps one latent."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushBestOfN",
            display_name="Flowbrush Best of N",
            category=CATEGORY,
            description="Makes the video several times with different seeds, measures how well each follows the motion, and keeps "
            "the best.",
            search_aliases=["seed search", "batch seeds", "rerank", "evaluate"],
            inputs=[
                io.Model.Input("model", tooltip="The diffusion model, from Load Model or a stock loader."),
                *canvas_inputs(),
                io.Vae.Input("vae", tooltip="The VAE, to decode each video for the measurement."),
                MotionSocket.Input("motion", tooltip="The motion that each video is compared with."),
                *optional_inputs(),
                io.Int.Input(
                    "count",
                    default=4,
                    min=1,
                    max=100,
                    tooltip="How many seeds to try, one after the other.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=_SEEDS - 1,
                    control_after_generate=True,
                    tooltip="The first seed; the next ones count up from it. Each gives the same video as in Sampler with Latent Noise.",
                ),
                io.Combo.Input(
                    "judge",
                    options=list(JUDGES),
                    default=JUDGES[0],
                    tooltip="How videos are compared: by how well painted parts follow the motion, and with stillness also by how little "
                    "frozen and unpainted parts move.",
                ),
                io.Float.Input(
                    "good_enough",
                    default=0.0,
                    min=0.0,
                    max=100.0,
                    step=0.1,
                    round=0.01,
                    extra_dict=ADVANCED,
                    tooltip="Stop at the first video whose error is at most this many pixels. 0 tries all seeds.",
                ),
                io.Int.Input(
                    "tile_size",
                    default=0,
                    min=0,
                    max=4096,
                    step=64,
                    extra_dict=ADVANCED,
                    tooltip="Side of a tile in pixels when a video is decoded for the measurement; 0 decodes whole frames.",
                ),
                *setting_inputs(),
            ],
            outputs=[
                io.Latent.Output(
                    "latent", display_name="LATENT", tooltip="The best video, for Decode Video."
                ),
                io.Int.Output("best_seed", tooltip="The seed of that video."),
                io.String.Output("report", tooltip="The measurements of every seed as text."),
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
        """Return the best latent, its seed and a report; see `motion.measure.ranking.misfits`.

        Raises ValueError for a batch of videos, for an empty motion, and for the same inputs as Sampler.
        """
        motion = checked_motion(motion)
        videos = len(checked_latent(latent))
        if videos != 1:
            raise ValueError(
                f"`latent` holds {videos} videos; this node makes one at a time: give it a batch of 1"
            )
        check_loaded(vae, "vae", "the VAE of Load Model")
        if motion.is_empty:
            raise ValueError(
                "`motion` is empty, so no video can follow it: paint a region, or move the camera"
            )
        seeds: list[int] = []
        reports: list[MotionReport] = []
        best_latent: dict = {}
        for number in range(count):
            host().check_cancel()
            seeds.append((seed + number) % _SEEDS)
            sampled_latent = sample_latent(
                model=model, noise=SeededNoise(seeds[-1]), latent=latent, **settings
            )
            frames = host().decode_video(vae, sampled_latent["samples"], tile_size)
            reports.append(measure_motion(frames, motion))
            values = misfits(reports, judge)
            best = best_index(values)
            if best == number:
                best_latent = sampled_latent
            del frames, sampled_latent  # keep only the measurements of all other videos
            host().notice(
                f"seed {seeds[-1]} ({number + 1} of {count}): {misfit_text(values[-1])}; the best is seed {seeds[best]}"
            )
            if values[best] <= good_enough and good_enough > 0:
                break
        text = ranking_table(seeds, reports, judge)
        return io.NodeOutput(
            best_latent, seeds[best_index(misfits(reports, judge))], text, ui=ui.PreviewText(text)
        )
