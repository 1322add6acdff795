"""The example graphs for the bundled model, each built from left to right."""

from __future__ import annotations

from collections.abc import Callable

from .bundled_parts import (
    FPS,
    SIZE_NOTE,
    brush_node,
    model_and_text,
    preview_node,
    sampling_nodes,
    video_nodes,
)
from .canvas import BLUE, GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node
from .documents import BALLOONS_AND_CLOUDS, BOAT_AND_WATER, CLOUDS, DRIFTING_BALLOON
from .following import best_of_n, followed_object, guided


def text_to_video() -> Graph:
    """A prompt and nothing else."""
    graph = Graph(
        "text_to_video",
        "# Text to video\n\nThis graph makes a short video from a prompt alone, without a picture or painted motion.\n\n"
        "**The bundled text-to-video model** was trained on coloured shapes in front of smooth backgrounds, at 64 x 64 pixels "
        "and 17 frames. Its prompts look like this: *a red circle moves right*. It is young: the colour is right, the direction "
        "often, and the shape is a blob.\n\n"
        "For anything else, choose Wan 2.1 or 2.2 files in *Load Model*, and set `cfg` 5, `shift` 5 and a larger size.\n\n"
        "**Size and length** are set in *Latent Noise*. Width and height must be multiples of 16, and the length 4k+1 frames.",
        about_height=420,
    )
    column, model, text = model_and_text(
        "a red circle moves right, the camera is still",
        diffusion_model="bundled text to video",
        text_encoder="bundled text to video",
    )
    noise = Node("FlowbrushLatentNoise", {"width": 64, "height": 64, "length": 17, "seed": 7})
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
    graph.lane(Group("1  Model and prompt", BLUE, column))
    graph.lane(Group("2  Sampling", PURPLE, [noise, sampler]))
    graph.lane(Group("3  Video", GREY, [decode], video_nodes(decode["IMAGE"], "text_to_video")))
    return graph


