// @ts-check
// Mouse, pen, touch and wheel over the stage, as contacts for the tools; two fingers and the middle button move the view.

/** @typedef {import("../parts").Contact} Contact */

const MOUSE_REACH = 10;
const TOUCH_REACH = 18;
const PEN_ERASER = 32;

export class Pointer {
  /** @type {Map<number, [number, number]>} stage position of each finger */ #fingers = new Map();
  /** @type {"tool" | "pan" | "pinch" | ""} */ #doing = "";
  #id = -1;
  #last = { time: -1e9, at: [0, 0], clicks: 0 };
  /** @type {[number, number]} */ #at = [0, 0];
  /** @type {PointerEvent | null} */ #event = null; // the last contact's
  #playing = false; // when it began
  /** @type {Contact | null} */ contact = null;
  nowhere = false; // on the stage, over no place that the camera sees: so without a contact

  /** @param {import("./stage.mjs").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const listeners = /** @type {Record<string, (event: any) => void>} */ ({
      pointerenter: () => stage.regions.load(),
      pointerdown: (event) => this.#down(event),
      pointermove: (event) => this.#move(event),
      pointerup: (event) => this.#up(event, true),
      pointercancel: (event) => this.#up(event, false),
      lostpointercapture: (event) => this.#up(event, false),
      pointerleave: () => this.busy || this.#hover(null),
      wheel: (event) => this.#wheel(event),
      contextmenu: (event) => event.preventDefault(),
    });
    // What happens here is the editor's, not the graph's.
    for (const type of [
      ...Object.keys(listeners),
      "touchstart",
      "touchmove",
      "dblclick",
      "mousedown",
      "auxclick",
    ]) {
      stage.element.addEventListener(
        type,
        (event) => {
          event.stopPropagation();
          listeners[type]?.(event);
        },
        { passive: false, signal: stage.ended },
      );
    }
  }

  get busy() {
    return this.#doing !== "";
  }

  /** Stage position in CSS px, whatever an ancestor scales. @param {MouseEvent} event @returns {[number, number]} */
  #position({ clientX, clientY }) {
    const { element } = this.stage;
    const { left, top, width, height } = element.getBoundingClientRect();
    return [
      (clientX - left) * (element.offsetWidth / width),
      (clientY - top) * (element.offsetHeight / height),
    ];
  }

  /** How a layer is seen by who points at it: while the clip plays, as at the first frame.
   * @param {import("../types").Layer | null} layer @returns {import("../parts").Sight} */
  viewOf(layer) {
    return this.#playing ? this.stage.view : this.stage.viewOf(layer);
  }

  /** @param {PointerEvent} event @returns {Contact | null} */
  #contact(event) {
    const { tool, session } = this.stage;
    const stage = this.#position(event);
    const { pointerType: kind } = event;
    if (!this.busy) this.#playing = session.playing;
    this.#event = event;
    const { view, beyond } = tool;
    const at = view.toDocument(stage, beyond);
    this.nowhere = !at;
    if (!at) return null;
    const pressed = kind === "pen" && session.options.pressure;
    const events = event.type === "pointermove" ? event.getCoalescedEvents?.() : null;
    const track = (events?.length ? events : [event]).map((one) => [
      ...(view.toDocument(this.#position(one)) ?? at),
      pressed ? one.pressure : 1,
    ]);
    return {
      stage,
      at,
      track,
      kind,
      clicks: this.#last.clicks,
      reach: kind === "touch" ? TOUCH_REACH : MOUSE_REACH,
      shift: event.shiftKey,
      alt: event.altKey,
      erase: event.altKey || (event.buttons & PEN_ERASER) > 0,
    };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const { stage } = this;
    const at = this.#position(event);
    stage.element.focus({ preventScroll: true });
    if (event.pointerType === "touch") this.#fingers.set(event.pointerId, at);
    if (this.#fingers.size === 2 && (!this.busy || this.#fingers.has(this.#id))) {
      this.cancel();
      this.#doing = "pinch";
    }
    if (this.busy) return; // while a pen or a finger is at work, the palm is not
    event.preventDefault();
    stage.element.setPointerCapture?.(event.pointerId);
    const {
      time,
      at: [x, y],
      clicks,
    } = this.#last;
    const again = Math.hypot(at[0] - x, at[1] - y) < 6 && event.timeStamp - time < 400;
    this.#last = { time: event.timeStamp, at, clicks: again ? clicks + 1 : 1 };
    this.#id = event.pointerId;
    this.#at = at;
    if (event.button === 1 || stage.panning) {
      this.#doing = "pan";
      stage.panned = true;
    } else if ((event.button === 0 || event.buttons & PEN_ERASER) && !stage.session.problem) {
      const contact = (this.contact = this.#contact(event));
      if (contact) {
        this.#doing = "tool";
        stage.tool.down(contact);
      }
      stage.invalidate("top");
    }
    stage.updateCursor();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { stage } = this;
    const { view } = stage;
    if (!this.busy) return this.#hover(event);
    if (this.#doing === "pinch") return this.#pinch(event);
    if (event.pointerId !== this.#id) return;
    if (this.#doing === "pan") {
      const [x, y] = this.#at;
      this.#at = this.#position(event);
      view.panBy(this.#at[0] - x, this.#at[1] - y);
      stage.moved();
    } else {
      const { nowhere } = this;
      const contact = (this.contact = this.#contact(event));
      if (contact) stage.tool.move(contact);
      if (nowhere !== this.nowhere) stage.updateCursor();
      stage.invalidate("top");
    }
  }

  /** @param {PointerEvent} event */
  #pinch(event) {
    const { view } = this.stage;
    const fingers = this.#fingers;
    const [a, b] = fingers.values();
    if (!b || !fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, this.#position(event));
    const [c, d] = fingers.values();
    const x = (c[0] + d[0]) / 2;
    const y = (c[1] + d[1]) / 2;
    view.panBy(x - (a[0] + b[0]) / 2, y - (a[1] + b[1]) / 2);
    view.zoomAt(
      x,
      y,
      Math.hypot(c[0] - d[0], c[1] - d[1]) / Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1])),
    );
    this.stage.moved();
  }

  /** @param {PointerEvent} event @param {boolean} done */
  #up(event, done) {
    this.#fingers.delete(event.pointerId);
    if (this.#doing === "pinch" ? this.#fingers.size > 0 : event.pointerId !== this.#id) return;
    if (this.#doing === "tool" && done) this.stage.tool.up();
    else this.cancel();
    this.#doing = "";
    this.#id = -1;
    this.#hover(done && event.pointerType !== "touch" ? event : null);
  }

  /** Ends what is going on, as Escape does. */
  cancel() {
    if (this.#doing === "tool") this.stage.tool.cancel();
    this.#doing = "";
    this.#id = -1;
  }

  /** @param {PointerEvent | null} event */
  #hover(event) {
    if (event?.pointerType === "touch") return;
    this.#event = event;
    this.contact = null;
    this.nowhere = false;
    this.follow();
    this.stage.invalidate("top");
  }

  /** What is seen may have moved under a pointer that rests. */
  follow() {
    if (this.busy) return;
    if (this.#event) this.contact = this.#contact(this.#event);
    this.stage.updateCursor();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const { stage } = this;
    const [x, y] = this.#position(event);
    const lines = [1, 16, 240][event.deltaMode];
    const turn = Math.max(-240, Math.min(240, (event.deltaY || event.deltaX) * lines));
    if (event.shiftKey || event.altKey) return stage.resizeBrush(Math.exp(-turn * 0.0015));
    stage.view.zoomAt(x, y, Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0018))); // with Ctrl it is a trackpad's pinch
    stage.moved();
  }
}
