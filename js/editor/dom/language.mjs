// @ts-check
/** Translates a text of the editor; English until speak.mjs has loaded another language. @type {(text: string) => string} */
export let said = (text) => text;

/** @param {(text: string) => string} translate */
export const setTranslation = (translate) => void (said = translate);
