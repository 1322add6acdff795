// @ts-check
/**
 * Elements without a framework. Properties and texts that are functions are *live*: `built` collects them
 * while a part is put together, and its `update` gives its elements their values anew, touching what changed.
 */

import { icon } from "./icons.mjs";

/** @typedef {() => void} Update */

/** @type {Update[]} */
let live = [];

/** Run at every update of what is being built. @param {Update} update */
export const onUpdate = (update) => void live.push(update);

/** @template T @param {() => T} build @returns {{result: T, update: Update}} */
export function built(build) {
  const outer = live;
  /** @type {Update[]} */
  const updates = (live = []);
  const result = build();
  live = outer;
  return { result, update: () => updates.forEach((update) => update()) };
}

/** @param {any} value or a function of it @param {(value: any) => void} apply */
const give = (value, apply) => (typeof value === "function" ? onUpdate(() => apply(value())) : apply(value));

/** Every class gets the pack's prefix here, so that none can be forgotten. @param {string} names */
const prefixed = (names) => names.replace(/\S+/g, "flowbrush-$&");

/** @param {any} element @param {string} name @param {any} value */
function assign(element, name, value) {
  if (name.startsWith("--")) element.style.setProperty(name, String(value));
  else if (/^(hidden|disabled|inert|value|tabIndex)$/.test(name) && element.localName !== "option") {
    if (element[name] !== value) element[name] = value;
  } else if (value === null || value === undefined) element.removeAttribute(name);
  else {
    const text = name === "class" ? prefixed(value) : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * @param {string} tag "svg:…" for SVG @param {Record<string, any>} [props] `on…` listens, `--…` is a style, a function
 * is live @param {...any} children @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const element = /** @type {any} */ (
    tag.startsWith("svg:")
      ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
      : document.createElement(tag)
  );
  if (tag === "button") element.type = "button";
  for (const [name, value] of Object.entries(props))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else give(value, (now) => assign(element, name, now));
  for (const child of children.flat().filter(Boolean)) {
    const text = typeof child === "function" ? new Text() : child;
    if (text !== child) onUpdate(() => text.data !== child() && (text.data = child()));
    element.append(text);
  }
  return element;
}

/** A container's children, one for each of `count()`. @template {Element} T
 * @param {T} container @param {() => number} count @param {(index: number) => Element} make */
export function repeat(container, count, make) {
  /** @type {{result: Element, update: Update}[]} */
  const rows = [];
  onUpdate(() => {
    for (const wanted = count(); rows.length !== wanted; )
      if (rows.length > wanted) rows.pop()?.result.remove();
      else {
        const index = rows.length;
        rows.push(built(() => make(index)));
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

/** The tooltip of a name, its shortcut, and a sentence. @param {string} name @param {string} [keys] @param {string} [about] */
export const tip = (name, keys, about) =>
  name + (keys ? ` (${keyText(keys)})` : "") + (about ? `\n${about}` : "");

/**
 * An icon button, 28 px on a side unless it has a label.
 * @param {string | (() => string)} image an icon's name, or none @param {string | (() => string)} title
 * @param {(event: any) => void} onclick
 * @param {Record<string, any>} [more] keys, label, about, pressed, and properties @returns {any}
 */
export function button(
  image,
  title,
  onclick,
  { keys, label, about, pressed, class: names = "", ...more } = {},
) {
  const style = `button ${names}${label ? " labelled" : ""}`;
  const element = h("button", {
    ...more,
    class: style,
    onclick,
    "aria-pressed": pressed && (() => Boolean(pressed())),
  });
  give(title, (name) => {
    assign(element, "title", tip(name, keys, about));
    assign(element, "aria-label", name);
  });
  if (image) element.append(icon(""));
  give(image, (name) => {
    const old = element.querySelector("svg");
    if (name && old.dataset.icon !== name) old.replaceWith(icon(name));
  });
  if (label) element.append(h("span", {}, label));
  return element;
}

/** A toolbar button group whose one choice is shown. @param {string} label @param {any[]} buttons */
export const segments = (label, buttons) =>
  roving(h("div", { class: "segments", role: "group", "aria-label": label }, buttons));

/**
 * One Tab stop for a group's buttons; the arrow keys, Home and End move within it (ARIA's roving tabindex).
 * @param {HTMLElement} group @param {string} [selector] @returns {any}
 */
export function roving(group, selector = "button") {
  const members = () => /** @type {any[]} */ ([...group.querySelectorAll(selector)]);
  /** @param {Element | null} [chosen] */
  const settle = (chosen) => {
    const all = members();
    const on = (/** @type {Element} */ one) =>
      ["pressed", "selected", "current"].some((state) => one.getAttribute(`aria-${state}`) === "true");
    const stop = chosen ?? all.find(on) ?? all.find((one) => !one.disabled);
    for (const member of all) assign(member, "tabIndex", member === stop ? 0 : -1);
  };
  group.addEventListener("focusin", (event) =>
    settle(/** @type {Element} */ (event.target).closest(selector)),
  );
  group.addEventListener("keydown", (event) => {
    const all = members().filter((member) => member.offsetParent && !member.disabled);
    const at = all.indexOf(event.target);
    const step = event.ctrlKey || event.metaKey || event.altKey ? 0 : arrowStep(event);
    const end = { Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || !(step || end !== undefined)) return;
    all[end ?? (at + step + all.length) % all.length].focus();
    taken(event);
  });
  onUpdate(() => group.contains(document.activeElement) || settle());
  return group;
}

/** @param {KeyboardEvent} event @returns {number} 1, -1, or 0 for other keys */
export const arrowStep = ({ key }) =>
  ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 })[/** @type {"ArrowUp"} */ (key)] ?? 0;

/** The event was used. @param {Event} event */
export function taken(event) {
  event.preventDefault();
  event.stopPropagation();
}

/** Follow a pointer from its press until it is let go.
 * @param {any} event the press @param {(event: any) => void} move @param {(event: any) => void} [end] */
export function follow(event, move, end) {
  const target = event.currentTarget;
  target.setPointerCapture(event.pointerId);
  const over = new AbortController();
  target.addEventListener("pointermove", move, over);
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"])
    target.addEventListener(
      kind,
      (/** @type {Event} */ last) => {
        over.abort();
        end?.(last);
      },
      over,
    );
}

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** A style sheet of the editor, once a page; resolves when it is there, or will not come. @param {string} name */
export function styled(name) {
  const href = new URL(`../${name}`, import.meta.url).href;
  let there = sheets.get(name);
  if (!there) {
    there = new Promise((done) =>
      document.head.append(h("link", { rel: "stylesheet", href, onload: done, onerror: done })),
    );
    sheets.set(name, there);
  }
  return there;
}
