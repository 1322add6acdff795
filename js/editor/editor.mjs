// @ts-check
/** The whole editor: one element that holds the stage and the panels around it, in the node or in the overlay. */

import { listenToClipboard, loadFiles } from "./commands/clipboard.mjs";
import { takeKey } from "./commands/keys.mjs";
import { isEmpty } from "./document/document.mjs";
import { Session } from "./document/session.mjs";
import { built, button, h, styled } from "./dom/dom.mjs";
import { layerChips } from "./panels/layer_chips.mjs";
import { statusLine } from "./panels/status.mjs";
import { toolbar, toolOptions } from "./panels/toolbar.mjs";
import { transport } from "./panels/transport.mjs";
import { createPlayer } from "./player/player.mjs";
import { Stage } from "./stage/stage.mjs";

/** @import { Host } from "./parts" */

const LARGE_WIDTH = 860;
const LARGE_HEIGHT = 480; // CSS px: the room that the panels around the stage need
const EVENTS = /** @type {const} */ ([
  "document",
  "commit",
  "selection",
  "tool",
  "options",
  "playing",
  "masks",
  "length",
  "problem",
]);
const PATIENCE = 5000; // ms until a part that did not load is asked for again

export class Editor {
  #ends = /** @type {(() => void)[]} */ ([]);
  #updates = /** @type {(() => void)[]} */ ([]);
  #updateTime = () => {};
  /** What is loaded when it is first wanted, by name. @type {Map<string, Promise<any>>} */ #parts =
    new Map();
  #menu = /** @type {{show: (open: boolean) => boolean, isOpen: () => boolean} | null} */ (null);
  #help = /** @type {{element: HTMLElement, show: (visible: boolean) => void} | null} */ (null);
  #clock = /** @type {Promise<{dispose(): void}> | null} */ (null);
  #request = 0;
  #spaceHeld = false;
  #tab = "motion";
  #drawer = false;
  #viewOpen = false;
  #large = false;
  #following = false;
  client = /** @type {import("./player/field_client.mjs").FieldClient | null} */ (null);
  menuButton = button("more", "More", () => this.#openMenu(), {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
  });
  /** @type {HTMLElement} */ menuPlace = h("div", { class: "menu-place" }, this.menuButton);
  // What comes later takes the place of these.
  /** @type {HTMLElement} */ side = h("div", { class: "side" });
  /** @type {HTMLElement} */ view = h("div", { class: "view" });

  /** @param {Host} host @param {string} [text] @param {Session} [session] that an editor before this one had */
  constructor(host, text = "", session = new Session(text)) {
    void styled("editor.css");
    this.host = host;
    this.session = session;
    this.player = createPlayer(document.createElement("canvas"));
    this.stage = new Stage(session, this.player, host);
    this.center = h("div", { class: "center" }, this.stage.element);
    const parts = built(() => ({
      transport: transport(session),
      status: statusLine(session, () => this.client),
    }));
    this.transport = parts.result.transport;
    this.status = parts.result.status;
    const whole = built(() => this.#build());
    /** @type {HTMLElement} */ this.element = whole.result;
    this.#updates = [parts.update, whole.update];
    this.#listen();
    this.#lay();
    this.#follow();
  }

  /** From the first motion on, the field is asked for. */
  #follow() {
    const { session, host, stage, player } = this;
    if (this.#following || session.problem || isEmpty(session.document)) return;
    this.#following = true;
    import("./player/field_client.mjs").then(
      ({ FieldClient }) => {
        if (!this.#following) return; // disposed
        const client = (this.client = new FieldClient(session, host));
        client.on(() => {
          stage.field = client.field;
          player.setField(client.field);
          stage.invalidate();
          this.update();
        });
        client.start();
      },
      (error) => this.#lacks(error, () => (this.#following = false)),
    );
  }

  /** A part did not load; it will be asked for again. @param {Error} error @param {() => void} forget */
  #lacks(error, forget) {
    setTimeout(forget, PATIENCE);
    this.session.notice(`A part of the editor did not load: ${error.message}`);
    return null;
  }

  #build() {
    const { session, host } = this;
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
    const view = button("eye", "View", () => this.#show({ view: !this.#viewOpen }), {
      class: "compact-only",
      "aria-expanded": () => this.#viewOpen,
    });
    this.transport.result.append(view);
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
      this.center,
      this.transport.result,
      this.view,
      h("div", { class: "end" }, large, this.menuPlace),
      chips,
      this.side,
      this.status.result,
    );
  }

  #listen() {
    const { session, element, stage, player, status } = this;
    const update = () => this.update();
    this.#ends = [
      ...EVENTS.map((event) => session.on(event, update)),
      session.on("picture", () => {
        player.setPicture(session.picture);
        stage.invalidate();
        update();
      }),
      session.on("time", () => {
        this.transport.update();
        this.#updateTime();
        if (!session.playing) update();
      }),
      session.on("playing", () => {
        this.#clock ??= import("./player/clock.mjs").then(({ Clock }) => new Clock(session));
      }),
      session.on("notice", (text) => status.say(text, update)),
      session.on("document", () => this.#follow()),
    ];
    if (session.picture) player.setPicture(session.picture);
    const sizes = new ResizeObserver(() => this.#lay());
    sizes.observe(element);
    this.#ends.push(() => sizes.disconnect());
    element.addEventListener("keydown", (event) => this.#keyDown(event));
    element.addEventListener("keyup", (event) => this.#keyUp(event));
    element.addEventListener("click", (event) => this.#clicked(event));
    element.addEventListener("pointerdown", ({ target }) => {
      const inside = /** @type {Element} */ (target).closest(".flowbrush-view, .flowbrush-compact-only");
      if (this.#viewOpen && !inside) this.#show({ view: false });
    });
    listenToClipboard(session, element);
  }

  /** A click on a button leaves the focus with the picture, so that Space plays and letters change the tool.
   * @param {MouseEvent} event */
  #clicked({ detail, target }) {
    const clicked = /** @type {Element} */ (target).closest("button");
    if (!detail || !clicked || clicked.closest("[role=list], [role=menu]")) return;
    if (!this.#menu?.isOpen() && !this.isHelpOpen) this.focus();
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

  /** Space that was pressed and let go plays; one that was held to drag the view does not. @param {KeyboardEvent} event */
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
    return this.#menu?.show(false) || open;
  }

  /** @param {{tab?: string, drawer?: boolean, view?: boolean}} what in the node: the drawer, and the view's options */
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
    if (this.#large || this.#drawer) void this.#panels();
    if (this.#large || this.#viewOpen) void this.#viewOptions();
    if (this.session.problem) void this.#problem();
  }

  /**
   * A part that is loaded when it is first wanted, and kept up to date from then on; null where it did not load.
   * @template M, P @param {string} name @param {() => Promise<M>} load @param {(module: M) => P} build
   * @returns {Promise<P | null>}
   */
  #part(name, load, build) {
    const asked =
      this.#parts.get(name) ??
      Promise.all([load(), styled("panels.css")]).then(
        ([module]) => {
          const { result, update } = built(() => build(module));
          this.#updates.push(update);
          this.updateAll();
          return result;
        },
        (error) => this.#lacks(error, () => this.#parts.delete(name)),
      );
    this.#parts.set(name, asked);
    return asked;
  }

  #panels() {
    return this.#part(
      "panels",
      () => import("./panels/panels.mjs"),
      ({ panels }) => {
        const { side, timeline } = panels(
          this.session,
          () => this.#tab,
          (tab) => this.#show({ tab }),
        );
        this.side.replaceWith(side, timeline.result);
        this.#updateTime = timeline.update;
      },
    );
  }

  #viewOptions() {
    return this.#part(
      "view",
      () => import("./panels/view_options.mjs"),
      ({ viewOptions }) => {
        const view = viewOptions(this.session, this.stage);
        this.view.replaceWith(view);
        this.view = view;
      },
    );
  }

  #problem() {
    const { session } = this;
    return this.#part(
      "problem",
      () => import("./panels/problem.mjs"),
      ({ problem }) =>
        this.center.append(problem(session, async () => (await loadFiles()).copyText(session))),
    );
  }

  async #openMenu() {
    this.#menu ??= await this.#part(
      "menu",
      () => import("./panels/menu.mjs"),
      ({ editorMenu }) => editorMenu(this),
    );
    this.#menu?.show(!this.#menu.isOpen());
  }

  get isHelpOpen() {
    return this.#help?.element.hidden === false;
  }

  async showHelp() {
    this.#help ??= await this.#part(
      "help",
      () => import("./panels/help.mjs"),
      ({ help }) => {
        const part = help(() => this.focus());
        this.element.append(part.element);
        return part;
      },
    );
    this.#help?.show(true);
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
    this.#following = false;
    for (const part of [this.status, this.client, this.stage, this.player]) part?.dispose();
    void this.#clock?.then((clock) => clock.dispose());
    this.element.remove();
  }
}
