"""The example graphs for the bundled model, each built from left to right."""

from __future__ import annotations

from collections.abc import Callable

from .bundled_parts import (
    FPS,
    SIZE_NOTE,
    brush_node,
    measured,
    model_and_text,
    preview_node,
    sampling_nodes,
    video_subgraph,
)
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Subgraph
from .clips import edit_clip, shot_list
from .documents import BALLOONS_AND_CLOUDS, BOAT_AND_WATER, CLOUDS
from .following import best_of_n, followed_object, guided
from .long_shot import long_shot
from .restyle import restyle
from .stills import drive_motion, spatial_photo
from .subgraph import promoted_widgets


def text_to_video() -> Graph:
    """A prompt and nothing else."""
    graph = Graph(
        "text_to_video",
        "# Text to video\n# This graph makes a short video from a prompt alone, without a picture or painted motion.\n\n"
        "**The bundled text-to-video model** was trained on coloured shapes in front of smooth backgrounds, at 64 x 64 pixels "
        "and 17 frames. Its prompts look like this: *a red circle moves right*. Colour, shape and direction follow "
        "the prompt; outlines are a little rough.\n\n"
        "For anything else, open *Make the video*, choose Wan 2.1 or 2.2 files in *Load Model*, and set `cfg` 5, `shift` 5 and a larger size.\n\n"
        "**Size and length** are set in *Make the video*. Width and height must be multiples of 16, and the length 4k+1 frames.",
    )
    column, model, text = model_and_text(
        "a yellow circle moves left, the camera is still",
        diffusion_model="bundled text to video",
        text_encoder="bundled text to video",
    )
    noise = Node("FlowbrushLatentNoise", {"width": 64, "height": 64, "length": 17, "seed": 3})
    sampler = Node(
        "FlowbrushSampler",
        {
            "model": model["MODEL"],
            "noise": noise["NOISE"],
            "positive": text["positive"],
            "negative": text["negative"],
            "latent": noise["LATENT"],
            "steps": 20,
            "cfg": 4.0,
            "shift": 3.0,
        },
    )
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": sampler["LATENT"]})
    inside, saved = video_subgraph([column, [noise, sampler], [decode]], decode["IMAGE"], "text_to_video")
    inside.promoted[1:1] = promoted_widgets([noise], "width", "height", "length")
    graph.lane()
    graph.lane(Group("1  Prompt and sampling", PURPLE, [inside]))
    graph.lane(Group("2  Video", GREY, [saved]))
    return graph


def seamless_loop() -> Graph:
    """A prompt, and a video whose end goes over into its beginning."""
    graph = Graph(
        "seamless_loop",
        "# Seamless loop\n# The end of this video goes over into its beginning.\n"
        "# *Close Loop*, in *Make the video*, lets every sampling step begin with another frame.\n"
        "# *Save Loop* plays it without a break, and measures its seam.\n\n"
        "Open *Make the video*: *Close Loop* stands between *Load Model* and *Sampler*; `loop` of *Decode Video* and of "
        "*Interpolate Frames* is on. 25 frames become 28, and 56 at twice the rate.\n\n"
        "**The bundled model** makes coloured shapes at 64 x 64 pixels. For anything else, choose Wan 2.1 or 2.2 files in *Load "
        "Model*, and set `cfg` 5, `shift` 5 and a larger size.",
    )
    column, model, text = model_and_text(
        "an orange circle moves down",
        diffusion_model="bundled text to video",
        text_encoder="bundled text to video",
    )
    close = Node("FlowbrushCloseLoop", {"model": model["MODEL"]})
    noise = Node("FlowbrushLatentNoise", {"width": 64, "height": 64, "length": 25, "seed": 2})
    sampler = Node(
        "FlowbrushSampler",
        {
            "model": close["model"],
            "noise": noise["NOISE"],
            "positive": text["positive"],
            "negative": text["negative"],
            "latent": noise["LATENT"],
            "steps": 20,
            "solver": "euler",
            "cfg": 4.0,
            "shift": 3.0,
        },
    )
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": sampler["LATENT"], "loop": True})
    smooth = Node(
        "FlowbrushInterpolateFrames", {"frames": decode["IMAGE"], "fps": FPS, "multiplier": 2, "loop": True}
    )
    inside, saved = video_subgraph(
        [column, [close, noise, sampler], [decode, smooth]], smooth["frames"], "seamless_loop", smooth["fps"]
    )
    inside.promoted[1:1] = promoted_widgets([noise], "width", "height", "length")
    played = Node(
        "FlowbrushSaveLoop",
        {"frames": smooth["frames"], "fps": smooth["fps"], "filename_prefix": "loops/seamless_loop"},
        room=240,
    )
    graph.lane()
    graph.lane(Group("1  Prompt and sampling", PURPLE, [inside]))
    # In one lane, so that no link passes behind either node.
    saved.room = 240
    graph.lane(Group("2  Loop", GREY, [played]), Group("3  Video", GREY, [saved]))
    return graph


