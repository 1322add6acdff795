// @ts-check
/** The list of layers, the nearest on top: select, rename, reorder, hide, lock, colour, freeze. */

import { duplicateLayer, newLayer, toggleLayer } from "../commands/actions.mjs";
import { moveLayer, removeLayer } from "../commands/layer_actions.mjs";
import { changeLayer } from "../document/edits.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { button, follow, h, repeat, roving, taken } from "../dom/dom.mjs";
import { showSelected } from "./layer_chips.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** @param {Session} session */
const newFrozen = (session) =>
  button("freeze", "New freeze layer", () => newLayer(session, { name: "Freeze", freeze: true }), {
    about: "What it covers holds still, against the camera too",
  });

/** @param {Session} session */
export function layersPanel(session) {
  const list = h("div", { class: "layer-list", role: "list", "aria-label": "Layers, the nearest first" });
  const none = () => !session.layer;
  const panel = h(
    "section",
    { class: "panel layers", "aria-label": "Layers" },
    h(
      "header",
      {},
      h("h3", {}, "Layers"),
      button("plus", "New layer", () => newLayer(session), { keys: "N" }),
      newFrozen(session),
      button("duplicate", "Duplicate layer", () => duplicateLayer(session), {
        keys: "Ctrl+D",
        disabled: none,
      }),
      button("trash", "Delete layer", () => removeLayer(session), { disabled: none }),
    ),
    list,
    h(
      "p",
      { class: "quiet", hidden: () => session.document.layers.length > 0 },
      "Paint on the picture to begin a layer.",
    ),
  );
  repeat(
    list,
    () => session.document.layers.length,
    (place) => layerRow(session, list, place),
  );
  roving(list, ".flowbrush-layer-name");
  showSelected(session, list, (at) => list.children[list.children.length - 1 - at]);
  return panel;
}

/** @param {Session} session @param {HTMLElement} list @param {number} place from the top */
function layerRow(session, list, place) {
  const at = () => session.document.layers.length - 1 - place;
  const layer = () => session.document.layers[at()];
  const select = () => session.select({ layer: at(), path: null, point: null });
  /**
   * @param {"freeze" | "visible" | "locked"} member @param {any} image @param {any} title
   * @param {boolean} pressed
   */
  const toggle = (member, image, title, pressed) =>
    button(image, title, () => toggleLayer(session, member, at()), {
      class: "small",
      pressed: () => layer()[member] === pressed,
    });

  const startRename = () => {
    rename.value = layerName(session.document, at());
    [rename.hidden, name.hidden] = [false, true];
    rename.focus();
    rename.select();
  };
  const endRename = (/** @type {boolean} */ keep) => {
    if (rename.hidden) return;
    const text = rename.value.trim();
    const focused = document.activeElement === rename;
    [rename.hidden, name.hidden] = [true, false];
    if (focused) name.focus();
    if (keep) session.apply((document) => changeLayer(document, at(), { name: text }), "rename layer");
  };
  const focusSelected = () => {
    const selected = list.children[session.document.layers.length - 1 - session.selection.layer];
    /** @type {HTMLElement | undefined} */ (selected?.children[1])?.focus({ preventScroll: true });
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.altKey && by) {
      moveLayer(session, at(), at() + by);
      focusSelected();
    } else if (event.key === "F2") startRename();
    else if (event.key === "Delete" || event.key === "Backspace") removeLayer(session, at());
    else return;
    taken(event);
  };
  /** Select at once; a pull of more than 4 px takes the row along. @param {PointerEvent} event */
  const press = (event) => {
    if (event.button || /** @type {Element} */ (event.target).closest(".flowbrush-button, input")) return;
    select();
    const from = at();
    let to = -1;
    const clear = () => {
      for (const each of list.children) each.removeAttribute("data-drop");
    };
    follow(
      event,
      (moved) => {
        if (to < 0 && Math.abs(moved.clientY - event.clientY) < 5) return;
        clear();
        const others = [...list.children].filter((each) => each !== row);
        const above = others.filter((each) => {
          const box = each.getBoundingClientRect();
          return box.top + box.height / 2 < moved.clientY;
        }).length;
        to = others.length - above;
        row.dataset.drop = "pulled";
        (others[above] ?? others[above - 1])?.setAttribute("data-drop", others[above] ? "above" : "below");
      },
      (last) => {
        clear();
        if (to >= 0 && last.type === "pointerup") moveLayer(session, from, to);
        focusSelected();
      },
    );
  };

  const swatch = h("input", {
    type: "color",
    class: "swatch",
    title: "Layer colour",
    "aria-label": "Layer colour",
    value: () => layerColor(session.document, at()),
    oninput: () => {
      const index = at();
      session.apply(
        (document) => changeLayer(document, index, { color: swatch.value }),
        "colour",
        `colour ${index}`,
      );
    },
  });
  const name = h(
    "button",
    {
      class: "layer-name",
      title: () =>
        `${layerName(session.document, at())}\nDouble-click or F2 renames; drag, or Alt+Up and Alt+Down, reorders`,
      "aria-current": () => at() === session.selection.layer,
      onclick: select,
      onkeydown: key,
    },
    () => layerName(session.document, at()),
  );
  const rename = h("input", {
    type: "text",
    class: "rename",
    hidden: true,
    maxlength: 80,
    "aria-label": "Layer name",
    onblur: () => endRename(true),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") endRename(event.key === "Enter");
    },
  });
  const row = h(
    "div",
    {
      class: () =>
        `layer${at() === session.selection.layer ? " selected" : ""}${layer().visible ? "" : " dim"}`,
      role: "listitem",
      "--layer": () => layerColor(session.document, at()),
      onpointerdown: press,
      ondblclick: (/** @type {any} */ event) =>
        event.target.closest(".flowbrush-button, input") || startRename(),
    },
    swatch,
    name,
    rename,
    toggle("freeze", "freeze", () => (layer().freeze ? "Unfreeze layer" : "Freeze layer"), true),
    toggle(
      "visible",
      () => (layer().visible ? "eye" : "hidden"),
      () => (layer().visible ? "Hide layer" : "Show layer"),
      false,
    ),
    toggle(
      "locked",
      () => (layer().locked ? "lock" : "unlock"),
      () => (layer().locked ? "Unlock layer" : "Lock layer"),
      true,
    ),
  );
  return row;
}
