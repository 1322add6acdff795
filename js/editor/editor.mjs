// @ts-check
/** The whole editor: one element that holds the stage and the panels around it, in the node or in the overlay. */

import { CameraPanel } from "./camera_panel.mjs";
import { Clock } from "./clock.mjs";
import { button, coalesced, describe, h, roving, setAttribute, setIcon } from "./dom.mjs";
import { FieldClient } from "./field_client.mjs";
import { choosePicture, chooseMotion, copyText, exportMotion, listenToClipboard } from "./files.mjs";
import { Help } from "./help.mjs";
import { LayerChips, LayersPanel } from "./layers_panel.mjs";
import { Menu } from "./menu.mjs";
import { MotionPanel } from "./motion_panel.mjs";
import { createPlayer } from "./player.mjs";
import { RegionPanel } from "./region_panel.mjs";
import { Session } from "./session.mjs";
import { takeKey } from "./shortcuts.mjs";
import { Stage } from "./stage.mjs";
import { Status } from "./status.mjs";
import { Timeline } from "./timeline.mjs";
import { Toolbar, ToolOptions } from "./toolbar.mjs";
import { Transport, ViewOptions } from "./transport.mjs";

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

const LARGE_WIDTH = 860;
const LARGE_HEIGHT = 480;
const TABS = ["motion", "region", "camera", "layers", "timeline"];

