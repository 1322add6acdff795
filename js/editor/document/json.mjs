// @ts-check
/** JSON as Python's `json` reads it, so that the editor refuses a text exactly where the node does. */

import { DocumentError, NAMES } from "./schema.mjs";

const DEEPEST = 900; // Python's recursion limit, less what its callers use
const MOST_DIGITS = 4300; // of a whole number
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /null|true|false|NaN|-?Infinity/y;
const WORDS = { null: null, true: true, false: false }; // the others are numbers
/** A string as far as it is valid. Python expects one more character after the four digits of an escape. */
const STRING = /"(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}(?!$)))*/y;

/** The value of a text; a DocumentError names line and column, counted in code points as in Python. @param {string} text */
export function readJson(text) {
  let at = 0;

  /** @param {number} place @param {string} sentence @returns {never} */
  const refuse = (place, sentence) => {
    const lines = text.slice(0, place).split("\n");
    const column = [...lines[lines.length - 1]].length + 1;
    throw new DocumentError(`line ${lines.length}, column ${column}`, `not valid JSON: ${sentence}`);
  };
  /** @param {RegExp} pattern */
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };
  /** @param {string} close the end of the entries @param {() => void} entry */
  const entries = (close, entry) => {
    at++;
    take(SPACE);
    for (let first = true; !first || text[at] !== close; first = false) {
      entry();
      take(SPACE);
      if (text[at] === close) break;
      if (text[at] !== ",") refuse(at, "Expecting ',' delimiter");
      at++;
      take(SPACE);
    }
    at++;
  };
  const string = () => {
    const begin = at;
    const read = take(STRING);
    const mark = text[at++];
    if (mark === '"') return JSON.parse(`${read}"`);
    if (mark && mark !== "\\") refuse(at - 1, "Invalid control character at");
    if (!mark || at >= text.length) refuse(begin, "Unterminated string starting at");
    return text[at] === "u" ? refuse(at, "Invalid \\uXXXX escape") : refuse(at - 1, "Invalid \\escape");
  };
  /** @param {number} depth @returns {unknown} */
  const value = (depth) => {
    if (depth > DEEPEST) throw new DocumentError("", "is nested too deeply");
    if (text[at] === '"') return string();
    if (text[at] === "[") {
      /** @type {unknown[]} */
      const list = [];
      entries("]", () => list.push(value(depth + 1)));
      return list;
    }
    if (text[at] === "{") return object(depth);
    const word = take(WORD);
    if (word) return word in WORDS ? WORDS[/** @type {"null"} */ (word)] : Number(word);
    const number = take(NUMBER);
    if (!number) refuse(at, "Expecting value");
    if (/^-?\d*$/.test(number) && number.replace("-", "").length > MOST_DIGITS)
      throw new DocumentError("", "holds a number with too many digits");
    return Number(number);
  };
  /** @param {number} depth */
  const object = (depth) => {
    /** @type {string[]} */
    const names = [];
    /** @type {import("./schema.mjs").JsonObject} */
    const result = Object.assign(Object.create(null), { [NAMES]: names });
    entries("}", () => {
      if (text[at] !== '"') refuse(at, "Expecting property name enclosed in double quotes");
      const name = String(string());
      names.push(name);
      take(SPACE);
      if (text[at] !== ":") refuse(at, "Expecting ':' delimiter");
      at++;
      take(SPACE);
      result[name] = value(depth + 1);
    });
    return result;
  };

  if (text.startsWith("\ufeff")) refuse(0, "Unexpected UTF-8 BOM");
  take(SPACE);
  const result = value(0);
  take(SPACE);
  return at < text.length ? refuse(at, "Extra data") : result;
}
