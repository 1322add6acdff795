"""The canvas editor's routes on ComfyUI's server: the field of a document, and the picture to paint on.

`POST /flowbrush/field` and `POST /flowbrush/picture` take JSON and return the bytes of `motion.preview.field_preview`
and `hosts.editor_picture`. Two threads do the work; a newer request of the same editor stops the older one. Requests
name files as ComfyUI does (type, subfolder, filename), and only files in its input, output and temp folders are read.
"""

# pyright: reportMissingImports=false

import asyncio
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import folder_paths
from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError
from PIL import Image
from server import PromptServer
from torch import Tensor

from ...files import atomic_write
from ...interruption import interruptible
from ...motion.document.document import MOST_LAYERS, parse
from ...motion.document.schema import DocumentError, read_integer, read_list, read_numbers, read_text
from ...motion.presets import bundle
from ...motion.presets.fitting import fitted_bundle, flow_on_period
from ...motion.preview.bounded_cache import BoundedCache
from ...motion.preview.field_preview import Cancelled, TooLarge, field_preview_bytes
from ...motion.preview.plate_preview import clean_plate_of, plate_pixels, plate_preview_bytes
from ...rendering.selection import MOST_POINTS, outlines_of_mask, selected_object
from ..clip_frames import UnreadableClip
from ..editor_picture import MOST_MASKS, members, picture_of_request, picture_preview
from .editor_clips import frame_of, index_of
from .editor_files import SOURCE_SIDE, Unreadable, grey_of, own_size, picture_of

SIZE_HEADER = "X-Picture-Size"
"""Of an answer with a picture: width and height of its file, "8192x820"."""
FRAMES_HEADER = "X-Clip-Frames"
"""Of an answer with a frame of a clip: the number of its frames."""
LARGEST_BODY = 4_000_000
"""Bytes of the largest request that is accepted."""
THREADS = 2
MOST_WAITING = 24
"""Requests that may wait or run at the same time."""
MASK_BYTES = 64_000_000
"""Bytes of masks and depth maps that are kept in memory, and of pictures."""
PREVIEW_SIDE = 1024
"""Longer side in pixels of the picture in which regions snap to objects and moving things are removed."""

Work = Callable[[Mapping[str, Any], Callable[[], bool]], bytes]
"""What answers a request: its JSON and a function that says whether it is not wanted any more; the result is the answer."""

_log = logging.getLogger("flowbrush")
_workers = ThreadPoolExecutor(THREADS, thread_name_prefix="flowbrush")
# The unfinished request of each kind and editor: a ticket that identifies it, and its serial number.
_newest: dict[tuple[str, str], tuple[object, int]] = {}
_waiting = 0
_greys = BoundedCache(MASK_BYTES)
_pictures = BoundedCache(MASK_BYTES)


class Refusal(Exception):
    """A request that cannot be served: the HTTP status, a sentence, and the place in the request that is wrong."""

    def __init__(self, status: int, sentence: str, place: str = ""):
        super().__init__(sentence)
        self.status, self.sentence, self.place = status, sentence, place


def register() -> None:
    """Add the routes to ComfyUI's server. Does nothing if they are there already, or if no server runs."""
    server = getattr(PromptServer, "instance", None)
    if server is None or any(getattr(route, "path", "") == "/flowbrush/field" for route in server.routes):
        return
    server.routes.post("/flowbrush/field")(answer_field)
    server.routes.post("/flowbrush/picture")(answer_picture)
    server.routes.post("/flowbrush/plate")(answer_plate)
    server.routes.post("/flowbrush/make_plate")(answer_make_plate)
    server.routes.post("/flowbrush/select")(answer_select)
    server.routes.get("/flowbrush/presets")(answer_presets)
    server.routes.post("/flowbrush/presets")(answer_fitted_presets)
    server.routes.post("/flowbrush/period")(answer_period)


async def answer_field(request: web.Request) -> web.Response:
    """Respond with a document's field (`field_preview_bytes`), or 409 if the same editor has sent a newer request."""
    return await respond(request, field_bytes, "application/octet-stream")


