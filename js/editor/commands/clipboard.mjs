// @ts-check
/** Copies, pastes and drops motion. The host handles pictures. */

import { dump, parse } from "../document/document.mjs";
import { LaterModule } from "../document/later_module.mjs";
import { copyMotion } from "./layer_actions.mjs";

const groups = new LaterModule(() => import("../document/group.mjs"));
const pasting = new LaterModule(() => import("./pasting.mjs"));
const files = new LaterModule(() => import("./files.mjs"));

/** Whether an event belongs to a field that is being typed in. @param {Event} event */
const isTyping = ({ target }) =>
  target instanceof Element && target.matches("input:not([type=range]), select, textarea");

/** The elements that are listened to. @type {WeakSet<HTMLElement>} */
const known = new WeakSet();

/** Listens to an editor, once. @param {import("../document/session.mjs").Session} session @param {HTMLElement} element */
export function listen(session, element) {
  if (known.has(element)) return;
  known.add(element);
  let copied = "";
  const textOf = (/** @type {import("../types").Layer} */ layer) =>
    dump(parse(JSON.stringify({ version: 2, layers: [layer] })));
  session.on("selection", () => session.several && void groups.load()); // so that a copy finds it
  element.addEventListener("copy", (event) => {
    if (isTyping(event) || !session.layer || !event.clipboardData || getSelection()?.toString()) return;
    const group = session.several ? groups.loaded?.copiedGroup(session) : "";
    copied = group ? "" : textOf(session.layer);
    if (!group) copyMotion(session);
    event.clipboardData.setData("text/plain", group || copied);
    event.preventDefault();
  });
  element.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (isTyping(event) || !data || data.types.includes("Files")) return;
    event.preventDefault();
    const text = data.getData("text/plain");
    const selected = session.layer ? textOf(session.layer) : "";
    pasting.use(session, ({ paste }) => paste(session, text, copied, selected));
  });
  element.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    const file = [...(event.dataTransfer?.files ?? [])].find(
      ({ type, name }) => !type.startsWith("image/") && /\.(json|txt)$/i.test(name),
    );
    if (!file) return;
    event.preventDefault();
    files.use(session, ({ importFile }) => importFile(session, file));
  });
}
