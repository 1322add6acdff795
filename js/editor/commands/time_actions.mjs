// @ts-check
/** What commands and panels do with the time of the clip. */

import { clamp } from "../geometry/values.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** Moves the playhead by frames and pauses. @param {Session} session @param {number} by */
export function stepFrame(session, by) {
  const steps = Math.max(1, session.length - 1);
  session.setPlaying(false);
  session.setTime(clamp((Math.round(session.time * steps) + by) / steps, 0, 1));
}

/** The frame number, from 1, of a time of the clip. @param {Session} session @param {number} time */
export const frameOf = (session, time) => 1 + time * (session.length - 1);
