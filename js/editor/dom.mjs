// @ts-check
/** Elements without a framework. Every class is given the pack's prefix here, so none can be forgotten. */

import { icon } from "./icons.mjs";

/** @typedef {Record<string, any>} Props */
/** @typedef {{element: HTMLElement, update: () => void}} Part */

const MAC = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "");

/** @param {string} names */
export const prefixed = (names) => names.replace(/\S+/g, "flowbrush-$&");

/**
 * An element: `on…` functions listen, `class` is prefixed, known properties are set, all else is an attribute.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = prefixed(value);
    else if (name in element && name !== "role") /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child || child === "")));
  return element;
}

/** A shortcut as this platform writes it. @param {string} keys */
export const keyText = (keys) =>
  MAC ? keys.replace(/Ctrl\+/g, "⌘").replace(/Shift\+/g, "⇧").replace(/Alt\+/g, "⌥") : keys;

/**
 * Name an element for the eye (tooltip) and for screen readers, with its shortcut.
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} [keys]
 * @param {string} [about] a sentence for the tooltip
 */
export function describe(element, name, keys = "", about = "") {
  const title = name + (keys ? ` (${keyText(keys)})` : "") + (about ? `\n${about}` : "");
  if (element.title !== title) element.title = title;
  if (element.getAttribute("aria-label") !== name) element.setAttribute("aria-label", name);
}

/**
 * An icon button, 28 px on a side unless it has a label.
 * @param {string} name of the icon
 * @param {string} title
 * @param {(event: MouseEvent) => void} onclick
 * @param {{keys?: string, label?: string, about?: string, class?: string}} [more]
 */
export function button(name, title, onclick, more = {}) {
  const element = h(
    "button",
    { type: "button", class: `button ${more.class ?? ""}${more.label ? " labelled" : ""}`, onclick },
    name && icon(name),
    more.label && h("span", {}, more.label),
  );
  describe(element, title, more.keys, more.about);
  return element;
}

/** @param {Element} element @param {string} name */
export function setIcon(element, name) {
  const old = element.querySelector("svg");
  if (old?.dataset.icon !== name) old?.replaceWith(icon(name));
}

/**
 * Show a button as pressed or not; the attribute is what assistive technology reads and what CSS styles.
 * @param {Element} element
 * @param {boolean} pressed
 */
export const setPressed = (element, pressed) => setAttribute(element, "aria-pressed", String(pressed));

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * One Tab stop for a group; the arrow keys, Home and End move within it (ARIA's roving tabindex).
 * @param {HTMLElement} group
 * @param {string} selector of the members
 */
export function roving(group, selector) {
  const members = () =>
    /** @type {HTMLElement[]} */ ([...group.querySelectorAll(selector)]).filter(
      (member) => member.offsetParent && !(/** @type {any} */ (member).disabled),
    );
  /** @param {Element | null | undefined} chosen */
  const settle = (chosen) => {
    const all = /** @type {HTMLElement[]} */ ([...group.querySelectorAll(selector)]);
    const stop =
      all.find((member) => member === chosen) ??
      all.find((member) => /true/.test(`${member.ariaPressed}${member.ariaSelected}${member.ariaChecked}`)) ??
      members()[0] ??
      all[0];
    for (const member of all) member.tabIndex = member === stop ? 0 : -1;
  };
  group.addEventListener("focusin", (event) => settle(/** @type {Element} */ (event.target).closest(selector)));
  group.addEventListener("keydown", (event) => {
    const all = members();
    const at = all.findIndex((member) => member === event.target);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const end = { Home: 0, End: all.length - 1 }[event.key];
    if (!step && end === undefined) return;
    all[end ?? (at + (step ?? 0) + all.length) % all.length].focus();
    event.preventDefault();
    event.stopPropagation();
  });
  settle(null);
  return () => group.contains(document.activeElement) || settle(null);
}

/**
 * Call `update` once before the next picture is drawn, however often it is asked for.
 * @param {() => void} update
 */
export function coalesced(update) {
  let waiting = 0;
  const ask = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      update();
    });
  };
  return Object.assign(ask, { cancel: () => cancelAnimationFrame(waiting) });
}

/**
 * Follow a pointer from its press until it is let go, in client pixels.
 * @param {PointerEvent} event
 * @param {(event: PointerEvent) => void} move
 * @param {(event: PointerEvent) => void} end
 */
export function follow(event, move, end) {
  const target = /** @type {HTMLElement} */ (event.currentTarget);
  target.setPointerCapture(event.pointerId);
  const over = new AbortController();
  /** @param {Event} last */
  const finish = (last) => {
    over.abort();
    end(/** @type {PointerEvent} */ (last));
  };
  target.addEventListener("pointermove", move, { signal: over.signal });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"])
    target.addEventListener(kind, finish, { signal: over.signal });
}
