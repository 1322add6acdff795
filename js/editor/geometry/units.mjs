// @ts-check
/** In *units* the short side of the picture is 1; *document coordinates* are fractions of its sides. */

/** @import { Point } from "../types" */

/**
 * Width and height of a picture in units. @param {number} aspect width / height @returns {[number, number]}
 */
export const extent = (aspect) => [Math.max(aspect, 1), Math.max(1 / aspect, 1)];

/** @param {Point} point document coordinates @param {number} aspect @returns {number[]} */
export function toUnits([x, y, ...pressure], aspect) {
  const [width, height] = extent(aspect);
  return [x * width, y * height, ...pressure];
}

/** @param {Point} point units @param {number} aspect @returns {number[]} */
export function fromUnits([x, y, ...pressure], aspect) {
  const [width, height] = extent(aspect);
  return [x / width, y / height, ...pressure];
}
