// @ts-check
/**
 * The whole editor: one element that holds the stage and the panels around it, in the node or in the overlay.
 */

import { listenToClipboard, loadFiles } from "./clipboard.mjs";
import { Clock } from "./clock.mjs";
import { built, button, h } from "./dom.mjs";
import { FieldClient } from "./field_client.mjs";
import { layerChips } from "./layer_chips.mjs";
import { menu } from "./menu.mjs";
import { createPlayer } from "./player.mjs";
import { Session } from "./session.mjs";
import { takeKey } from "./shortcuts.mjs";
import { Stage } from "./stage.mjs";
import { statusLine } from "./status.mjs";
import { toolbar, toolOptions } from "./toolbar.mjs";
import { transport, viewOptions } from "./transport.mjs";

/**
 * @typedef {object} Host what the editor asks of where it lives
 * @property {string} id
 * @property {(path: string, body: any, signal: AbortSignal) => Promise<Response>} post
 * @property {() => any[]} masks
 * @property {() => any} depth
 * @property {(file: File) => Promise<any>} usePicture
 * @property {() => void} toggleLarge
 * @property {boolean} isLarge
 */

/** The room that the panels around the stage need, in CSS px. */
const LARGE_WIDTH = 860,
  LARGE_HEIGHT = 480;
const EVENTS = [
  "document",
  "commit",
  "selection",
  "tool",
  "options",
  "playing",
  "masks",
  "length",
  "problem",
];

export class Editor {
  #ends = /** @type {(() => void)[]} */ ([]);
  #updates = /** @type {(() => void)[]} */ ([]);
  #updateTime = () => {};
  #loading = false;
  #help = /** @type {{element: HTMLElement, show: (visible: boolean) => void} | null} */ (null);
  #request = 0;
  #spaceHeld = false;
  #tab = "motion";
  #drawer = false;
  #viewOpen = false;
  #large = false;

  /**
   * @param {Host} host
   * @param {string} [text]
   * @param {Session} [session] that an editor before this one had
   */
  constructor(host, text = "", session = new Session(text)) {
    styled();
    this.host = host;
    this.session = session;
    this.player = createPlayer(document.createElement("canvas"));
    this.client = new FieldClient(session, host);
    this.stage = new Stage(session, this.player, host);
    this.clock = new Clock(session);
    const parts = built(() => this.#parts());
    this.parts = parts.result;
    const whole = built(() => this.#build());
    this.element = /** @type {HTMLElement} */ (whole.result);
    this.#updates = [parts.update, whole.update];
    this.#listen();
    this.#lay();
    this.client.start();
  }

  /** What is spoken to later. */
  #parts() {
    const { session, host } = this;
    return {
      transport: transport(session),
      status: statusLine(session, this.client),
      view: /** @type {HTMLElement} */ (viewOptions(session, this.stage)),
      viewButton: /** @type {HTMLElement} */ (
        button("eye", "View", () => this.#show({ view: !this.#viewOpen }), {
          class: "compact-only",
          "aria-expanded": () => this.#viewOpen,
        })
      ),
      menu: menu("More", [
        ["picture", "Open picture…", async () => (await loadFiles()).choosePicture(session, host)],
        ["load", "Import motion or tracks…", async () => (await loadFiles()).chooseMotion(session)],
        ["save", "Export motion", async () => (await loadFiles()).exportMotion(session)],
        ["copy", "Copy as text", async () => (await loadFiles()).copyText(session)],
        ["trash", "Start new", () => session.startNew()],
        ["help", "Shortcuts", () => this.showHelp(), "?"],
      ]),
    };
  }

