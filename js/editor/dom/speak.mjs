// @ts-check
/** Loads the translations of the editor's texts, where ComfyUI has another language than English. */

import { setTranslation } from "./language.mjs";
import { Translation } from "./translation.mjs";

const LANGUAGES = ["zh", "zh-TW", "ja", "ko", "fr", "es", "pt-BR", "ru", "de"];

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/** Lets the editor speak a language; one that it does not know leaves it as it is. @param {string} language as ComfyUI calls it */
export function speak(language) {
  if (!LANGUAGES.includes(language)) return Promise.resolve();
  const loading = loaded.get(language) ?? load(language);
  loaded.set(language, loading);
  return loading;
}

/** @param {string} language */
async function load(language) {
  try {
    const answer = await fetch(new URL(`../texts/${language}.json`, import.meta.url));
    const translation = new Translation(await answer.json());
    setTranslation((text) => translation.of(text));
  } catch (error) {
    loaded.delete(language); // so that the next editor tries again
    console.warn(`Flowbrush: the texts in the language ${language} did not load`, error);
  }
}
