"""ComfyUI serves the pack's translations, which its frontend looks up by the names of nodes, inputs, commands and settings."""

import pytest
from flowbrush.translations import LANGUAGES
from flowbrush.translations.build import locale_files

pytestmark = pytest.mark.comfyui


@pytest.fixture(scope="module")
def served(comfyui):
    return comfyui.get("/i18n")


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_translations_are_served(served, language):
    files = locale_files(language)
    main = files.pop("main")
    for name, content in (files | main).items():
        for key, value in content.items():
            assert served[language][name][key] == value, (name, key)


def test_every_node_input_and_output_of_the_server_has_its_texts(served, object_info):
    for name, node in object_info.items():
        if not node["python_module"].endswith(".flowbrush"):
            continue
        texts = served["ja"]["nodeDefs"][name]
        inputs = {given for group in ("required", "optional") for given in node["input"].get(group, {})}
        assert inputs - {"control_after_generate"} <= set(texts["inputs"]), name
        assert list(texts["outputs"]) == [str(number) for number in range(len(node["output"]))], name
