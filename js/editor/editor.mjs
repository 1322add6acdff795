// @ts-check
/** The whole editor: one element with the stage and the panels around it, in the node or in the overlay. */

import { FIRST_COMMANDS, layerActions } from "./commands/first_commands.mjs";
import { needsField } from "./document/document.mjs";
import { LaterModule } from "./document/later_module.mjs";
import { EVENTS, Session } from "./document/session.mjs";
import { button, h, loadStyle, withUpdate } from "./dom/dom.mjs";
import { commandButton } from "./panels/command_button.mjs";
import { layerChips } from "./panels/layer_chips.mjs";
import { statusLine } from "./panels/status.mjs";
import { toolbar } from "./panels/toolbar.mjs";
import { transport } from "./panels/transport.mjs";
import { createPlayer } from "./player/player.mjs";
import { Stage } from "./stage/stage.mjs";

/** @import { Host } from "./parts" */

const clipboard = new LaterModule(() => import("./commands/clipboard.mjs"));
const LARGE_WIDTH = 860; // CSS px that the panels around the stage need
const LARGE_HEIGHT = 480;
const RETRY_MS = 5000; // pause before a part that failed to load is loaded again
const TYPING = "input:not([type=range]):not([type=color]), select, textarea";

export class Editor {
  ends = /** @type {(() => void)[]} */ ([]);
  #updates = /** @type {(() => void)[]} */ ([]);
  updateTime = () => {};
  /** The parts that are loaded when they are first needed, by name. @type {Map<string, Promise<unknown>>} */ #parts =
    new Map();
  /** Handles a key; it does nothing until the commands have loaded. @type {typeof import("./commands/keys.mjs").handleKey} */ #handleKey =
    () => false;
  #menu = /** @type {{show: (open: boolean) => boolean, isOpen: () => boolean} | null} */ (null);
  #help = /** @type {{element: HTMLElement, show: (visible: boolean) => void} | null} */ (null);
  #clock = /** @type {Promise<{dispose(): void}> | null} */ (null);
  #request = 0;
  #spaceDown = false;
  tab = "motion";
  #drawerOpen = false;
  #viewOpen = false;
  #large = false;
  #isStyled = false; // whether the style of the large layout is there
  /** @type {(() => void) | undefined} */ toggleResult; // once the part of the run has loaded
  #asksPreview = false;
  preview = /** @type {import("./preview.mjs").Preview | null} */ (null);
  menuButton = button("more", "More", () => this.#openMenu(), {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
  });
  menuPlace = h("div", { class: "menu-place" }, this.menuButton);
  // These are replaced when their parts have loaded.
  options = h("div", { class: "options" });
  side = h("div", { class: "side" });
  view = h("div", { class: "view" });

  /** @param {Host} host @param {string} [text] @param {Session} [session] the session of an earlier editor */
  constructor(host, text = "", session = new Session(text)) {
    void loadStyle("editor.css");
    this.host = host;
    this.session = session;
    this.player = createPlayer(document.createElement("canvas"));
    this.stage = new Stage(session, this.player);
    this.stage.host = host;
    this.center = h("div", { class: "center" }, this.stage.element);
    const bars = withUpdate(() => ({
      transport: transport(this),
      status: statusLine(session, () => this.client),
    }));
    this.transport = bars.result.transport;
    this.status = bars.result.status;
    this.end = h("div", { class: "end" });
    const whole = withUpdate(() => this.#build());
    this.element = whole.result;
    this.#updates = [bars.update, whole.update];
    this.#listen();
    this.#loadCommands();
    void this.#toolOptions();
    this.#chooseLayout();
    this.#startPreview();
  }

  /** Begins to ask the server for the motion field as soon as there is a motion. */
  #startPreview() {
    const { session } = this;
    if (this.#asksPreview || session.problem || !needsField(session.document)) return;
    this.#asksPreview = true;
    import("./preview.mjs").then(
      ({ Preview }) => {
        if (this.#asksPreview) this.preview = new Preview(this); // otherwise it was disposed in the meantime
      },
      (error) => this.reportFailure(error, () => (this.#asksPreview = false)),
    );
  }

  /** Asks the server for the motion field, once there is a motion. */
  get client() {
    return this.preview?.client ?? null;
  }

  /** Says that a part failed to load, and allows another attempt later. @param {Error} error @param {() => void} retry */
  reportFailure(error, retry) {
    setTimeout(retry, RETRY_MS);
    this.session.notice(`A part of the editor did not load: ${error.message}`);
    return null;
  }

  #build() {
    const drawerTitle = "Motion, region, camera, layers and timeline";
    const drawer = button("sliders", drawerTitle, () => this.show({ drawer: !this.#drawerOpen }), {
      label: "Adjust",
      class: "drawer-button",
      "aria-expanded": () => this.#drawerOpen,
    });
    const view = button("eye", "View", () => this.show({ view: !this.#viewOpen }), {
      class: "compact-only",
      "aria-expanded": () => this.#viewOpen,
    });
    const chips = layerChips(this);
    chips.append(drawer);
    this.transport.result.append(view);
    this.end.append(commandButton(this, FIRST_COMMANDS.enlarge), this.menuPlace);
    const state = (/** @type {boolean} */ open) => (open ? "open" : "closed");
    return h(
      "div",
      {
        class: "editor",
        role: "group",
        "aria-label": "Motion Brush editor",
        "data-layout": () => (this.#large ? "large" : "compact"),
        "data-drawer": () => state(this.#drawerOpen),
        "data-tab": () => this.tab,
        "data-view": () => state(this.#viewOpen),
      },
      toolbar(this),
      h(
        "div",
        { class: "history" },
        commandButton(this, FIRST_COMMANDS.undo),
        commandButton(this, FIRST_COMMANDS.redo),
      ),
      this.options,
      this.center,
      this.transport.result,
      this.view,
      this.end,
      chips,
      this.side,
      this.status.result,
    );
  }

  #listen() {
    const { session, element, stage, player, status } = this;
    const update = () => this.update();
    this.ends = [
      ...EVENTS.map((event) => session.on(event, update)),
      session.on("picture", () => {
        player.setPicture(session.picture);
        stage.invalidate();
        update();
      }),
      session.on("time", () => {
        this.transport.update();
        this.updateTime();
        if (!session.playing) update();
        this.preview?.startPlates();
      }),
      session.on("playing", () => {
        this.#clock ??= import("./player/clock.mjs").then(({ Clock }) => new Clock(session));
      }),
      session.on("notice", (text) => status.say(text, update)),
      session.on("document", () => this.#startPreview()),
    ];
    if (session.picture) player.setPicture(session.picture);
    const sizes = new ResizeObserver(() => this.#chooseLayout());
    sizes.observe(element);
    this.ends.push(() => sizes.disconnect());
    element.addEventListener("keydown", (event) => this.#keyDown(event));
    element.addEventListener("keyup", (event) => this.#keyUp(event));
    element.addEventListener("click", (event) => this.#focusAfterClick(event));
    // Nothing is copied, pasted or dropped before one of these.
    for (const first of ["pointerenter", "focusin", "dragenter"])
      element.addEventListener(first, () => clipboard.use(session, (part) => part.listen(session, element)), {
        once: true,
      });
    element.addEventListener("pointerdown", ({ target }) => {
      const inside = /** @type {Element} */ (target).closest(".flowbrush-view, .flowbrush-compact-only");
      if (this.#viewOpen && !inside) this.show({ view: false });
    });
  }

  /** Loads what the keys and the buttons of layers do, while the editor is already shown. */
  #loadCommands() {
    Promise.all([import("./commands/keys.mjs"), layerActions.load()]).then(
      ([{ handleKey }]) => {
        this.#handleKey = handleKey;
      },
      (error) => this.reportFailure(error, () => this.#loadCommands()),
    );
  }

  /** Returns the focus to the picture after a click on a button, so that Space plays and letters change the tool. @param {MouseEvent} event */
  #focusAfterClick({ detail, target }) {
    const clicked = /** @type {Element} */ (target).closest("button");
    if (!detail || !clicked || clicked.closest("[role=list], [role=menu]")) return;
    if (!this.#menu?.isOpen() && !this.isHelpOpen) this.focus();
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const typing = /** @type {HTMLElement} */ (event.target).matches(TYPING);
    if (event.defaultPrevented || typing || !this.#handleKey(this, event)) return;
    if (event.key === " " && !event.repeat) this.#spaceDown = true;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Plays when Space is released, unless it was held down to drag the view. @param {KeyboardEvent} event */
  #keyUp(event) {
    if (event.key !== " ") return;
    const { panned } = this.stage;
    this.stage.handleKey(event);
    if (this.#spaceDown && !panned && FIRST_COMMANDS.play.enabled?.(this)) FIRST_COMMANDS.play.run(this);
    this.#spaceDown = false;
  }

  /** Closes the menu and the view's options; returns whether one was open. */
  closePopups() {
    const open = this.#viewOpen;
    this.show({ view: false });
    return this.#menu?.show(false) || open;
  }

  /** Opens and closes what is hidden in the node: the drawer with its tabs, and the view's options. @param {{tab?: string, drawer?: boolean, view?: boolean}} state */
  show({ tab = this.tab, drawer = this.#drawerOpen, view = this.#viewOpen }) {
    this.tab = tab;
    this.#drawerOpen = drawer;
    this.#viewOpen = view;
    this.updateAll();
  }

  /** Chooses the layout by the size of the editor. */
  #chooseLayout() {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const large = width >= LARGE_WIDTH && height >= LARGE_HEIGHT;
    if (large && !this.#isStyled)
      void loadStyle("panels.css").then(() => {
        this.#isStyled = true;
        this.#chooseLayout();
      });
    this.#large = large && this.#isStyled;
    if (this.#large && /layers|timeline/.test(this.tab)) this.tab = "motion";
    this.updateAll();
  }

  /** Shows what has changed, once before the browser draws the next frame. */
  update() {
    this.#request ||= requestAnimationFrame(() => {
      this.#request = 0;
      this.updateAll();
    });
  }

  updateAll() {
    for (const update of this.#updates) update();
    if (this.#large || this.#drawerOpen) void this.#late("panels");
    if (this.#large && this.host.run) void this.#late("run");
    if (this.#large || this.#viewOpen) void this.#late("view");
    if (this.session.several) void this.#late("align");
    if (this.session.picture?.clip) void this.#late("clip");
    if (this.session.problem) void this.#late("problem");
  }

  /**
   * A part that is loaded when it is first needed and kept up to date from then on; null where it did not load.
   * @template M, P @param {string} name @param {() => Promise<M>} load @param {(module: M) => P} build
   * @param {string} [style] the style sheet that it needs @returns {Promise<P | null>}
   */
  #part(name, load, build, style = "panels.css") {
    const known = /** @type {Promise<P | null> | undefined} */ (this.#parts.get(name));
    if (known) return known;
    const part = Promise.all([load(), loadStyle(style)]).then(
      ([module]) => {
        const { result, update } = withUpdate(() => build(module));
        this.#updates.push(update);
        this.updateAll();
        return result;
      },
      (error) => this.reportFailure(error, () => this.#parts.delete(name)),
    );
    this.#parts.set(name, part);
    return part;
  }

  /** A part of late_parts.mjs. @param {import("./late_parts.mjs").Name} name @returns {Promise<any>} */
  #late(name) {
    return this.#part(
      name,
      async () => (await import("./late_parts.mjs")).loadPart(name),
      (build) => build(this),
    );
  }

  #toolOptions() {
    return this.#part(
      "options",
      () => import("./panels/tool_options.mjs"),
      ({ toolOptions }) => this.options.replaceWith(toolOptions(this)),
      "editor.css",
    );
  }

  async #openMenu() {
    this.#menu ??= await this.#late("menu");
    this.#menu?.show(!this.#menu.isOpen());
  }

  get isHelpOpen() {
    return this.#help?.element.hidden === false;
  }

  async showHelp() {
    this.#help ??= await this.#late("help");
    this.#help?.show(true);
  }

  async showPresets() {
    (await this.#late("presets"))?.show(true);
  }

  /** The text that the workflow stores. */
  get value() {
    return this.session.text;
  }

  /** Replaces the document. @param {string} text */
  load(text) {
    this.session.load(text);
  }

  /** Adapts to the editor's new place, in the overlay or in the node. */
  setLarge() {
    this.#chooseLayout();
    this.stage.resize();
    this.stage.fit();
  }

  /** Enlarges the text, where the editor is shown smaller than it is. @param {number} scale of the text */
  setTextScale(scale) {
    if (Math.abs(scale / this.stage.textScale - 1) < 0.02) return;
    this.element.style.setProperty("--text-scale", String(scale));
    this.stage.textScale = scale;
    this.stage.invalidate();
  }

  focus() {
    this.stage.element.focus({ preventScroll: true });
  }

  dispose() {
    this.session.setPlaying(false);
    for (const end of this.ends) end();
    cancelAnimationFrame(this.#request);
    this.#asksPreview = false;
    for (const part of [this.status, this.preview, this.stage, this.player]) part?.dispose();
    void this.#clock?.then((clock) => clock.dispose());
    this.element.remove();
  }
}
