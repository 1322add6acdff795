"""The canvas editor's routes on ComfyUI's server: the field of a document, and the picture to paint on.

`POST /flowbrush/field` and `POST /flowbrush/picture` take JSON and return the bytes of `motion.preview.field_preview`
and `hosts.editor_picture`. Two threads do the work; a newer request of the same editor stops the older one. Requests
name files as ComfyUI does (type, subfolder, filename), and only files in its input, output and temp folders are read.
"""

# pyright: reportMissingImports=false

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import folder_paths
from aiohttp import web
from server import PromptServer
from torch import Tensor

from ...motion.document.schema import DocumentError
from ...motion.preview.bounded_cache import BoundedCache
from ...motion.preview.field_preview import Cancelled, TooLarge, field_preview_bytes
from ..editor_picture import MOST_MASKS, picture_preview
from .editor_files import Unreadable, grey_of, picture_of

LARGEST_BODY = 4_000_000
"""Bytes of the largest request that is accepted."""
THREADS = 2
MOST_WAITING = 24
"""Requests that may wait or run at the same time."""
MASK_BYTES = 64_000_000
"""Bytes of masks and depth maps that are kept in memory."""

_log = logging.getLogger("flowbrush")
_workers = ThreadPoolExecutor(THREADS, thread_name_prefix="flowbrush")
# The unfinished request of each kind and editor: a ticket that identifies it, and its serial number.
_newest: dict[tuple[str, str], tuple[object, int]] = {}
_waiting = 0
_greys = BoundedCache(MASK_BYTES)


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


async def answer_field(request: web.Request) -> web.Response:
    """Respond with a document's field (`field_preview_bytes`), or 409 if the same editor has sent a newer request."""
    return await respond(request, field_bytes, "application/octet-stream")


async def answer_picture(request: web.Request) -> web.Response:
    """Respond with the picture to paint on (`hosts.editor_picture.picture_preview`)."""
    return await respond(request, lambda body, cancelled: picture_preview(body, read_picture), "image/jpeg")


def field_bytes(body: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """Return the field of a request, after reading the files that it names as masks and depth."""
    if cancelled():
        raise Cancelled
    names = body.get("masks") or []
    if not isinstance(names, list) or len(names) > MOST_MASKS:
        raise DocumentError("masks", f"is not a list of at most {MOST_MASKS} files")
    masks = [read_grey(name, f"masks[{index}]") for index, name in enumerate(names)]
    depth = None if body.get("depth") is None else read_grey(body["depth"], "depth")
    return field_preview_bytes(body, masks, depth, cancelled)


def read_grey(name: Any, place: str) -> Tensor:
    """Read one channel of a file, [h,w] in 0..1, or return it from the cache while the file is unchanged."""
    path = path_of(name, place)
    channel = name.get("channel", "alpha")
    status = os.stat(path)
    key = (path, status.st_mtime_ns, status.st_size, channel)
    return _greys.get(key, lambda: grey_of(path, channel), lambda image: image.numel() * 4)


def read_picture(name: Mapping[str, Any]) -> Tensor:
    """Read a picture file as [1,H,W,3] in 0..1."""
    return picture_of(path_of(name, "source"))


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


async def respond(
    request: web.Request, work: Callable[[Mapping[str, Any], Callable[[], bool]], bytes], kind: str
) -> web.Response:
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
                work,
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
    except (Unreadable, ValueError) as error:
        return error_response(400, str(error))
    except Exception:
        _log.exception("the editor's request failed")
        return error_response(500, "the preview failed; ComfyUI's log says why")
    finally:
        if ticket is not None and _newest.get(key) is ticket:
            del _newest[key]


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """Return the JSON object of a request; raises Refusal if it is larger than LARGEST_BODY or no JSON object."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LARGEST_BODY:
            raise Refusal(413, f"the request is larger than {LARGEST_BODY // 1_000_000} MB")
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
