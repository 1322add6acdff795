// @ts-check
/** Numbers and plain values that are limited, rounded and compared. */

/** A number limited to low..high. @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * A number rounded to the nearest 1 / steps. The default keeps four decimals, which is a hundredth of a pixel in a
 * picture 100 pixels wide. @param {number} value @param {number} [steps]
 */
export const rounded = (value, steps = 1e4) => Math.round(value * steps) / steps || 0;

/** Whether two JSON values are equal, member by member. @param {unknown} a @param {unknown} b @returns {boolean} */
export function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const first = /** @type {Record<string, unknown>} */ (a);
  const second = /** @type {Record<string, unknown>} */ (b);
  const names = Object.keys(first);
  return (
    names.length === Object.keys(second).length && names.every((name) => equal(first[name], second[name]))
  );
}
