"""Going on in smaller tiles when memory runs out, the same way in both hosts."""

from collections.abc import Callable

from torch import Tensor

from . import Host

SIDES = (512, 256, 128)  # px of the picture, in the order in which they are tried


def in_smaller_tiles(
    work: Callable[[int], Tensor], side: int, doing: str, host: Host, picture: int | None = None
) -> Tensor:
    """`work(side)`, and again with the next smaller tile each time that memory runs out.

    `side` is in pixels, 0 for no tiles. `picture` is the frame's longer side in pixels, where it is known: a tile
    that holds all of it would only fail again. `doing` completes "Memory ran out while …" in what the user is told. The
    error of the smallest tile, and any other error, is raised as it is.
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
        # outside the except block, so that the error no longer holds the tensors of the failed try
        host.notice(f"Memory ran out while {doing}; going on in tiles of {smaller} px.")
        host.empty_cache()
        side = smaller
