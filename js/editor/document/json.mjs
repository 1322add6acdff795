// @ts-check
/** JSON as Python's `json` reads it, so that the editor refuses a text exactly where the node does. */

import { DocumentError, NAMES } from "./schema.mjs";

const DEEPEST = 900; // Python's recursion limit, without the calls that lead to its reader
const MOST_DIGITS = 4300; // digits of a whole number
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /null|true|false|NaN|-?Infinity/y;
const WORDS = { null: null, true: true, false: false }; // the others are numbers
/** The valid beginning of a string. Python expects one more character after the four digits of an escape. */
const STRING = /"(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}(?!$)))*/y;

/** The value of a text; a DocumentError names line and column, counted in code points as in Python. @param {string} text */
export const readJson = (text) => new Reader(text).whole();

/** Reads a text from left to right. */
class Reader {
  #text;
  #at = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /** The value of the whole text. */
  whole() {
    if (this.#text.startsWith("\ufeff")) this.#refuse("Unexpected UTF-8 BOM");
    this.#take(SPACE);
    const result = this.#value(0);
    this.#take(SPACE);
    return this.#at < this.#text.length ? this.#refuse("Extra data") : result;
  }

  /** Whether a character comes next. @param {string} character */
  #isNext(character) {
    return this.#text[this.#at] === character;
  }

  /** Throws a DocumentError. @param {string} sentence @param {number} [place] the index of the character @returns {never} */
  #refuse(sentence, place = this.#at) {
    const lines = this.#text.slice(0, place).split("\n");
    const column = [...lines[lines.length - 1]].length + 1;
    throw new DocumentError(`line ${lines.length}, column ${column}`, `not valid JSON: ${sentence}`);
  }

  /** Reads what a pattern matches here, or "". @param {RegExp} pattern */
  #take(pattern) {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** @param {number} depth in how many lists and objects the value lies @returns {unknown} */
  #value(depth) {
    if (depth > DEEPEST) throw new DocumentError("", "is nested too deeply");
    if (this.#isNext('"')) return this.#string();
    if (this.#isNext("[")) return this.#list(depth);
    if (this.#isNext("{")) return this.#object(depth);
    const word = this.#take(WORD);
    if (word) return word in WORDS ? WORDS[/** @type {"null"} */ (word)] : Number(word);
    return this.#number();
  }

  #number() {
    const number = this.#take(NUMBER);
    if (!number) this.#refuse("Expecting value");
    if (/^-?\d*$/.test(number) && number.replace("-", "").length > MOST_DIGITS)
      throw new DocumentError("", "holds a number with too many digits");
    return Number(number);
  }

  #string() {
    const begin = this.#at;
    const read = this.#take(STRING);
    const mark = this.#text[this.#at++];
    if (mark === '"') return JSON.parse(`${read}"`);
    if (mark && mark !== "\\") this.#refuse("Invalid control character at", this.#at - 1);
    if (!mark || this.#at >= this.#text.length) this.#refuse("Unterminated string starting at", begin);
    return this.#isNext("u")
      ? this.#refuse("Invalid \\uXXXX escape")
      : this.#refuse("Invalid \\escape", this.#at - 1);
  }

  /** @param {number} depth */
  #list(depth) {
    /** @type {unknown[]} */
    const list = [];
    this.#entries("]", () => list.push(this.#value(depth + 1)));
    return list;
  }

  /** @param {number} depth */
  #object(depth) {
    /** @type {string[]} */
    const names = [];
    /** @type {import("./schema.mjs").JsonObject} */
    const result = Object.assign(Object.create(null), { [NAMES]: names });
    this.#entries("}", () => {
      if (!this.#isNext('"')) this.#refuse("Expecting property name enclosed in double quotes");
      const name = String(this.#string());
      names.push(name);
      this.#take(SPACE);
      if (!this.#isNext(":")) this.#refuse("Expecting ':' delimiter");
      this.#at++;
      this.#take(SPACE);
      result[name] = this.#value(depth + 1);
    });
    return result;
  }

  /** Reads entries between commas, from the bracket here to the one that closes it. @param {string} close @param {() => void} entry reads one */
  #entries(close, entry) {
    this.#at++;
    this.#take(SPACE);
    for (let first = true; !first || !this.#isNext(close); first = false) {
      entry();
      this.#take(SPACE);
      if (this.#isNext(close)) break;
      if (!this.#isNext(",")) this.#refuse("Expecting ',' delimiter");
      this.#at++;
      this.#take(SPACE);
    }
    this.#at++;
  }
}
