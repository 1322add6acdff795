// @ts-check
// Mouse, pen, touch and wheel over the stage: what the tools receive as contacts, and the gestures that move the view.
import { distance, mix, subtract } from "../geometry/vec.mjs";

/** @import { Contact, Sight } from "../parts" */
/** @import { Layer } from "../types" */
/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {[number, number]} Position on the stage, in CSS px */

const MOUSE_REACH = 10; // px
const TOUCH_REACH = 18;
const PEN_ERASER = 32; // the button of a pen's eraser end
const DOUBLE_CLICK_MS = 400;
const DOUBLE_CLICK_REACH = 6; // px
const WHEEL_LINES = [1, 16, 240]; // px per unit of the wheel, for each deltaMode
/** Events that the graph behind the editor must not see. */
const CONTAINED = ["touchstart", "touchmove", "dblclick", "mousedown", "auxclick"];

/** Drags the view. */
class PanGesture {
  #pointer;
  #at;

  /** @param {Pointer} pointer @param {Position} at */
  constructor(pointer, at) {
    this.#pointer = pointer;
    this.#at = at;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { stage } = this.#pointer;
    const at = this.#pointer.position(event);
    stage.view.panBy(...subtract(at, this.#at));
    this.#at = at;
    stage.viewMoved();
  }

  end() {}

  cancel() {}
}

/** Moves and zooms the view with two fingers. */
class PinchGesture {
  #pointer;

  /** @param {Pointer} pointer */
  constructor(pointer) {
    this.#pointer = pointer;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { stage, fingers } = this.#pointer;
    const [a, b] = fingers.values();
    if (!b || !fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, this.#pointer.position(event));
    const [c, d] = fingers.values();
    const middle = mix(c, d, 0.5);
    stage.view.panBy(...subtract(middle, mix(a, b, 0.5)));
    stage.view.zoomAt(...middle, distance(c, d) / Math.max(1, distance(a, b)));
    stage.viewMoved();
  }

  end() {}

  cancel() {}
}

/** Works with the current tool. */
class ToolGesture {
  #pointer;

  /** @param {Pointer} pointer */
  constructor(pointer) {
    this.#pointer = pointer;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { stage, isOffPicture } = this.#pointer;
    const contact = this.#pointer.track(event);
    if (contact) stage.tool.move(contact);
    if (isOffPicture !== this.#pointer.isOffPicture) stage.updateCursor();
    stage.invalidate("top");
  }

  end() {
    this.#pointer.stage.tool.up();
  }

  cancel() {
    this.#pointer.stage.tool.cancel();
  }
}

export class Pointer {
  /** @type {Map<number, Position>} */ fingers = new Map();
  /** @type {PanGesture | PinchGesture | ToolGesture | null} */ #gesture = null;
  #id = -1; // the id of the pointer that makes the gesture
  #lastPress = { time: -1e9, at: /** @type {Position} */ ([0, 0]), clicks: 0 };
  /** @type {PointerEvent | null} the event of the last contact */ #event = null;
  #beganPlaying = false; // whether the clip played when the gesture began
  /** @type {Contact | null} */ contact = null;
  /** Whether the pointer is at a place of the stage where the camera does not see the picture's plane. */
  isOffPicture = false;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.#listen();
  }

  #listen() {
    const { stage } = this;
    const options = { passive: false, signal: stage.ended };
    /** @type {<K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => unknown) => void} */
    const on = (type, listener) =>
      stage.element.addEventListener(
        type,
        (event) => {
          event.stopPropagation();
          listener(event);
        },
        options,
      );
    on("pointerenter", () => stage.regions.load()); // a stroke may follow
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event, true));
    on("pointercancel", (event) => this.#up(event, false));
    on("lostpointercapture", (event) => this.#up(event, false));
    on("pointerleave", () => this.busy || this.#hover(null));
    on("wheel", (event) => this.#wheel(event));
    on("contextmenu", (event) => event.preventDefault());
    for (const type of CONTAINED)
      stage.element.addEventListener(type, (event) => event.stopPropagation(), options);
  }

  /** Whether a gesture is going on. */
  get busy() {
    return this.#gesture !== null;
  }

  /** The position of an event on the stage, whatever an ancestor scales. @param {MouseEvent} event @returns {Position} */
  position({ clientX, clientY }) {
    const { element } = this.stage;
    const { left, top, width, height } = element.getBoundingClientRect();
    return [
      (clientX - left) * (element.offsetWidth / width),
      (clientY - top) * (element.offsetHeight / height),
    ];
  }

  /**
   * The view in which places on a layer are pointed at. If the clip played when the gesture began, it is that of the
   * first frame.
   * @param {Layer | null} layer @returns {Sight}
   */
  viewOf(layer) {
    return this.#beganPlaying ? this.stage.view : this.stage.viewOf(layer);
  }

  /** Makes the contact of an event the present one. @param {PointerEvent} event */
  track(event) {
    this.contact = this.#contactOf(event);
    return this.contact;
  }

  /** The contact of an event; null where there is no place under it. @param {PointerEvent} event @returns {Contact | null} */
  #contactOf(event) {
    const { tool, session } = this.stage;
    const stage = this.position(event);
    const { pointerType: kind } = event;
    if (!this.busy) this.#beganPlaying = session.playing;
    this.#event = event;
    const { view, beyond } = tool;
    const at = view.toDocument(stage, beyond);
    this.isOffPicture = !at;
    if (!at) return null;
    const hasPressure = kind === "pen" && session.options.pressure;
    const coalesced = event.type === "pointermove" ? event.getCoalescedEvents?.() : null;
    const track = (coalesced?.length ? coalesced : [event]).map((one) => [
      ...(view.toDocument(this.position(one)) ?? at),
      hasPressure ? one.pressure : 1,
    ]);
    return {
      stage,
      at,
      track,
      kind,
      clicks: this.#lastPress.clicks,
      reach: kind === "touch" ? TOUCH_REACH : MOUSE_REACH,
      shift: event.shiftKey,
      alt: event.altKey,
      erase: event.altKey || (event.buttons & PEN_ERASER) > 0,
    };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const { stage } = this;
    const at = this.position(event);
    stage.element.focus({ preventScroll: true });
    if (event.pointerType === "touch") this.fingers.set(event.pointerId, at);
    if (this.fingers.size === 2 && (!this.busy || this.fingers.has(this.#id))) {
      this.cancel();
      this.#gesture = new PinchGesture(this);
    }
    if (this.busy) return; // so that the palm does nothing while a pen or a finger works
    event.preventDefault();
    stage.element.setPointerCapture?.(event.pointerId);
    this.#countClicks(event.timeStamp, at);
    this.#id = event.pointerId;
    if (event.button === 1 || stage.panning) {
      this.#gesture = new PanGesture(this, at);
      stage.panned = true;
    } else if ((event.button === 0 || event.buttons & PEN_ERASER) && !stage.session.problem) {
      const contact = this.track(event);
      if (contact) {
        this.#gesture = new ToolGesture(this);
        stage.tool.down(contact);
      }
      stage.invalidate("top");
    }
    stage.updateCursor();
  }

  /** Counts presses that follow one another at one place. @param {number} time @param {Position} at */
  #countClicks(time, at) {
    const last = this.#lastPress;
    const isRepeated = distance(at, last.at) < DOUBLE_CLICK_REACH && time - last.time < DOUBLE_CLICK_MS;
    this.#lastPress = { time, at, clicks: isRepeated ? last.clicks + 1 : 1 };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#gesture) this.#hover(event);
    else if (this.#gesture instanceof PinchGesture || event.pointerId === this.#id) this.#gesture.move(event);
  }

  /** @param {PointerEvent} event @param {boolean} completed whether the gesture counts */
  #up(event, completed) {
    this.fingers.delete(event.pointerId);
    const goesOn =
      this.#gesture instanceof PinchGesture ? this.fingers.size > 0 : event.pointerId !== this.#id;
    if (goesOn) return;
    if (completed) this.#gesture?.end();
    else this.#gesture?.cancel();
    this.#release();
    this.#hover(completed && event.pointerType !== "touch" ? event : null);
  }

  /** Ends the gesture without a result, as Escape does. */
  cancel() {
    this.#gesture?.cancel();
    this.#release();
  }

  #release() {
    this.#gesture = null;
    this.#id = -1;
  }

  /** @param {PointerEvent | null} event */
  #hover(event) {
    if (event?.pointerType === "touch") return;
    this.#event = event;
    this.contact = null;
    this.isOffPicture = false;
    this.follow();
    this.stage.invalidate("top");
  }

  /** Updates the contact where the picture has moved under a pointer that rests. */
  follow() {
    if (this.busy) return;
    if (this.#event) this.track(this.#event);
    this.stage.updateCursor();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const { stage } = this;
    const [x, y] = this.position(event);
    const turn = Math.max(-240, Math.min(240, (event.deltaY || event.deltaX) * WHEEL_LINES[event.deltaMode]));
    if (event.shiftKey || event.altKey) return stage.resizeBrush(Math.exp(-turn * 0.0015));
    stage.view.zoomAt(x, y, Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0018))); // with Ctrl it is a trackpad's pinch
    stage.viewMoved();
  }
}
