// @ts-check
/**
 * Readers of declared objects, as in schema.py: a declaration says for each member its default, how it is
 * read (any refusal names the place) and which valid value is nearest to one that a hand made. What `read`
 * returns is frozen, has every member, and is known: reading it again, as part of a new document, costs
 * nothing.
 */

import { DocumentError, listLayout, names, objectLayout, pointLayout, scalarLayout } from "./json.mjs";

/** @typedef {{value?: any, read: (value: any, place: string) => any, fit: (value: any) => any}} Kind */
/** @typedef {{members: Record<string, Kind>, problem?: (value: any) => [string, string] | undefined}} Declared */

const { freeze } = Object;
/** Lists and objects that were read, as what. @type {WeakMap<object, Declared | Kind>} */
const known = new WeakMap();
/** @type {WeakMap<object, import("./json.mjs").Layout>} */
const layouts = new WeakMap();

/** @param {any} value */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value in an error message, shortened. @param {any} value */
export function shown(value) {
  const text =
    typeof value === "string" ? `'${value}'` : value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/**
 * Coordinates, angles and times keep four decimals: a hundredth of a pixel of a picture 100 wide.
 * @param {number} value
 */
export const rounded = (value) => Math.round(value * 1e4) / 1e4 || 0;

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** @param {number} low @param {number} high @param {number} [value] the default @returns {Kind} */
export function number(low, high, value) {
  return {
    value,
    read(given, place) {
      if (typeof given !== "number") throw new DocumentError(place, `${shown(given)} is not a number`);
      if (!Number.isFinite(given)) throw new DocumentError(place, `${given} is not a finite number`);
      if (given >= low && given <= high) return given || 0;
      throw new DocumentError(place, `${given} is out of range; it must be from ${low} to ${high}`);
    },
    fit: (given) => (Number.isFinite(given) ? clamp(rounded(given), low, high) : given),
  };
}

/** @param {number} low @param {number} high @param {number} [value] @returns {Kind} */
export function integer(low, high, value) {
  return {
    value,
    read(given, place) {
      if (!Number.isInteger(given)) throw new DocumentError(place, `${shown(given)} is not a whole number`);
      if (given >= low && given <= high) return given || 0;
      throw new DocumentError(place, `${given} is out of range; it must be from ${low} to ${high}`);
    },
    fit: (given) => (Number.isFinite(given) ? clamp(Math.round(given), low, high) : given),
  };
}

/** @param {"boolean" | "string"} type @param {any} value @returns {Kind} */
function scalar(type, value) {
  const sentence = type === "string" ? "is not a text" : "is not true or false";
  return {
    value,
    read(given, place) {
      if (typeof given === type) return given;
      throw new DocumentError(place, `${shown(given)} ${sentence}`);
    },
    fit: (given) => given,
  };
}

export const boolean = (value = false) => scalar("boolean", value);
export const text = (value = "") => scalar("string", value);

/** One of several words; the first is the default. @param {...string} words @returns {Kind} */
export function choice(...words) {
  return {
    value: words[0],
    read(given, place) {
      if (words.includes(given)) return given;
      throw new DocumentError(place, `${shown(given)} is not one of ${words.join(", ")}`);
    },
    fit: (given) => given,
  };
}

/** @param {Kind} kind @returns {Kind} */
export function optional(kind) {
  return {
    value: null,
    read: (given, place) => (given === null ? null : kind.read(given, place)),
    fit: (given) => (given === null ? null : kind.fit(given)),
  };
}

/** A list of `item`s; required where at least one is needed. @param {Kind} item @returns {Kind} */
export function many(item, shortest = 0) {
  /** @type {Kind} */
  const kind = {
    value: shortest ? undefined : freeze([]),
    read(given, place) {
      if (known.get(given) === kind) return given;
      if (!Array.isArray(given)) throw new DocumentError(place, `${shown(given)} is not a list`);
      if (given.length < shortest) {
        throw new DocumentError(place, `holds ${given.length} entries; at least ${shortest} are needed`);
      }
      const result = freeze(given.map((entry, index) => item.read(entry, `${place}[${index}]`)));
      known.set(result, kind);
      return result;
    },
    fit: (given) => (Array.isArray(given) && known.get(given) !== kind ? given.map(item.fit) : given),
  };
  if (kind.value) known.set(kind.value, kind);
  return kind;
}

/**
 * A list of exactly as many numbers as there are ranges. @param {...[number, number]} ranges
 * @returns {Kind}
 */
export function numbers(...ranges) {
  const kinds = ranges.map(([low, high]) => number(low, high));
  return {
    read(given, place) {
      if (!Array.isArray(given) || given.length !== kinds.length) {
        throw new DocumentError(place, `${shown(given)} is not a list of ${kinds.length} numbers`);
      }
      return freeze(kinds.map((kind, index) => kind.read(given[index], `${place}[${index}]`)));
    },
    fit: (given) => (Array.isArray(given) ? given.map((value, i) => kinds[i]?.fit(value) ?? value) : given),
  };
}

/** A member that is a declared object itself. @param {Declared} declared @returns {Kind} */
export function nested(declared, required = false) {
  return {
    value: required ? undefined : read(declared, {}, ""),
    read: (given, place) => read(declared, given, place),
    fit: (given) => fitted(declared, given),
  };
}

/**
 * The frozen object with every member, or DocumentError at `place`.
 * @param {Declared} declared @param {any} given @param {string} place @returns {any}
 */
export function read(declared, given, place) {
  if (!isObject(given)) throw new DocumentError(place, `${shown(given)} is not an object with named members`);
  if (known.get(given) === declared) return given;
  const { members } = declared;
  const prefix = place && `${place}.`;
  for (const name of names(given)) {
    if (Object.hasOwn(members, name)) continue;
    throw new DocumentError(prefix + name, `is not known here; known are ${Object.keys(members).join(", ")}`);
  }
  /** @type {Record<string, any>} */
  const result = {};
  for (const name in members) {
    const kind = members[name];
    if (Object.hasOwn(given, name)) result[name] = kind.read(given[name], prefix + name);
    else if (kind.value !== undefined) result[name] = kind.value;
    else throw new DocumentError(prefix + name, "is missing");
  }
  const problem = declared.problem?.(result);
  if (problem) throw new DocumentError(prefix + problem[0], problem[1]);
  known.set(freeze(result), declared);
  return result;
}

/**
 * The members that were given, each rounded and brought into its range. @param {Declared} declared
 * @param {any} given
 */
export function fitted(declared, given) {
  if (!isObject(given) || known.get(given) === declared) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, declared.members[name]?.fit(value) ?? value]),
  );
}

/** @param {any} a @param {any} b @returns {boolean} whether two values of documents are equal */
export function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b))
    return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]));
}

/**
 * How a value is written: members at their default left out. @param {any} value
 * @returns {import("./json.mjs").Layout}
 */
export function layout(value) {
  if (!value || typeof value !== "object") return scalarLayout(value);
  if (Array.isArray(value)) {
    const short = value.length > 0 && value.length <= 3 && value.every(Number.isFinite);
    return short ? pointLayout(value) : listLayout(value.map(layout));
  }
  const before = layouts.get(value);
  if (before) return before;
  const { members } = /** @type {Declared} */ (known.get(value));
  const kept = Object.keys(members).filter((name) => !equal(value[name], members[name].value));
  const result = objectLayout(
    kept,
    kept.map((name) => layout(value[name])),
  );
  if ("points" in value) layouts.set(value, result); // shapes stay as they are; what holds them changes with every edit
  return result;
}
