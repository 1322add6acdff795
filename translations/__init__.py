"""Translations of the nodes, the commands, the settings and the editor, all from one table of texts for each language.

`texts` collects the English texts from the code, `languages/LANGUAGE.json` translates them, and
`python -m flowbrush.translations.build` writes the files that ComfyUI and the editor read.
"""

LANGUAGES = ("zh", "zh-TW", "ja", "ko", "fr", "es", "pt-BR", "ru")
"""The languages besides English, under the names that ComfyUI has for them."""