async def answer_picture(request: web.Request) -> web.Response:
    """Respond with the picture to paint on (`hosts.editor_picture.picture_preview`).

    Headers tell the size of the file, as the picture may be reduced, and the number of a clip's frames.
    """
    headers: dict[str, str] = {}

    def preview(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
        data = picture_preview(body, read_picture)
        headers.update(facts_of(members(body["source"], "source")))
        return data

    answer = await respond(request, preview, "image/jpeg")
    if answer.status == 200:
        answer.headers.update(headers)
    return answer


def facts_of(source: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that tell the size of a source's file, and the number of frames of a clip."""
    if source.get("kind") == "example":
        return {}
    path = path_of(source, "source")
    if source.get("kind") == "video":
        height, width = frame_of(path, source).shape[1:3]
        return {SIZE_HEADER: f"{width}x{height}", FRAMES_HEADER: str(index_of(path, source).count)}
    size = own_size(path)
    return {} if size is None else {SIZE_HEADER: "{}x{}".format(*size)}


async def answer_plate(request: web.Request) -> web.Response:
    """Respond with what is behind the layers of a document (`plate_preview_bytes`)."""
    return await respond(request, plate_bytes, "application/x-flowbrush-plate")


async def answer_make_plate(request: web.Request) -> web.Response:
    """Save the clean plate of a document in the input folder, and respond with the name of the file as JSON."""
    return await respond(request, saved_plate, "application/json")


async def answer_select(request: web.Request) -> web.Response:
    """Respond with the outlines of the object at some points of the picture, as JSON."""
    return await respond(request, selection_bytes, "application/json")


def selection_bytes(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Return `{"outlines": [[[x, y], …], …]}` for the points `added` and `removed` of a request; none where nothing is found.

    A `mask` that another model has made for the points is only outlined.
    """
    point = partial(read_numbers, ranges=((0.0, 1.0), (0.0, 1.0)))
    added, removed = (
        read_list(body.get(name, []), name, point, least, MOST_POINTS // 2)
        for name, least in (("added", 1), ("removed", 0))
    )
    if body.get("mask") is not None:
        return json.dumps({"outlines": outlines_of_mask(read_grey(body["mask"], "mask"))}).encode()
    picture = read_shown_picture(body.get("picture"))
    outlines = selected_object(picture, added, removed)
    return json.dumps({"outlines": outlines or []}).encode()


async def answer_presets(request: web.Request) -> web.Response:
    """Respond with all presets as one JSON (`motion.presets.bundle`)."""
    return web.Response(text=bundle(), content_type="application/json")


async def answer_fitted_presets(request: web.Request) -> web.Response:
    """Respond with all presets, fitted to the picture and the depth of a request, as one JSON."""
    return await respond(request, fitted_presets, "application/json")


def fitted_presets(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Return `motion.presets.fitting.fitted_bundle` of the picture and the depth that a request names."""
    return fitted_bundle(read_shown_picture(body.get("picture")), read_depth(body)).encode()


async def answer_period(request: web.Request) -> web.Response:
    """Respond with a layer's flow, whose copies are whole periods of the picture apart, as JSON."""
    return await respond(request, period_bytes, "application/json")


def period_bytes(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Return `{"flow": {"reach", "speed"}}` for the `layer` of a request's `document`, or `{"flow": null}` where nothing repeats."""
    document = parse(read_text(body.get("document"), "document"))
    index = read_integer(body.get("layer"), "layer", 0, MOST_LAYERS)
    flow = flow_on_period(document, index, read_shown_picture(body.get("picture")), read_masks(body))
    return json.dumps({"flow": flow and {"reach": flow.reach, "speed": flow.speed}}).encode()


def plate_bytes(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Return the plate of a request, after reading the files that it names."""
    masks, depth = read_masks(body), read_depth(body)
    return plate_preview_bytes(body, read_shown_picture(body.get("picture")), masks, depth, cancelled)


def saved_plate(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Write the clean plate at the picture's full size, and return its name. Equal plates share one file."""
    request = members(body.get("picture"), "picture")
    picture = picture_of_request(request, read_picture, SOURCE_SIDE)[0]
    pixels = plate_pixels(*clean_plate_of(body, picture, read_masks(body), cancelled))
    name = f"flowbrush_plate_{hashlib.sha256(pixels.tobytes()).hexdigest()[:12]}.png"
    path = Path(folder_paths.get_input_directory()) / name
    if not path.exists():
        with atomic_write(path) as temporary:
            Image.fromarray(pixels).save(temporary, "PNG", compress_level=4)
    return json.dumps({"filename": name, "subfolder": "", "type": "input"}).encode()


def field_bytes(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Return the field of a request, after reading the files that it names as masks and depth."""
    if cancelled():
        raise Cancelled
    masks, depth = read_masks(body), read_depth(body)
    picture = None if body.get("picture") is None else read_shown_picture(body["picture"])
    return field_preview_bytes(body, masks, depth, cancelled, picture)


def read_masks(body: Mapping[str, Any]) -> list[Tensor]:
    """Read the files that a request names as masks."""
    names = body.get("masks") or []
    if not isinstance(names, list) or len(names) > MOST_MASKS:
        raise DocumentError("masks", f"is not a list of at most {MOST_MASKS} files")
    return [read_grey(name, f"masks[{index}]") for index, name in enumerate(names)]


def read_depth(body: Mapping[str, Any]) -> Tensor | None:
    """Read the file that a request names as depth."""
    return None if body.get("depth") is None else read_grey(body["depth"], "depth")


def read_shown_picture(request: Any) -> Tensor:
    """Read the picture [H,W,3] that the editor shows, reduced to PREVIEW_SIDE, or return it from the cache."""
    request = members(request, "picture")
    source = members(request.get("source"), "picture.source")
    file = None
    if source.get("kind") in ("file", "video"):
        status = os.stat(path_of(source, "picture.source"))
        file = status.st_mtime_ns, status.st_size
    key = json.dumps(request, sort_keys=True), file
    return _pictures.get(
        key,
        lambda: picture_of_request(request, read_picture, PREVIEW_SIDE)[0],
        lambda picture: picture.numel() * 4,
    )


def read_grey(name: Any, place: str) -> Tensor:
    """Read one channel of a file, [h,w] in 0..1, or return it from the cache while the file is unchanged."""
    path = path_of(name, place)
    channel = name.get("channel", "alpha")
    if not isinstance(channel, str):
        raise DocumentError(f"{place}.channel", "is not a text")
    status = os.stat(path)
    key = (path, status.st_mtime_ns, status.st_size, channel)
    return _greys.get(key, lambda: grey_of(path, channel), lambda image: image.numel() * 4)


def read_picture(name: Mapping[str, Any]) -> Tensor:
    """Read a picture file, or a frame of a video file, as [1,H,W,3] in 0..1."""
    path = path_of(name, "source")
    return frame_of(path, name) if name.get("kind") == "video" else picture_of(path)


def path_of(name: Any, place: str) -> str:
    """Return the path of a file in one of ComfyUI's folders; raises DocumentError for a name that leads out of them."""
    if not isinstance(name, Mapping):
        raise DocumentError(place, "is not the name of a file")
    filename, subfolder, kind = (name.get(part, "") for part in ("filename", "subfolder", "type"))
    if not (isinstance(filename, str) and isinstance(subfolder, str) and filename):
        raise DocumentError(place, "needs a filename and a subfolder")
    filename, folder = folder_paths.annotated_filepath(filename)
    if folder is None and kind in ("", "input", "output", "temp"):
        folder = folder_paths.get_directory_by_type(kind or "input")
    if folder is None:
        raise DocumentError(f"{place}.type", "is not input, output or temp")
    try:
        inside = os.path.realpath(folder)
        path = os.path.realpath(os.path.join(inside, subfolder, filename))
        within = os.path.commonpath([inside, path]) == inside and path != inside
    except ValueError:  # the path is on another drive, or the name has a NUL character
        within = False
    if not within:
        raise DocumentError(place, "is not inside ComfyUI's folders")
    if not os.path.isfile(path):
        raise Refusal(404, f"{os.path.basename(filename)} is not there any more", place)
    return path


async def respond(request: web.Request, work: Work, kind: str) -> web.Response:
    """Compute `work(body, cancelled)` in a thread and return its bytes, or the error, as a response."""
    global _waiting
    key, ticket = (kind, ""), None
    try:
        body = await body_of(request)
        serial = body["serial"] if isinstance(body.get("serial"), int) else 0
        key = kind, str(body.get("editor") or id(request))[:100]
        if key in _newest and _newest[key][1] > serial:
            raise Cancelled  # a newer request arrived first
        if _waiting >= MOST_WAITING:
            raise Refusal(503, "ComfyUI is busy with other previews")
        ticket = _newest[key] = object(), serial
        _waiting += 1
        try:
            loop = asyncio.get_running_loop()
            data = await loop.run_in_executor(
                _workers,
                _stoppable(work),
                body,
                lambda: _newest.get(key) is not ticket or request.transport is None,
            )
        finally:
            _waiting -= 1
        if _newest.get(key) is not ticket:
            raise Cancelled
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": "no-store"})
    except Cancelled:
        return error_response(409, "a newer request took the place of this one")
    except Refusal as refusal:
        return error_response(refusal.status, refusal.sentence, refusal.place)
    except TooLarge as error:
        return error_response(413, error.sentence, error.place)
    except DocumentError as error:
        return error_response(400, error.sentence, error.place)
    except (Unreadable, UnreadableClip, ValueError) as error:
        return error_response(400, str(error))
    except Exception:
        _log.exception("the editor's request failed")
        return error_response(500, "the preview failed; ComfyUI's log says why")
    finally:
        if ticket is not None and _newest.get(key) is ticket:
            del _newest[key]


def _stoppable(work: Work) -> Work:
    """`work`, in which the library also notices that the request is not wanted any more, and raises Cancelled."""

    def run(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
        def check() -> None:
            if cancelled():
                raise Cancelled

        with interruptible(check):
            return work(body, cancelled)

    return run


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """Return the JSON object of a request; raises Refusal if it is larger than LARGEST_BODY or no JSON object."""
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > LARGEST_BODY:
                raise Refusal(
                    413,
                    f"the document is too large to play: its request holds more than {LARGEST_BODY // 1_000_000} MB",
                )
    except (web.RequestPayloadError, ClientPayloadError, HttpProcessingError, zlib.error):
        raise Refusal(400, "the request's body is not in the encoding that it names") from None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "the request is not JSON") from None
    if not isinstance(parsed, dict):
        raise Refusal(400, "the request is not an object with named members")
    return parsed


def error_response(status: int, sentence: str, place: str = "") -> web.Response:
    """Return a JSON response that says what is wrong, and in which place of the request."""
    return web.json_response({"error": {"place": place, "sentence": sentence}}, status=status)
