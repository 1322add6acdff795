// @ts-check
/** Values that are brought into the range of their kind, for edits. */

import { clamp, rounded } from "../geometry/values.mjs";
import { isObjectOrList, kindOf } from "./schema.mjs";

/** @import { Kind } from "../types" */

/**
 * The value with its numbers rounded and limited to their ranges. @template T @param {Kind} kind @param {T} given
 * @returns {T}
 */
export function fitToRange(kind, given) {
  return /** @type {T} */ (fitValue(kind, given));
}

/** @param {Kind} kind @param {unknown} given @returns {unknown} */
function fitValue(kind, given) {
  if (kind.among) return fitValue(kind.among(given), given);
  const { list, tuple, members, low = 0, high = 0 } = kind;
  if (kind.type === "number" && typeof given === "number" && Number.isFinite(given))
    return clamp(rounded(given, kind.digits), low, high);
  if (!isObjectOrList(given) || kindOf(given) === kind) return given;
  if (Array.isArray(given)) return given.map((each, k) => fitValue(list ?? tuple?.[k] ?? {}, each));
  const entries = Object.entries(given);
  return Object.fromEntries(entries.map(([name, value]) => [name, fitValue(members?.[name] ?? {}, value)]));
}
