// @ts-check
/**
 * Elements without a framework. Properties and texts that are given as functions are *live*: `withUpdate` collects
 * them while a part is built, and the `update` that it returns evaluates them again and changes only what differs.
 */

import { icon } from "./icons.mjs";
import { said } from "./language.mjs";

/** @import { Child, ElementOf } from "../parts" */
/** @typedef {() => void} Update */

/** @type {Update[]} */
let live = [];

/** Runs at every update of the part that is being built. @param {Update} update */
export const onUpdate = (update) => void live.push(update);

/** Builds a part and returns it with its `update`. @template T @param {() => T} build @returns {{result: T, update: Update}} */
export function withUpdate(build) {
  const outer = live;
  /** @type {Update[]} */
  const updates = [];
  live = updates;
  const result = build();
  live = outer;
  return { result, update: () => updates.forEach((update) => update()) };
}

/** Applies a value now or, if it is a function, its result at every update. @param {unknown} value @param {(value: unknown) => void} apply */
const give = (value, apply) => (typeof value === "function" ? onUpdate(() => apply(value())) : apply(value));

/** Adds the pack's prefix to every class name. @param {string} names */
const withPrefix = (names) => names.replace(/\S+/g, "flowbrush-$&");

/** Sets one property, attribute or style of an element. @param {Element} element @param {string} name @param {unknown} value */
function assign(element, name, value) {
  const properties = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (element));
  if (name.startsWith("--")) /** @type {HTMLElement} */ (element).style.setProperty(name, String(value));
  else if (/^(hidden|disabled|inert|value|tabIndex)$/.test(name) && element.localName !== "option") {
    if (properties[name] !== value) properties[name] = value;
  } else if (value === null || value === undefined) element.removeAttribute(name);
  else {
    let text = String(value);
    if (name === "class") text = withPrefix(text);
    else if (/title|label|valuetext/.test(name)) text = said(text);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * Makes an element. @template {string} Tag @param {Tag} tag "svg:…" for SVG
 * @param {Record<string, unknown>} [props] `on…` listens, `--…` sets a style, a function is live
 * @param {...Child} children @returns {ElementOf<Tag>}
 */
export function h(tag, props = {}, ...children) {
  const element = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  if (element instanceof HTMLButtonElement) element.type = "button";
  for (const [name, value] of Object.entries(props))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else give(value, (now) => assign(element, name, now));
  for (const child of /** @type {Child[]} */ (children.flat(3))) {
    if (typeof child === "function") {
      const text = new Text();
      onUpdate(() => {
        const now = said(child());
        if (text.data !== now) text.data = now;
      });
      element.append(text);
    } else if (child) element.append(typeof child === "string" ? said(child) : /** @type {Node} */ (child));
  }
  return /** @type {ElementOf<Tag>} */ (element);
}

/**
 * Keeps as many children in a container as `count()` says. @template {Element} T @param {T} container
 * @param {() => number} count @param {(index: number) => Element} make
 */
export function repeat(container, count, make) {
  /** @type {{result: Element, update: Update}[]} */
  const rows = [];
  onUpdate(() => {
    for (const wanted = count(); rows.length !== wanted; )
      if (rows.length > wanted) rows.pop()?.result.remove();
      else {
        const index = rows.length;
        rows.push(withUpdate(() => make(index)));
        container.append(rows[index].result);
      }
    for (const row of rows) row.update();
  });
  return container;
}

const MAC = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "");
/** @type {Record<string, string>} */
const SIGNS = { "Ctrl+": "⌘", "Shift+": "⇧", "Alt+": "⌥" };

/** A shortcut as this platform writes it. @param {string} keys */
export const keyText = (keys) => (MAC ? keys.replace(/(Ctrl|Shift|Alt)\+/g, (key) => SIGNS[key]) : keys);

/** The tooltip with a name, its shortcut, and a sentence. @param {string} name @param {string} [keys] @param {string} [about] */
export const tooltip = (name, keys, about) =>
  name + (keys ? ` (${keyText(keys)})` : "") + (about ? `\n${about}` : "");

