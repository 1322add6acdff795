// @ts-check
// Mouse, pen, touch and wheel over the stage, as contacts for the tools; two fingers and the middle button move the view.

/**
 * @typedef {object} Contact where the pointer is
 * @property {[number, number]} stage CSS px @property {[number, number]} at document coordinates
 * @property {number[][]} track document points [x,y,pressure] since the last event @property {string} kind pointerType
 * @property {number} reach px in which something is hit @property {number} clicks 2: a double-click
 * @property {boolean} shift @property {boolean} alt @property {boolean} erase alt, or a pen's other end
 */

const MOUSE_REACH = 10, TOUCH_REACH = 18;
const PEN_ERASER = 32;

export class Pointer {
  /** @type {Map<number, [number, number]>} fingers and the stage position of each */ #fingers = new Map();
  /** @type {"tool" | "pan" | "pinch" | "none"} */ #doing = "none";
  #id = -1;
  #lastDown = { time: -1e9, x: 0, y: 0, clicks: 0 };
  /** @type {[number, number]} */ #at = [0, 0];
  /** @type {Contact | null} */ contact = null;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    const { element } = stage;
    const listen = (/** @type {string} */ type, /** @type {any} */ listener) =>
      element.addEventListener(type, listener, { passive: false, signal: stage.ended });
    listen("pointerdown", (/** @type {PointerEvent} */ event) => this.#down(event));
    listen("pointermove", (/** @type {PointerEvent} */ event) => this.#move(event));
    listen("pointerup", (/** @type {PointerEvent} */ event) => this.#up(event, true));
    listen("pointercancel", (/** @type {PointerEvent} */ event) => this.#up(event, false));
    listen("lostpointercapture", (/** @type {PointerEvent} */ event) => this.#up(event, false));
    listen("pointerleave", () => this.#doing === "none" && this.#hover(null));
    listen("wheel", (/** @type {WheelEvent} */ event) => this.#wheel(event));
    // A right click, a long press and a finger's drag are the editor's, not the graph's.
    for (const type of ["contextmenu", "touchstart", "touchmove", "dblclick", "mousedown", "auxclick"]) {
      listen(type, (/** @type {Event} */ event) => (event.stopPropagation(), type === "contextmenu" && event.preventDefault()));
    }
  }

  get busy() {
    return this.#doing !== "none";
  }

  /** Stage position in CSS px, whatever an ancestor scales. @param {{clientX: number, clientY: number}} event
   * @returns {[number, number]} */
  #position(event) {
    const { element } = this.stage, rect = element.getBoundingClientRect();
    return [(event.clientX - rect.left) * (element.offsetWidth / (rect.width || 1)),
      (event.clientY - rect.top) * (element.offsetHeight / (rect.height || 1))];
  }

  /** @param {PointerEvent} event @returns {Contact} */
  #contact(event) {
    const { view, session } = this.stage, pen = event.pointerType === "pen";
    const events = event.type === "pointermove" && event.getCoalescedEvents?.() || [];
    const track = (events.length ? events : [event]).map((one) => [
      ...view.toDocument(this.#position(one)), pen && session.options.pressure ? one.pressure : 1,
    ]);
    const stage = this.#position(event);
    return {
      stage, at: view.toDocument(stage), track, kind: event.pointerType, clicks: this.#lastDown.clicks,
      reach: event.pointerType === "touch" ? TOUCH_REACH : MOUSE_REACH,
      shift: event.shiftKey, alt: event.altKey, erase: event.altKey || (event.buttons & PEN_ERASER) > 0,
    };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    event.stopPropagation();
    const { stage } = this, at = this.#position(event);
    stage.element.focus({ preventScroll: true });
    if (event.pointerType === "touch") {
      this.#fingers.set(event.pointerId, at);
      if (this.#fingers.size === 2 && this.#doing !== "pan") {
        if (this.#doing === "tool") stage.tool.cancel();
        this.#doing = "pinch";
      }
    }
    // While a pen or a finger is at work, the palm is not.
    if (this.#doing !== "none") return;
    event.preventDefault();
    stage.element.setPointerCapture?.(event.pointerId);
    this.#id = event.pointerId;
    this.#at = at;
    const last = this.#lastDown, near = Math.hypot(at[0] - last.x, at[1] - last.y) < 6;
    const clicks = near && event.timeStamp - last.time < 400 ? last.clicks + 1 : 1;
    this.#lastDown = { time: event.timeStamp, x: at[0], y: at[1], clicks };
    if (event.button === 1 || stage.panning) {
      this.#doing = "pan";
      stage.panned = true;
    } else if (event.button === 0 || event.buttons & PEN_ERASER) {
      this.#doing = "tool";
      this.contact = this.#contact(event);
      if (stage.session.problem) this.#doing = "none";
      else stage.tool.down(this.contact);
    }
    stage.updateCursor();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    event.stopPropagation();
    const { stage } = this, { view } = stage;
    if (this.#doing === "pinch") {
      const at = this.#position(event), fingers = this.#fingers, before = [...fingers.values()];
      if (!fingers.has(event.pointerId) || before.length < 2) return;
      fingers.set(event.pointerId, at);
      const after = [...fingers.values()];
      const middle = (/** @type {number[][]} */ [a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      const apart = (/** @type {number[][]} */ [a, b]) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
      const from = middle(before), to = middle(after);
      view.panBy(to[0] - from[0], to[1] - from[1]);
      view.zoomAt(to[0], to[1], apart(after) / apart(before));
      stage.invalidate();
    } else if (this.#doing === "none") this.#hover(event);
    else if (event.pointerId !== this.#id) return;
    else if (this.#doing === "pan") {
      const at = this.#position(event);
      view.panBy(at[0] - this.#at[0], at[1] - this.#at[1]);
      this.#at = at;
      stage.invalidate();
    } else {
      this.contact = this.#contact(event);
      stage.tool.move(this.contact);
      stage.invalidate("top");
    }
  }

  /** @param {PointerEvent} event @param {boolean} done */
  #up(event, done) {
    event.stopPropagation();
    this.#fingers.delete(event.pointerId);
    if (this.#doing === "pinch" ? this.#fingers.size > 0 : event.pointerId !== this.#id) return;
    const doing = this.#doing, { stage } = this;
    this.#doing = "none";
    this.#id = -1;
    if (doing === "tool") {
      if (done) stage.tool.up(this.#contact(event));
      else stage.tool.cancel();
    }
    this.#hover(done && event.pointerType !== "touch" ? event : null);
    stage.invalidate("top");
  }

  /** Ends what is going on, as Escape does. */
  cancel() {
    if (this.#doing === "tool") this.stage.tool.cancel();
    this.#doing = "none";
    this.#id = -1;
  }

  /** @param {PointerEvent | null} event */
  #hover(event) {
    if (event?.pointerType === "touch") return;
    this.contact = event && this.#contact(event);
    this.stage.updateCursor();
    this.stage.invalidate("top");
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    event.stopPropagation();
    const { stage } = this, lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 240 : 1;
    const turn = Math.max(-240, Math.min(240, (event.deltaY || event.deltaX) * lines));
    if (event.shiftKey || event.altKey) return stage.resizeBrush(Math.exp(-turn * 0.0015));
    const [x, y] = this.#position(event);
    stage.view.zoomAt(x, y, Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0018))); // with Ctrl it is a trackpad's pinch
    stage.invalidate();
  }
}
