"""Checks that every host makes when it loads models."""


def check_text_width(text: str, width: int | None, dit: str, needed: int | None) -> None:
    """Raise ValueError if a text encoder's embeddings differ in width from those that a diffusion model reads.

    `text` and `dit` are the names of the files, for the message.
    """
    if width != needed:
        raise ValueError(
            f"the text encoder {text!r} is {width} wide and the diffusion model {dit!r} reads text of {needed}; "
            "choose two files of one family"
        )