def image_to_video() -> Graph:
    """A first frame and a prompt."""
    prompt = "green hills under passing clouds, the camera pushes in slowly"
    graph = Graph(
        "image_to_video",
        "# Image to video\n# The picture comes alive without any painting.\n\n"
        "*Motion from Prompt* reads the prompt and moves the camera and the sky. Write the same prompt in *Make the video*.\n\n"
        + SIZE_NOTE
        + "\n\n## Other models\n\n**The bundled model** does not invent motion by itself, so it is given this one. With Wan 2.1 or "
        "2.2 image-to-video files in *Load Model* (inside *Make the video*), disconnect the motion there from *Motion "
        "Conditioning* and *Decode Video*: these models decide what moves.\n\n"
        "*Interpolate Frames* doubles the frame rate by optical flow and passes the new rate to *Create Video*.",
    )
    column, model, text = model_and_text(prompt)
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    motion = Node(
        "FlowbrushMotionFromPrompt",
        {"image": frame["first_image"], "prompt": prompt, "length": frame["length"]},
        extra_height=120,
    )
    preview = preview_node(motion["motion"], frame["first_image"])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=motion["motion"])
    smooth = Node("FlowbrushInterpolateFrames", {"frames": decode["IMAGE"], "fps": FPS, "multiplier": 2})
    inside, saved = video_subgraph(
        [column, middle, [sampler, decode, smooth]], smooth["frames"], "image_to_video", smooth["fps"]
    )
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion", ORANGE, [motion, preview]))
    graph.lane(Group("3  Sampling", PURPLE, [inside]))
    graph.lane(Group("4  Video", GREY, [saved]))
    return graph


def start_here() -> Graph:
    """The smallest graph: a picture, the brush, and one node that makes the video."""
    graph = Graph(
        "start_here",
        "# 1. Press Run.\n# 2. Drop in a photo.\n# 3. C: click a thing.\n# 4. A: pull it. Run.",
        about_at=(2, 1),
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256}, width=225)
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]}, "Size and length", width=225)
    brush = brush_node(frame["first_image"], BALLOONS_AND_CLOUDS, frame["length"])
    brush.width, brush.extra_height = 420, 440
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=brush["motion"])
    inside, saved = video_subgraph([column, middle, [sampler, decode]], decode["IMAGE"], "start_here")
    inside.width, saved.width, saved.room, saved.extra_height = 245, 230, 0, 260
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Paint its motion", ORANGE, [brush]))
    graph.lane(Group("3  Sampling", PURPLE, [inside]))
    graph.lane(Group("4  Video", GREY, [saved]))
    return graph