def image_to_video() -> Graph:
    """A first frame and a prompt."""
    prompt = "green hills under passing clouds, the camera pushes in slowly"
    graph = Graph(
        "image_to_video",
        "# Image to video\n\nThe picture comes alive without any painting: *Motion from Prompt* reads the prompt and moves the "
        "camera and the sky, and *Preview Motion* shows it. Write the same prompt in *Text Encode*.\n\n"
        "**The bundled model** does not invent motion by itself, so it is given this one. With Wan 2.1 or 2.2 image-to-video files "
        "in *Load Model*, disconnect the motion from *Motion Conditioning* and *Decode Video*: these models decide what moves.\n\n"
        "Replace *Example Image* with *Load Image* to use your own picture.\n\n" + SIZE_NOTE + "\n\n"
        "*Interpolate Frames* doubles the frame rate by optical flow and passes the new rate to *Create Video*.",
        about_height=420,
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
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Motion", ORANGE, [motion, preview]))
    graph.lane(Group("4  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(
        Group("5  Video", GREY, [smooth, *video_nodes(smooth["frames"], "image_to_video", smooth["fps"])])
    )
    return graph


def motion_brush() -> Graph:
    """The main use of the pack: painted motion on a picture."""
    graph = Graph(
        "motion_brush",
        "# Motion brush\n\nPaint how parts of the picture should move, and the video follows.\n\n"
        "1. Replace *Example Image* with *Load Image* to use your own picture.\n"
        "2. Paint in *Motion Brush*: cover what should move (**B**), pull an arrow from it (**A**), and press play "
        "(**Space**). The arrows at the top right enlarge the editor; **?** lists all keys.\n"
        "3. *Preview Motion* shows the motion alone, without the model.\n"
        "4. *Decode Video* puts your picture's own pixels back where the motion carries them (`composite`). Turn this off to "
        "see only the model's pixels.\n"
        "5. *Measure Motion* compares the painted motion with the motion in the video.\n\n" + SIZE_NOTE,
        about_height=520,
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 512, "height": 512})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = brush_node(frame["first_image"], DRIFTING_BALLOON, frame["length"], large=True)
    preview = preview_node(brush["motion"], frame["first_image"])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=brush["motion"])
    decode.given |= {"source": frame["first_image"], "motion": brush["motion"]}
    measure = Node(
        "FlowbrushMeasureMotion",
        {"frames": decode["IMAGE"], "motion": brush["motion"], "image": frame["first_image"]},
    )
    report = Node("PreviewAny", {"source": measure["report"]}, "Asked and measured", extra_height=200)
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Motion", ORANGE, [brush], [preview]))
    graph.lane(Group("4  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(Group("5  Video", GREY, video_nodes(decode["IMAGE"], "motion_brush"), [measure, report]))
    return graph


def camera_move() -> Graph:
    """A camera move over the picture, with a painted region that also moves by itself."""
    graph = Graph(
        "camera_move",
        "# Camera move\n\nThe camera moves in and pans while the painted sky drifts by itself. *Combine Motion* adds the two "
        "motions.\n\nIf you connect a depth picture to *Camera Motion*, near objects move more than distant ones.\n\n"
        + SIZE_NOTE,
        about_height=400,
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
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Motion", ORANGE, [brush], [camera, both], [preview]))
    graph.lane(Group("4  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(Group("5  Video", GREY, video_nodes(decode["IMAGE"], "camera_move")))
    return graph


def motion_transfer() -> Graph:
    """The motion of one clip, given to another picture."""
    graph = Graph(
        "motion_transfer",
        "# Motion transfer\n\n*Motion from Video* measures the motion of a clip; another picture then moves in the same way.\n\n"
        "So that it runs without files, the graph renders its source clip itself, from a picture and a painted motion. To use "
        "your own clip, delete the group *Source clip* and connect *Load Video* → *Get Video Components* to *Motion from "
        "Video*.\n\n" + SIZE_NOTE,
        about_height=400,
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills")
    source = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256, "variation": 5})
    clip_motion = brush_node(source["IMAGE"], DRIFTING_BALLOON)
    clip = Node("FlowbrushWarpImage", {"image": source["IMAGE"], "motion": clip_motion["motion"]})
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256, "variation": 2})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    motion = Node("FlowbrushMotionFromVideo", {"frames": clip["frames"], "length": frame["length"]})
    preview = preview_node(motion["motion"], frame["first_image"], style="flow wheel")
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=motion["motion"])
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Source clip", GREEN, [source, clip_motion, clip]))
    graph.lane(Group("4  Motion", ORANGE, [motion, preview]))
    graph.lane(Group("5  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(Group("6  Video", GREY, video_nodes(decode["IMAGE"], "motion_transfer")))
    return graph


def first_last_frame() -> Graph:
    """From one picture to another."""
    graph = Graph(
        "first_last_frame",
        "# First and last frame\n\nThe video begins with one picture and ends with another. The frames between show both pictures, "
        "moved along the flow from one to the other (`between` in *Motion Conditioning* is `carried, kept`, and *Decode Video* puts "
        "their pixels back). A large image-to-video model makes the frames between by itself: set `between` to `grey`, and turn "
        "`composite` off.\n\n"
        "The two pictures must show the same scene. Here, *Warp Image* makes the last picture from the first one and a painted "
        "motion. Replace both with *Load Image* to use your own pictures.\n\n" + SIZE_NOTE,
        about_height=400,
    )
    column, model, text = model_and_text("a boat crossing a lake")
    image = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256})
    moved = brush_node(image["IMAGE"], BOAT_AND_WATER)
    last = Node("FlowbrushWarpImage", {"image": image["IMAGE"], "motion": moved["motion"]})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"], "last_image": last["frames"]})
    pictures = Node("PreviewImage", {"images": frame["last_image"]}, "The last frame", extra_height=300)
    middle, sampler, decode = sampling_nodes(
        model, text, frame, 1, last_image=frame["last_image"], between="carried, kept"
    )
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  First picture", GREEN, [image]))
    graph.lane(Group("3  Last picture", GREEN, [moved, last]))
    graph.lane(Group("4  First and last frame", ORANGE, [frame, pictures]))
    graph.lane(Group("5  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(Group("6  Video", GREY, video_nodes(decode["IMAGE"], "first_last_frame")))
    return graph


def animate_picture() -> Graph:
    """The finished video of a picture, without a model."""
    graph = Graph(
        "animate_picture",
        "# Animate Picture\n\nThis graph makes the finished video of a picture without a model: sharp, at the picture's own size "
        "(also 4K), and of any length.\n\n"
        "1. **Your picture.** Replace *Example Image* with *Load Image*. The video gets the size of the picture.\n"
        "2. **Paint.** In *Motion Brush*, paint a region and pull an arrow. *Camera Motion* adds a slow push in; *Combine Motion* "
        "puts both together.\n"
        "3. **Look behind.** *Clean Plate* shows what appears where something moves away. If it looks wrong, let an inpainting "
        "model paint it, from the outputs `plate` and `removed`, and connect its picture to `plate` of *Animate Picture*.\n"
        "4. **Length.** `length` of *Animate Picture* is the number of frames, over which the motion is spread, and `fps` their "
        "rate.\n\n"
        "Water, faces and light do not change by themselves here. For these, use *motion_brush* or one of the graphs for large "
        "models.",
        about_height=560,
    )
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 768, "height": 768})
    brush = brush_node(image["IMAGE"], BALLOONS_AND_CLOUDS, large=True)
    camera = Node("FlowbrushCameraMotion", {"dolly": 0.05, "ease": "ease_in_out"})
    both = Node("FlowbrushCombineMotion", {"motion_1": brush["motion"], "motion_2": camera["motion"]})
    plate = Node("FlowbrushCleanPlate", {"image": image["IMAGE"], "motion": brush["motion"]})
    shown = Node("PreviewImage", {"images": plate["plate"]}, "What is behind", extra_height=300)
    video = Node(
        "FlowbrushAnimatePicture",
        {"image": image["IMAGE"], "motion": both["motion"], "plate": plate["plate"], "length": 73, "fps": 24},
        room=340,
    )
    save = Node("SaveVideo", {"video": video["VIDEO"], "filename_prefix": "video/animate_picture"}, room=320)
    graph.lane(Group("1  Picture", GREEN, [image]))
    graph.lane(Group("2  Motion", ORANGE, [brush], [camera, both]))
    graph.lane(Group("3  What is behind", PURPLE, [plate, shown]))
    graph.lane(Group("4  Video", GREY, [video, save]))
    return graph


GRAPHS: tuple[Callable[[], Graph], ...] = (
    text_to_video,
    image_to_video,
    motion_brush,
    camera_move,
    motion_transfer,
    first_last_frame,
    best_of_n,
    followed_object,
    animate_picture,
)

# Graphs for the bundled model that use stock nodes which the headless host does not have.
IN_COMFYUI: tuple[Callable[[], Graph], ...] = (guided,)
