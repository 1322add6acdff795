"""What the canvas editor asks of ComfyUI's server: a document's field, and the picture that is painted on.

`POST /flowbrush/field` and `POST /flowbrush/picture` take JSON and answer with the bytes of `motion.preview.field_preview` and `hosts.editor_picture`. Work is done
in two threads; a newer request of the same editor makes the older one stop. Files are named as ComfyUI names them (type,
subfolder, filename) and read only from inside its input, output and temp folders.
"""

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

from ...motion.document.schema import DocumentError
from ...motion.preview.bounded_cache import BoundedCache
from ...motion.preview.field_preview import Cancelled, TooLarge, field_preview_bytes
from ..editor_picture import MOST_MASKS, picture_preview
from .editor_files import Unreadable, grey_of, picture_of

LARGEST_BODY = 4_000_000  # bytes
AT_ONCE = 2
MOST_WAITING = 24
MASK_BYTES = 64_000_000

_log = logging.getLogger("flowbrush")
_workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="flowbrush")
_newest: dict[tuple[str, str], tuple[object, int]] = {}  # what each editor asked last, while it is under way
_waiting = 0
_greys = BoundedCache(MASK_BYTES)


class Refusal(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, sentence: str, place: str = ""):
        super().__init__(sentence)
        self.status, self.sentence, self.place = status, sentence, place


def register() -> None:
    """Add the routes to ComfyUI's server, once; without a server there is nobody to answer."""
    server = getattr(PromptServer, "instance", None)
    if server is None or any(getattr(route, "path", "") == "/flowbrush/field" for route in server.routes):
        return
    server.routes.post("/flowbrush/field")(answer_field)
    server.routes.post("/flowbrush/picture")(answer_picture)


async def answer_field(request: web.Request) -> web.Response:
    """A document's field; see `motion.preview.field_preview.field_preview_bytes`. 409 where the same editor has asked again since."""
    return await answered(request, field, "application/octet-stream")


async def answer_picture(request: web.Request) -> web.Response:
    """A picture; see `hosts.editor_picture.picture_preview`."""
    return await answered(request, lambda asked, cancelled: picture_preview(asked, picture), "image/jpeg")


def field(asked: Mapping[str, Any], cancelled: Callable[[], bool]) -> bytes:
    """The field of a request whose masks and depth are named files."""
    if cancelled():
        raise Cancelled
    names = asked.get("masks") or []
    if not isinstance(names, list) or len(names) > MOST_MASKS:
        raise DocumentError("masks", f"is not a list of at most {MOST_MASKS} files")
    masks = [grey(name, f"masks[{index}]") for index, name in enumerate(names)]
    depth = None if asked.get("depth") is None else grey(asked["depth"], "depth")
    return field_preview_bytes(asked, masks, depth, cancelled)


def grey(name: Any, place: str) -> Any:
    """The channel of a file that a reference names, [h,w] in 0..1; remembered until the file changes."""
    path = path_of(name, place)
    channel = name.get("channel", "alpha")
    about = os.stat(path)
    key = (path, about.st_mtime_ns, about.st_size, channel)
    return _greys.get(key, lambda: grey_of(path, channel), lambda image: image.numel() * 4)


def picture(name: Mapping[str, Any]) -> Any:
    """The picture [1,H,W,3] of a file that a reference names."""
    return picture_of(path_of(name, "source"))


def path_of(name: Any, place: str) -> str:
    """The file that a reference names, by ComfyUI's own folders; refused where it would lie outside of them."""
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
    except ValueError:  # another drive, or a NUL in the name
        within = False
    if not within:
        raise DocumentError(place, "is not inside ComfyUI's folders")
    if not os.path.isfile(path):
        raise Refusal(404, f"{os.path.basename(filename)} is not there any more", place)
    return path


async def answered(
    request: web.Request, work: Callable[[Mapping[str, Any], Callable[[], bool]], bytes], kind: str
) -> web.Response:
    """The answer to a request, worked out in a thread."""
    global _waiting
    key, mine = (kind, ""), None
    try:
        asked = await body_of(request)
        serial = asked["serial"] if isinstance(asked.get("serial"), int) else 0
        key = kind, str(asked.get("editor") or id(request))[:100]
        if key in _newest and _newest[key][1] > serial:  # requests may overtake each other on their way
            raise Cancelled
        if _waiting >= MOST_WAITING:
            raise Refusal(503, "ComfyUI is busy with other previews")
        mine = _newest[key] = object(), serial
        _waiting += 1
        try:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(
                _workers,
                work,
                asked,
                lambda: _newest.get(key) is not mine or request.transport is None,
            )
        finally:
            _waiting -= 1
        if _newest.get(key) is not mine:
            raise Cancelled
        return web.Response(body=answer, content_type=kind, headers={"Cache-Control": "no-store"})
    except Cancelled:
        return refused(409, "a newer request took the place of this one")
    except Refusal as refusal:
        return refused(refusal.status, refusal.sentence, refusal.place)
    except TooLarge as error:
        return refused(413, error.sentence, error.place)
    except DocumentError as error:
        return refused(400, error.sentence, error.place)
    except (Unreadable, ValueError) as error:
        return refused(400, str(error))
    except Exception:
        _log.exception("the editor's request failed")
        return refused(500, "the preview failed; ComfyUI's log says why")
    finally:
        if mine is not None and _newest.get(key) is mine:
            del _newest[key]


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a request, of at most LARGEST_BODY bytes."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LARGEST_BODY:
            raise Refusal(413, f"the request is larger than {LARGEST_BODY // 1_000_000} MB")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "the request is not JSON") from None
    if not isinstance(asked, dict):
        raise Refusal(400, "the request is not an object with named members")
    return asked


def refused(status: int, sentence: str, place: str = "") -> web.Response:
    """An answer that says what is wrong, and where."""
    return web.json_response({"error": {"place": place, "sentence": sentence}}, status=status)