def motion_brush() -> Graph:
    """The main use of the pack: painted motion on a picture."""
    graph = Graph(
        "motion_brush",
        "# Motion brush\n# Paint how parts of the picture should move, and the video follows.\n\n"
        "1. Replace *Example Image* with *Load Image* for your own picture.\n"
        "2. In *Motion Brush*, cover what moves (**B**), pull an arrow from it (**A**), and play (**Space**).\n"
        "3. *Preview Motion* shows the motion without the model.\n"
        "4. *Make the video* holds the model and *Decode Video*.\n"
        "5. *Asked and measured* compares painted and measured motion.\n\n## Size and length\n\n" + SIZE_NOTE,
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 512, "height": 512})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = brush_node(frame["first_image"], BALLOONS_AND_CLOUDS, frame["length"], large=True)
    preview = preview_node(brush["motion"], frame["first_image"])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=brush["motion"])
    decode.given |= {"source": frame["first_image"], "motion": brush["motion"]}
    measure, report = measured(decode["IMAGE"], brush["motion"], frame["first_image"])
    inside, saved = video_subgraph(
        [column, middle, [sampler, decode]], decode["IMAGE"], "motion_brush", more=[measure]
    )
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion", ORANGE, [brush]))
    graph.lane(Group("3  Preview and sampling", PURPLE, [preview, inside]))
    graph.lane(Group("4  Video", GREY, [saved, report]))
    return graph


def camera_move() -> Graph:
    """A camera move over the picture, with a painted region that also moves by itself."""
    graph = Graph(
        "camera_move",
        "# Camera move\n# The camera moves in and pans while the painted sky drifts by itself.\n\n"
        "*Combine Motion* adds the two motions. If you connect a depth picture to *Camera Motion*, near objects move more than distant ones.\n\n"
        + SIZE_NOTE,
    )
    column, model, text = model_and_text("the camera pushes in over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    camera = Node(
        "FlowbrushCameraMotion",
        {"length": frame["length"], "dolly": 0.18, "pan": 4.0, "roll": 2.0},
    )
    brush = brush_node(frame["first_image"], CLOUDS, frame["length"])
    both = Node("FlowbrushCombineMotion", {"motion_1": brush["motion"], "motion_2": camera["motion"]})
    preview = preview_node(both["motion"], frame["first_image"])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=both["motion"])
    inside, saved = video_subgraph([column, middle, [sampler, decode]], decode["IMAGE"], "camera_move")
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Painted motion", ORANGE, [brush]))
    graph.lane(Group("3  Camera", ORANGE, [camera, both, preview]))
    graph.lane(Group("4  Sampling and video", PURPLE, [inside, saved]))
    return graph


def motion_transfer() -> Graph:
    """The motion of one clip, given to another picture."""
    graph = Graph(
        "motion_transfer",
        "# Motion transfer\n# The picture moves as a clip does.\n\n*Motion from Video* measures the motion of the clip.\n\n"
        "So that it runs without files, *Source clip* renders a clip itself, from a picture and a painted motion. To use your own, "
        "delete it and connect *Load Video* → *Get Video Components* to *Motion from Video*.\n\n" + SIZE_NOTE,
    )
    column, model, text = model_and_text("a boat crossing a lake")
    source = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256, "variation": 5})
    clip_motion = brush_node(source["IMAGE"], BOAT_AND_WATER)
    clip = Node("FlowbrushWarpImage", {"image": source["IMAGE"], "motion": clip_motion["motion"]})
    image = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256, "variation": 7})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    motion = Node("FlowbrushMotionFromVideo", {"frames": clip["frames"], "length": frame["length"]})
    preview = preview_node(motion["motion"], frame["first_image"], style="flow wheel")
    made = Subgraph("", {}, "Source clip", columns=[[source, clip], [clip_motion]])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=motion["motion"])
    inside, saved = video_subgraph([column, middle, [sampler, decode]], decode["IMAGE"], "motion_transfer")
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion of a clip", ORANGE, [made, motion, preview]))
    graph.lane(Group("3  Sampling", PURPLE, [inside]))
    graph.lane(Group("4  Video", GREY, [saved]))
    return graph


