// @ts-check
/**
 * JSON as Python's `json` reads it, so that the editor refuses a text where, and only where, the node
 * does.
 */

/** A motion document that cannot be used; `place` says where, e.g. `layers[1].motion.paths[0].points[3]`. */
export class DocumentError extends Error {
  /** @param {string} place @param {string} sentence */
  constructor(place, sentence) {
    super(`${place || "document"}: ${sentence}`);
    this.name = "DocumentError";
    this.place = place;
    this.sentence = sentence;
  }
}

const DEEPEST = 900; // Python's recursion limit, less the callers'
const MOST_DIGITS = 4300; // of a whole number
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** @type {Record<string, any>} */
const WORDS = { null: null, true: true, false: false, NaN, Infinity, "-Infinity": -Infinity };
/** @type {Record<string, string>} */
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * Names in the order of the text: an object's own order puts names such as "1" first.
 * @type {WeakMap<object, string[]>}
 */
const order = new WeakMap();

/** @param {object} value @returns {string[]} names in the order of the text */
export function names(value) {
  return order.get(value) ?? Object.keys(value);
}

/** A copy of an object that remembers the order. @param {any} value @param {any} copy */
export function inOrder(value, copy) {
  order.set(
    copy,
    names(value).filter((name) => Object.hasOwn(copy, name)),
  );
  return copy;
}

/**
 * Read JSON text strictly; a refusal names line and column (in code points, as Python counts).
 * @param {string} text
 */
export function readJson(text) {
  const reader = new Reader(text);
  if (text.startsWith("\ufeff")) reader.refuse(0, "Unexpected UTF-8 BOM");
  reader.space();
  const value = reader.value(0);
  reader.space();
  if (reader.at < text.length) reader.refuse(reader.at, "Extra data");
  return value;
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @param {number} at @param {string} sentence @returns {never} */
  refuse(at, sentence) {
    const before = this.text.slice(0, at).split("\n");
    const column = [...(before.at(-1) ?? "")].length + 1;
    throw new DocumentError(`line ${before.length}, column ${column}`, `not valid JSON: ${sentence}`);
  }

  space() {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  /** @param {number} depth @returns {any} */
  value(depth) {
    if (depth > DEEPEST) throw new DocumentError("", "is nested too deeply");
    const { text, at } = this;
    const first = text[at];
    if (first === "{") return this.object(depth);
    if (first === "[") return this.list(depth);
    if (first === '"') return this.string();
    for (const word in WORDS) {
      if (!text.startsWith(word, at)) continue;
      this.at += word.length;
      return WORDS[word];
    }
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text);
    if (!found) return this.refuse(at, "Expecting value");
    const [number, fraction, exponent] = found;
    if (!fraction && !exponent && number.replace("-", "").length > MOST_DIGITS) {
      throw new DocumentError("", "holds a number with too many digits");
    }
    this.at += number.length;
    return Number(number);
  }

  /** @param {number} depth @returns {any[]} */
  list(depth) {
    const result = [];
    this.at++;
    this.space();
    if (this.text[this.at] !== "]") {
      for (;;) {
        result.push(this.value(depth + 1));
        this.space();
        if (this.text[this.at] === "]") break;
        if (this.text[this.at] !== ",") this.refuse(this.at, "Expecting ',' delimiter");
        this.at++;
        this.space();
      }
    }
    this.at++;
    return result;
  }

  /** @param {number} depth @returns {Record<string, any>} */
  object(depth) {
    const result = Object.create(null);
    const found = new Set();
    this.at++;
    this.space();
    if (this.text[this.at] !== "}") {
      for (;;) {
        if (this.text[this.at] !== '"') {
          this.refuse(this.at, "Expecting property name enclosed in double quotes");
        }
        const name = this.string();
        this.space();
        if (this.text[this.at] !== ":") this.refuse(this.at, "Expecting ':' delimiter");
        this.at++;
        this.space();
        result[name] = this.value(depth + 1);
        found.add(name);
        this.space();
        if (this.text[this.at] === "}") break;
        if (this.text[this.at] !== ",") this.refuse(this.at, "Expecting ',' delimiter");
        this.at++;
        this.space();
      }
    }
    this.at++;
    order.set(result, [...found]);
    return result;
  }

  string() {
    const { text } = this;
    const begin = this.at++;
    let result = "";
    for (;;) {
      const from = this.at;
      while (this.at < text.length && text[this.at] !== '"' && text[this.at] !== "\\") {
        if (text[this.at] < " ") this.refuse(this.at, "Invalid control character at");
        this.at++;
      }
      result += text.slice(from, this.at);
      if (text[this.at] === '"') break;
      const backslash = this.at++;
      if (this.at >= text.length) this.refuse(begin, "Unterminated string starting at");
      const mark = text[this.at++];
      if (mark === "u") {
        const digits = text.slice(this.at, this.at + 4);
        // Python wants one character more than the four digits
        if (!/^[0-9a-fA-F]{4}$/.test(digits) || this.at + 4 >= text.length) {
          this.refuse(backslash + 1, "Invalid \\uXXXX escape");
        }
        result += String.fromCharCode(parseInt(digits, 16));
        this.at += 4;
      } else if (mark in ESCAPES) result += ESCAPES[mark];
      else this.refuse(backslash, "Invalid \\escape");
    }
    this.at++;
    return result;
  }
}

