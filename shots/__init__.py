"""Many shots from one list, rendered here, on running ComfyUI servers or on a Ray cluster.

    python run.py shots LIST --out DIR

`shot_list` reads the list, `planning` makes a graph of each row, and `keys` gives it the name of its folder. `places`
render shots, `dispatch` hands them out, `store` keeps what is finished, and `page` shows it.
"""