def first_last_frame() -> Graph:
    """From one picture to another."""
    graph = Graph(
        "first_last_frame",
        "# First and last frame\n# The video begins with one picture and ends with another.\n\nThe frames between show both pictures, "
        "moved along the flow from one to the other (`between` in *Motion Conditioning* is `carried, kept`, and *Decode Video* puts "
        "their pixels back). A large image-to-video model makes the frames between by itself: set `between` to `grey`, and turn "
        "`composite` off.\n\n"
        "The two pictures must show the same scene. Here, *Warp Image* makes the last picture from the first one and a painted "
        "motion. Replace both with *Load Image* to use your own pictures.\n\n" + SIZE_NOTE,
    )
    column, model, text = model_and_text("a boat crossing a lake")
    image = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256})
    moved = brush_node(image["IMAGE"], BOAT_AND_WATER)
    last = Node("FlowbrushWarpImage", {"image": image["IMAGE"], "motion": moved["motion"]})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"], "last_image": last["frames"]})
    pictures = Node("PreviewImage", {"images": frame["last_image"]}, "The last frame", extra_height=200)
    middle, sampler, decode = sampling_nodes(
        model, text, frame, 1, last_image=frame["last_image"], between="carried, kept"
    )
    inside, saved = video_subgraph([column, middle, [sampler, decode]], decode["IMAGE"], "first_last_frame")
    graph.lane(Group("1  First picture", GREEN, [image]))
    graph.lane(Group("2  Last picture", GREEN, [moved, last]))
    graph.lane(Group("3  First and last frame", ORANGE, [frame, pictures]))
    graph.lane(Group("4  Sampling and video", PURPLE, [inside, saved]))
    return graph


def animate_picture() -> Graph:
    """The finished video of a picture, without a model."""
    graph = Graph(
        "animate_picture",
        "# Animate Picture\n# The finished video of a picture, without a model.\n"
        "# 1. Drop in your photo.\n# 2. B: paint a thing. A: pull it.\n# 3. *Camera Motion* pushes in.\n"
        "# 4. *Clean Plate* shows what is behind.",
    )
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 768, "height": 768})
    brush = brush_node(image["IMAGE"], BALLOONS_AND_CLOUDS, large=True)
    brush.extra_height = 390
    camera = Node("FlowbrushCameraMotion", {"dolly": 0.05, "ease": "ease_in_out"})
    both = Node("FlowbrushCombineMotion", {"motion_1": brush["motion"], "motion_2": camera["motion"]})
    plate = Node("FlowbrushCleanPlate", {"image": image["IMAGE"], "motion": brush["motion"]})
    shown = Node("PreviewImage", {"images": plate["plate"]}, "What is behind", extra_height=100)
    video = Node(
        "FlowbrushAnimatePicture",
        {"image": image["IMAGE"], "motion": both["motion"], "plate": plate["plate"], "length": 73, "fps": 24},
        room=340,
    )
    save = Node("SaveVideo", {"video": video["VIDEO"], "filename_prefix": "video/animate_picture"})
    graph.lane(Group("1  Picture", GREEN, [image]))
    graph.lane(Group("2  Painted motion", ORANGE, [brush]), Group("What is behind", PURPLE, [shown]))
    graph.lane(Group("3  Camera", ORANGE, [camera, both]), Group("4  Clean plate", PURPLE, [plate]))
    graph.lane(Group("5  Video", GREY, [video, save]))
    return graph


GRAPHS: tuple[Callable[[], Graph], ...] = (
    start_here,
    text_to_video,
    seamless_loop,
    image_to_video,
    motion_brush,
    camera_move,
    motion_transfer,
    restyle,
    first_last_frame,
    best_of_n,
    followed_object,
    animate_picture,
    long_shot,
    drive_motion,
    spatial_photo,
    edit_clip,
    shot_list,
)

# Graphs for the bundled model that use stock nodes which the headless host does not have.
IN_COMFYUI: tuple[Callable[[], Graph], ...] = (guided,)
