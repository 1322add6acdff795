// @ts-check
/** Vectors [x, y] in the plane. Each function returns a new vector or a number. */

/** @import { Point } from "../types" */
/** @typedef {[number, number]} Vec */

/** @param {Point} a @param {Point} b @returns {Vec} */
export const add = (a, b) => [a[0] + b[0], a[1] + b[1]];

/** @param {Point} a @param {Point} b @returns {Vec} */
export const subtract = (a, b) => [a[0] - b[0], a[1] - b[1]];

/** @param {Point} a @param {number} factor @returns {Vec} */
export const scale = (a, factor) => [a[0] * factor, a[1] * factor];

/** The vector turned by a right angle: x to y. @param {Point} a @returns {Vec} */
export const perpendicular = ([x, y]) => [-y, x];

/** @param {Point} a @param {Point} b */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1];

/** @param {Point} a */
export const length = ([x, y]) => Math.hypot(x, y);

/** @param {Point} a @param {Point} b */
export const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** The point at share t of the way from a to b. @param {Point} a @param {Point} b @param {number} t @returns {Vec} */
export const mix = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
