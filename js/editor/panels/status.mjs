// @ts-check
/** The status line: the last notice, or the state of the preview, and the size of the picture. */

import { h } from "../dom/dom.mjs";

const NOTICE_MS = 6000; // how long a notice is shown

/**
 * @param {import("../document/session.mjs").Session} session
 * @param {() => {status: string, sentence: string} | null} client the client of the preview, once there is one
 */
export function statusLine(session, client) {
  let notice = "";
  let timer = 0;
  const text = () => notice || session.run?.sentence || (client()?.sentence ?? "");
  const isBad = () => session.run?.state === "failed" && (!notice || notice === session.run.sentence);
  const picture = () => session.picture;
  const size = () => (picture() ? `${picture()?.width} × ${picture()?.height}` : "");
  const result = h(
    "footer",
    {
      class: "status",
      "data-kind": () => (isBad() ? "error" : notice ? "" : (client()?.status ?? "")),
    },
    h("span", { class: "notice", role: "status", "aria-live": "polite", title: text }, text),
    h("span", { class: "quiet", title: () => picture()?.label ?? "" }, size),
  );
  /** Shows a notice for a while. @param {string} sentence @param {() => void} update */
  const say = (sentence, update) => {
    notice = sentence;
    clearTimeout(timer);
    if (sentence) timer = window.setTimeout(say, NOTICE_MS, "", update);
    update();
  };
  return { result, say, dispose: () => clearTimeout(timer) };
}