/**
 * A value on one line, its length in code points, what it is made of, and how it was laid out at which indent.
 * @typedef {{line: string, length: number, entries?: Layout[], names?: string[], points?: boolean,
 *   laid?: Map<number, string>}} Layout
 */

/**
 * JSON that keeps short values on one line and breaks longer ones, two spaces a level: `laid_out` of
 * schema.py. @param {Layout} value @returns {string}
 */
export function laidOut(value, indent = 0, width = 100) {
  const { line, entries, names } = value;
  if (!entries?.length || indent + value.length <= width) return line;
  value.laid ??= new Map();
  const before = value.laid.get(indent);
  if (before) return before;
  const inner = " ".repeat(indent + 2);
  const body = value.points
    ? packed(entries, inner, width).join("\n")
    : entries
        .map((entry, i) => inner + (names ? `"${names[i]}": ` : "") + laidOut(entry, indent + 2, width))
        .join(",\n");
  const [open, close] = names ? "{}" : "[]";
  const text = `${open}\n${body}\n${" ".repeat(indent)}${close}`;
  value.laid.set(indent, text);
  return text;
}

/**
 * Lists of numbers, as many on a line as fit. @param {Layout[]} entries @param {string} inner
 * @param {number} width
 */
function packed(entries, inner, width) {
  const lines = [];
  let current = inner;
  entries.forEach((entry, i) => {
    const text = entry.line + (i + 1 < entries.length ? "," : "");
    if (current.length > inner.length && current.length + text.length > width) {
      lines.push(current.trimEnd());
      current = inner;
    }
    current += `${text} `;
  });
  lines.push(current.trimEnd());
  return lines;
}

/** @param {string} line @param {Layout[]} entries @param {Partial<Layout>} more @returns {Layout} */
function joined(line, entries, more) {
  let { length } = line;
  for (const entry of entries) length -= entry.line.length - entry.length;
  return { line, length, entries, ...more };
}

/** @param {string[]} names @param {Layout[]} entries */
export function objectLayout(names, entries) {
  return joined(`{${entries.map((entry, i) => `"${names[i]}": ${entry.line}`).join(", ")}}`, entries, {
    names,
  });
}

/** @param {Layout[]} entries */
export function listLayout(entries) {
  const points = entries.every(
    (entry) => entry.entries && !entry.names && !entry.entries.some((x) => x.entries),
  );
  return joined(`[${entries.map((entry) => entry.line).join(", ")}]`, entries, { points });
}

const NUMBERS = [{ line: "", length: 0 }];

/**
 * Of up to three numbers, which are never broken; most of a document is points.
 * @param {readonly number[]} point @returns {Layout}
 */
export function pointLayout(point) {
  const line = `[${point.map(numberText).join(", ")}]`;
  return { line, length: line.length, entries: NUMBERS };
}

/** @param {any} value a text, number, boolean or null @returns {Layout} */
export function scalarLayout(value) {
  if (typeof value === "number") {
    const line = numberText(value);
    return { line, length: line.length };
  }
  const line = JSON.stringify(value);
  return { line, length: [...line].length };
}

/** A number as Python prints it: with an exponent below 1e-4, of two digits. @param {number} value */
function numberText(value) {
  if (Math.abs(value) >= 1e-4 || value === 0) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}