/**
 * An icon button, 28 px on a side unless it has a label.
 * @param {string | (() => string)} image the name of an icon, or "" @param {string | (() => string)} title
 * @param {(event: MouseEvent) => unknown} onclick
 * @param {Record<string, unknown> & {keys?: string, label?: string | (() => string), about?: string, pressed?: () =>
 * unknown,
 *   class?: string}} [more] `pressed` makes a switch; the rest are properties
 */
export function button(image, title, onclick, more = {}) {
  const { keys, label, about, pressed, class: names = "", ...props } = more;
  const style = `button ${names}${label ? " labelled" : ""}`;
  const state = pressed && (() => Boolean(pressed()));
  const element = h("button", { ...props, class: style, onclick, "aria-pressed": state });
  give(title, (name) => {
    assign(element, "title", tooltip(String(name), keys, about));
    assign(element, "aria-label", name);
  });
  if (image) element.append(icon(""));
  give(image, (name) => {
    const old = element.querySelector("svg");
    if (name && old?.dataset.icon !== name) old?.replaceWith(icon(String(name)));
  });
  if (label) element.append(h("span", {}, label));
  return element;
}

/** @typedef {HTMLElement & {disabled?: boolean}} Member of a group */

/**
 * Gives a group one Tab stop; the arrow keys, Home and End move within it (ARIA's roving tabindex).
 * @template {HTMLElement} T @param {T} group @param {string} [selector]
 */
export function rovingFocus(group, selector = "button") {
  const members = () => /** @type {Member[]} */ ([...group.querySelectorAll(selector)]);
  /** @param {Element | null} [chosen] */
  const settle = (chosen) => {
    const all = members();
    const isOn = (/** @type {Element} */ one) =>
      ["pressed", "selected", "current"].some((state) => one.getAttribute(`aria-${state}`) === "true");
    const stop = chosen ?? all.find(isOn) ?? all.find((one) => !one.disabled);
    for (const member of all) assign(member, "tabIndex", member === stop ? 0 : -1);
  };
  group.addEventListener("focusin", (event) =>
    settle(/** @type {Element} */ (event.target).closest(selector)),
  );
  group.addEventListener("keydown", (event) => {
    const all = members().filter((member) => member.offsetParent && !member.disabled);
    const at = all.indexOf(/** @type {Member} */ (event.target));
    const step = event.ctrlKey || event.metaKey || event.altKey ? 0 : arrowStep(event);
    const end = { Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || !(step || end !== undefined)) return;
    all[end ?? (at + step + all.length) % all.length].focus();
    consume(event);
  });
  onUpdate(() => group.contains(document.activeElement) || settle());
  return group;
}

/** The direction of an arrow key: 1, -1, or 0 for other keys. @param {KeyboardEvent} event @returns {number} */
export const arrowStep = ({ key }) =>
  ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 })[/** @type {"ArrowUp"} */ (key)] ?? 0;

/** Prevents the default action of an event that was used, and stops its way to further elements. @param {Event} event */
export function consume(event) {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Follows a pointer from its press until it is released. @param {PointerEvent} press
 * @param {(event: PointerEvent) => void} move @param {(event: PointerEvent) => void} [end]
 */
export function followPointer(press, move, end) {
  const target = /** @type {HTMLElement} */ (press.currentTarget);
  target.setPointerCapture(press.pointerId);
  const over = new AbortController();
  target.addEventListener("pointermove", move, over);
  for (const kind of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"]))
    target.addEventListener(
      kind,
      (last) => {
        over.abort();
        end?.(last);
      },
      over,
    );
}

/** @type {Map<string, Promise<unknown>>} */
const sheets = new Map();

/** Loads a style sheet of the editor once per page; resolves when it is there or has failed. @param {string} name */
export function loadStyle(name) {
  const href = new URL(`../${name}`, import.meta.url).href;
  let sheet = sheets.get(name);
  if (!sheet) {
    sheet = new Promise((done) =>
      document.head.append(h("link", { rel: "stylesheet", href, onload: done, onerror: done })),
    );
    sheets.set(name, sheet);
  }
  return sheet;
}