export class Editor {
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
    this.wantsLarge = host.isLarge;
    this.spaceHeld = false;
    this.build();
    this.panels = [
      this.toolbar, this.options, this.view, this.transport, this.chips, this.layers, this.motion, this.region,
      this.camera, this.timeline, this.status,
    ]; // prettier-ignore
    this.update = coalesced(() => this.updateAll());
    this.listen();
    this.showTab("motion", false);
    this.lay();
    this.updateAll();
    this.client.start();
  }

  build() {
    const { session, host } = this;
    this.toolbar = new Toolbar(session);
    this.options = new ToolOptions(session);
    this.view = new ViewOptions(session, this.stage);
    this.transport = new Transport(session);
    this.chips = new LayerChips(session);
    this.layers = new LayersPanel(session);
    this.motion = new MotionPanel(session);
    this.region = new RegionPanel(session);
    this.camera = new CameraPanel(session);
    this.timeline = new Timeline(session);
    this.status = new Status(session, this.client);
    this.help = new Help(() => this.focus());
    this.undo = button("undo", "Undo", () => session.undo(), { keys: "Ctrl+Z" });
    this.redo = button("redo", "Redo", () => session.redo(), { keys: "Ctrl+Shift+Z" });
    this.large = button("enlarge", "Enlarge", () => host.toggleLarge());
    this.menu = new Menu("More", [
      { icon: "picture", label: "Open picture…", run: () => choosePicture(session, host) },
      { icon: "load", label: "Import motion or tracks…", run: () => chooseMotion(session) },
      { icon: "save", label: "Export motion", run: () => exportMotion(session) },
      { icon: "copy", label: "Copy as text", run: () => copyText(session) },
      { icon: "trash", label: "Start new", run: () => session.startNew() },
      { icon: "help", label: "Shortcuts", keys: "?", run: () => this.help.show(true) },
    ]);
    this.viewOpener = button("view", "View", () => this.showView(this.view.element.dataset.open !== ""), { class: "compact-only" });
    this.drawer = button("sliders", "Motion, region and camera", () => this.showDrawer(this.element.dataset.drawer !== "open"), {
      label: "Adjust",
      class: "drawer-button",
    });
    this.chips.element.append(this.drawer);
    this.transport.element.append(this.viewOpener);
    this.tabs = TABS.map((name) => {
      const label = name[0].toUpperCase() + name.slice(1);
      const id = `flowbrush-${name}-${host.id}`;
      const tab = h("button", { type: "button", class: `tab tab-${name}`, role: "tab", onclick: () => this.showTab(name) }, label);
      tab.setAttribute("aria-controls", id);
      const panel = this.panelOf(name);
      panel.id = id;
      panel.dataset.panel = name;
      return { name, tab };
    });
    const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, ...this.tabs.map(({ tab }) => tab));
    this.settleTabs = roving(tabs, "button");
    const group = (/** @type {string} */ name, /** @type {HTMLElement[]} */ ...buttons) => h("div", { class: name }, ...buttons);
    this.side = h(
      "div",
      { class: "side" },
      this.layers.element,
      tabs,
      h("div", { class: "panels" }, this.motion.element, this.region.element, this.camera.element),
    );
    this.element = h(
      "div",
      { class: "editor", role: "application", "aria-label": "Motion Brush editor" },
      this.toolbar.element,
      group("history", this.undo, this.redo),
      this.options.element,
      h("div", { class: "center" }, this.stage.element, (this.problem = this.problemPanel())),
      this.transport.element,
      this.view.element,
      group("end", this.large, this.menu.element),
      this.chips.element,
      this.side,
      this.timeline.element,
      this.status.element,
      this.help.element,
    );
  }

  /** @param {string} name */
  panelOf(name) {
    return { motion: this.motion, region: this.region, camera: this.camera, layers: this.layers, timeline: this.timeline }[
      /** @type {"motion"} */ (name)
    ].element;
  }

  problemPanel() {
    this.reason = h("p");
    return h(
      "div",
      { class: "problem", role: "alert", hidden: true },
      h("h3", {}, "This motion document cannot be opened"),
      this.reason,
      h("p", { class: "quiet" }, "It is kept exactly as it is until you start new."),
      h(
        "div",
        { class: "line" },
        button("copy", "Copy text", () => copyText(this.session), { label: "Copy text" }),
        button("trash", "Start new", () => this.session.startNew(), { label: "Start new" }),
      ),
    );
  }

  listen() {
    const { session, element } = this;
    const update = () => this.update();
    this.ends = [
      ...["document", "commit", "selection", "tool", "options", "playing", "masks", "length", "problem"].map((event) =>
        session.on(/** @type {"document"} */ (event), update),
      ),
      session.on("picture", () => {
        this.player.setPicture(session.picture);
        this.stage.invalidate();
        update();
      }),
      session.on("time", () => {
        this.transport.updateTime();
        this.timeline.updateTime();
        this.motion.updateTime();
        if (!session.playing) update();
      }),
      session.on("notice", (text) => this.status.notice(text)),
      this.client.on(() => {
        this.stage.field = this.client.field;
        this.player.setField(this.client.field);
        this.stage.invalidate();
        update();
      }),
    ];
    if (session.picture) this.player.setPicture(session.picture);
    this.sizes = new ResizeObserver(() => this.lay());
    this.sizes.observe(element);
    element.addEventListener("keydown", (event) => this.keyDown(event));
    element.addEventListener("keyup", (event) => this.keyUp(event));
    // A click on a button leaves the focus with the picture, so that Space plays and letters change the tool.
    element.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (event.detail && target.closest("button") && !target.closest("[role=menu], [role=dialog], [role=list]")) {
        if (this.menu.list.hidden && this.help.element.hidden) this.focus();
      }
    });
    element.addEventListener("pointerdown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (!this.view.element.contains(target) && !this.viewOpener.contains(target)) this.showView(false);
    });
    listenToClipboard(session, element);
  }

  /** @param {KeyboardEvent} event */
  keyDown(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input:not([type=range]):not([type=color]), select, textarea");
    if (event.defaultPrevented || typing) {
      if (!(event.ctrlKey || event.metaKey)) event.stopPropagation();
      return;
    }
    if (!takeKey(this, event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Space that was pressed and let go plays; space that was held while the view was dragged does not. @param {KeyboardEvent} event */
  keyUp(event) {
    if (event.key !== " ") return;
    const panned = this.stage.panned;
    this.stage.handleKey(event);
    if (this.spaceHeld && !panned && !this.session.problem) this.session.setPlaying(!this.session.playing);
    this.spaceHeld = false;
  }

  /** @returns {boolean} whether something was open */
  closePopups() {
    const open = this.view.element.dataset.open === "";
    this.showView(false);
    return this.menu.show(false) || open;
  }

  /** @param {boolean} open the view's options over the stage, in the node */
  showView(open) {
    if (open) this.view.element.dataset.open = "";
    else delete this.view.element.dataset.open;
    this.viewOpener.setAttribute("aria-expanded", String(open));
  }

  /** @param {boolean} open */
  showDrawer(open) {
    this.element.dataset.drawer = open ? "open" : "closed";
    this.drawer.setAttribute("aria-expanded", String(open));
    this.lay();
  }

  /** @param {string} name @param {boolean} [open] the drawer too */
  showTab(name, open = true) {
    this.element.dataset.tab = name;
    for (const { name: other, tab } of this.tabs) setAttribute(tab, "aria-selected", String(other === name));
    this.settleTabs();
    if (open && this.element.dataset.layout === "compact") this.showDrawer(true);
  }

  /** Choose the layout that the room allows. */
  lay() {
    const { element } = this;
    const { offsetWidth: width, offsetHeight: height } = element;
    const roomy = width >= LARGE_WIDTH && height >= LARGE_HEIGHT;
    const layout = roomy || (this.wantsLarge && !width) ? "large" : "compact";
    if (element.dataset.layout !== layout) {
      element.dataset.layout = layout;
      element.dataset.drawer ??= "closed";
      if (layout === "large" && !["motion", "region", "camera"].includes(element.dataset.tab ?? "")) this.showTab("motion");
      this.update();
    }
    element.classList.toggle("flowbrush-narrow", width < 420);
    this.stage.resize();
  }

  updateAll() {
    const { session } = this;
    this.problem.hidden = !session.problem;
    if (session.problem) {
      const { place, sentence } = session.problem;
      this.reason.textContent = place ? `${place}: ${sentence}` : sentence;
    }
    for (const inert of [this.side, this.timeline.element, this.chips.element]) inert.inert = Boolean(session.problem);
    this.undo.disabled = !session.canUndo;
    this.redo.disabled = !session.canRedo;
    describe(this.undo, `Undo ${session.undoLabel.toLowerCase()}`.trim(), "Ctrl+Z");
    describe(this.redo, `Redo ${session.redoLabel.toLowerCase()}`.trim(), "Ctrl+Shift+Z");
    describe(this.large, this.host.isLarge ? "Back into the node" : "Enlarge", this.host.isLarge ? "Escape" : "");
    setIcon(this.large, this.host.isLarge ? "shrink" : "enlarge");
    for (const panel of this.panels) panel.update();
  }

  /** The text that the workflow stores. */
  get value() {
    return this.session.text;
  }

  /** @param {string} text from outside */
  load(text) {
    this.session.load(text);
  }

  /** @param {boolean} large whether the editor has the window to itself */
  setLarge(large) {
    this.wantsLarge = large;
    this.lay();
    this.stage.fit();
    this.update();
  }

  focus() {
    this.stage.element.focus({ preventScroll: true });
  }

  dispose() {
    this.session.setPlaying(false);
    for (const end of this.ends) end();
    this.sizes.disconnect();
    this.update.cancel();
    for (const part of [this.status, this.clock, this.client, this.stage, this.player]) part.dispose();
    this.element.remove();
  }
}

/** The style sheet, once a page. */
function styled() {
  const href = new URL("./editor.css", import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(h("link", { rel: "stylesheet", href }));
}
