"""Retrying in smaller tiles when memory runs out, in the same way in every host."""

from collections.abc import Callable

from torch import Tensor

from .base import Host

SIDES = (512, 256, 128)
"""Sides of a tile in pixels, in the order in which they are tried."""


def in_smaller_tiles(
    work: Callable[[int], Tensor], side: int, doing: str, host: Host, picture: int | None = None
) -> Tensor:
    """Return `work(side)`, retried with the next smaller tile each time that memory runs out.

    `side` is in pixels; 0 means no tiles. `picture` is the longer side of the frame in pixels, if known: a tile that
    covers the whole frame would only fail again. `doing` completes the sentence "Memory ran out while …" for the user.
    Raises the error of the smallest tile, and any error that is not about memory, unchanged.
    """
    if picture is not None and side >= picture:
        side = 0
    while True:
        try:
            return work(side)
        except (RuntimeError, MemoryError) as error:
            limit = side or picture or SIDES[0] + 1
            smaller = next((tile for tile in SIDES if tile < limit), None)
            if smaller is None or not host.is_out_of_memory(error):
                raise
        # After the except block, so that the error no longer refers to the tensors of the failed attempt.
        host.notice(f"Memory ran out while {doing}; continuing in tiles of {smaller} px.")
        host.empty_cache()
        side = smaller
