// @ts-check
/** One quiet line: what was just said, or how the preview is doing. */

import { h } from "../dom/dom.mjs";

const LASTS = 6000; // ms

/** @param {import("../document/session.mjs").Session} session @param {() => {status: string, sentence: string} | null} client */
export function statusLine(session, client) {
  let said = "";
  let timer = 0;
  const line = () => said || (client()?.sentence ?? "");
  const picture = () => session.picture;
  const result = h(
    "footer",
    { class: "status", "data-kind": () => (said ? "" : (client()?.status ?? "")) },
    h("span", { class: "notice", role: "status", "aria-live": "polite", title: line }, line),
    h("span", { class: "quiet", title: () => picture()?.label ?? "" }, () =>
      picture() ? `${picture()?.width} × ${picture()?.height}` : "",
    ),
  );
  /** @param {string} text @param {() => void} update */
  const say = (text, update) => {
    said = text;
    clearTimeout(timer);
    if (text) timer = window.setTimeout(say, LASTS, "", update);
    update();
  };
  return { result, say, dispose: () => clearTimeout(timer) };
}
