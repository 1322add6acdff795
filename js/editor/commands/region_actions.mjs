// @ts-check
/** What commands do with the region of the selected layer. */

import { scaleRegion } from "../document/motion_edits.mjs";

/** Makes what is painted of the selected layer larger or smaller. @param {import("../document/session.mjs").Session} session @param {number} factor */
export function scaleSelected(session, factor) {
  const at = session.editableLayer();
  if (at >= 0)
    session.apply((document) => scaleRegion(document, at, factor), "scale region", `nudge size ${at}`);
}