  #build() {
    const { session, host, stage, parts } = this;
    const problem = () => Boolean(session.problem);
    const undo = button(
      "undo",
      () => `Undo ${session.undoLabel.toLowerCase()}`.trim(),
      () => session.undo(),
      { keys: "Ctrl+Z", disabled: () => !session.canUndo },
    );
    const redo = button(
      "redo",
      () => `Redo ${session.redoLabel.toLowerCase()}`.trim(),
      () => session.redo(),
      { keys: "Ctrl+Shift+Z", disabled: () => !session.canRedo },
    );
    const large = button(
      () => (host.isLarge ? "shrink" : "enlarge"),
      () => (host.isLarge ? "Back into the node" : "Enlarge"),
      () => host.toggleLarge(),
    );
    const drawer = button(
      "sliders",
      "Motion, region, camera, layers and timeline",
      () => this.#show({ drawer: !this.#drawer }),
      { label: "Adjust", class: "drawer-button", "aria-expanded": () => this.#drawer },
    );
    const chips = layerChips(session);
    chips.append(drawer);
    parts.transport.result.append(parts.viewButton);
    this.side = h("div", { class: "side" });
    return h(
      "div",
      {
        class: "editor",
        role: "group",
        "aria-label": "Motion Brush editor",
        "data-layout": () => (this.#large ? "large" : "compact"),
        "data-drawer": () => (this.#drawer ? "open" : "closed"),
        "data-tab": () => this.#tab,
        "data-view": () => (this.#viewOpen ? "open" : "closed"),
      },
      toolbar(session),
      h("div", { class: "history" }, undo, redo),
      toolOptions(session),
      h("div", { class: "center" }, stage.element, this.#problem()),
      parts.transport.result,
      parts.view,
      h("div", { class: "end" }, large, parts.menu.element),
      chips,
      this.side,
      parts.status.result,
    );
  }

  #problem() {
    const { session } = this;
    const reason = () => [session.problem?.place, session.problem?.sentence].filter(Boolean).join(": ");
    return h(
      "div",
      { class: "problem", role: "alert", hidden: () => !session.problem },
      h("h3", {}, "This motion document cannot be opened"),
      h("p", {}, reason),
      h("p", { class: "quiet" }, "It is kept exactly as it is until you start new."),
      h(
        "div",
        { class: "line" },
        button("copy", "Copy text", async () => (await loadFiles()).copyText(session), {
          label: "Copy text",
        }),
        button("plus", "Start new", () => session.startNew(), { label: "Start new" }),
      ),
    );
  }

  #listen() {
    const { session, element, stage, player, client, parts } = this;
    const update = () => this.update();
    this.#ends = [
      ...EVENTS.map((event) => session.on(/** @type {"document"} */ (event), update)),
      session.on("picture", () => {
        player.setPicture(session.picture);
        stage.invalidate();
        update();
      }),
      session.on("time", () => {
        parts.transport.update();
        this.#updateTime();
        if (!session.playing) update();
      }),
      session.on("notice", (text) => parts.status.say(text, update)),
      client.on(() => {
        stage.field = client.field;
        player.setField(client.field);
        stage.invalidate();
        update();
      }),
    ];
    if (session.picture) player.setPicture(session.picture);
    const sizes = new ResizeObserver(() => this.#lay());
    sizes.observe(element);
    this.#ends.push(() => sizes.disconnect());
    element.addEventListener("keydown", (event) => this.#keyDown(event));
    element.addEventListener("keyup", (event) => this.#keyUp(event));
    element.addEventListener("click", (event) => this.#clicked(event));
    element.addEventListener("pointerdown", ({ target }) => {
      const inside = [parts.view, parts.viewButton].some((part) =>
        part.contains(/** @type {Node} */ (target)),
      );
      if (this.#viewOpen && !inside) this.#show({ view: false });
    });
    listenToClipboard(session, element);
  }

  /**
   * A click on a button leaves the focus with the picture, so that Space plays and letters change the tool.
   * @param {MouseEvent} event
   */
  #clicked({ detail, target }) {
    const clicked = /** @type {Element} */ (target).closest("button");
    if (!detail || !clicked || clicked.closest("[role=list], [role=menu]")) return;
    if (!this.parts.menu.isOpen() && !this.isHelpOpen) this.focus();
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input:not([type=range]):not([type=color]), select, textarea");
    if (event.defaultPrevented || typing || !takeKey(this, event)) return;
    if (event.key === " " && !event.repeat) this.#spaceHeld = true;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Space that was pressed and let go plays; one that was held to drag the view does not.
   * @param {KeyboardEvent} event
   */
  #keyUp(event) {
    if (event.key !== " ") return;
    const { panned } = this.stage;
    this.stage.handleKey(event);
    if (this.#spaceHeld && !panned && !this.session.problem) this.session.setPlaying(!this.session.playing);
    this.#spaceHeld = false;
  }

  /** @returns {boolean} whether something was open */
  closePopups() {
    const open = this.#viewOpen;
    this.#show({ view: false });
    return this.parts.menu.show(false) || open;
  }

  /**
   * @param {{tab?: string, drawer?: boolean, view?: boolean}} what in the node: the drawer, and the view's
   * options
   */
  #show({ tab = this.#tab, drawer = this.#drawer, view = this.#viewOpen }) {
    [this.#tab, this.#drawer, this.#viewOpen] = [tab, drawer, view];
    this.updateAll();
  }

  /** Choose the layout that the room allows. */
  #lay() {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.#large = width >= LARGE_WIDTH && height >= LARGE_HEIGHT;
    if (this.#large && /layers|timeline/.test(this.#tab)) this.#tab = "motion";
    this.updateAll();
  }

  /** Show what has changed, once before the next picture. */
  update() {
    this.#request ||= requestAnimationFrame(() => {
      this.#request = 0;
      this.updateAll();
    });
  }

  updateAll() {
    for (const update of this.#updates) update();
    if (this.#large || this.#drawer) void this.#loadPanels();
  }

  async #loadPanels() {
    if (this.#loading) return;
    this.#loading = true;
    const { panels } = await import("./panels.mjs");
    const { result, update } = built(() =>
      panels(
        this.session,
        () => this.#tab,
        (tab) => this.#show({ tab }),
      ),
    );
    this.side.replaceWith(result.side, result.timeline.result);
    this.#updateTime = result.timeline.update;
    this.#updates.push(update);
    this.updateAll();
  }

  get isHelpOpen() {
    return this.#help?.element.hidden === false;
  }

  async showHelp() {
    const { help } = await import("./help.mjs");
    this.#help ??= help(() => this.focus());
    this.element.append(this.#help.element);
    this.#help.show(true);
  }

  /** The text that the workflow stores. */
  get value() {
    return this.session.text;
  }

  /** @param {string} text from outside */
  load(text) {
    this.session.load(text);
  }

  /** The editor has moved into the overlay, or back. @param {boolean} _large */
  setLarge(_large) {
    this.#lay();
    this.stage.resize();
    this.stage.fit();
  }

  focus() {
    this.stage.element.focus({ preventScroll: true });
  }

  dispose() {
    this.session.setPlaying(false);
    for (const end of this.#ends) end();
    cancelAnimationFrame(this.#request);
    for (const part of [this.parts.status, this.clock, this.client, this.stage, this.player]) part.dispose();
    this.element.remove();
  }
}

/** The style sheet, once a page. */
function styled() {
  const href = new URL("./editor.css", import.meta.url).href;
  if (!document.querySelector(`link[href="${href}"]`))
    document.head.append(h("link", { rel: "stylesheet", href }));
}
