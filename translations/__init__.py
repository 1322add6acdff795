"""Translations of the nodes, the commands, the settings and the editor, all from one table of texts for each language.

`texts` collects the English texts from the code, `languages/LANGUAGE.json` translates them, and
`python -m flowbrush.translations.build` writes the files that ComfyUI and the editor read.
"""

LANGUAGES = ("zh", "zh-TW", "ja", "ko", "fr", "es", "pt-BR", "ru", "de")
"""The languages besides English, by their locale codes in ComfyUI, whose frontend does not offer German (de) yet."""
