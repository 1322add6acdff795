// @ts-check
// Keeps the events of the editor from ComfyUI's canvas, which would pan, zoom, delete or undo for them.

/** Events that ComfyUI's canvas or window listens to, and that mean something else inside the editor. */
const CONTAINED = [
  ...["pointerdown", "pointermove", "pointerup", "pointercancel", "dblclick", "contextmenu", "keypress"],
  ...["copy", "cut", "paste", "dragenter", "dragover", "dragleave", "drop"],
];
const TOUCHES = ["touchstart", "touchmove", "touchend", "touchcancel"];
const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];

/** @typedef {{focus: () => void, isAlone: () => boolean, canvas: () => HTMLElement}} Surroundings `isAlone`: whether the editor has the whole window; `canvas`: ComfyUI's */

/**
 * Contains the events of an element; returns the function that ends it.
 * @param {HTMLElement} element the editor's, which has its own listeners already @param {Surroundings} editor
 */
export function contain(element, editor) {
  const ended = new AbortController();
  const { signal } = ended;
  const hasFocus = () => editor.isAlone() || element.contains(document.activeElement);
  containPointers(element, editor, hasFocus, signal);
  containTouches(element, signal);
  element.addEventListener("keydown", containKey, { signal });
  containWheel(element, editor, hasFocus, signal);
  return () => ended.abort();
}

/** @param {HTMLElement} element @param {Surroundings} editor @param {() => boolean} hasFocus @param {AbortSignal} signal */
function containPointers(element, editor, hasFocus, signal) {
  let pressed = false; // whether the pointer was pressed inside the editor
  const containEvent = (/** @type {Event} */ event) => {
    // A link or a node that is dragged across the editor belongs to the canvas.
    if (/^pointer(move|up)$/.test(event.type)) {
      const { buttons } = /** @type {PointerEvent} */ (event);
      if (!pressed && (buttons || event.type === "pointerup")) return;
      if (!buttons) pressed = false;
    }
    event.stopPropagation();
  };
  for (const type of CONTAINED) element.addEventListener(type, containEvent, { signal });
  const press = () => {
    pressed = true;
    if (!hasFocus()) editor.focus();
  };
  element.addEventListener("pointerdown", press, { signal, capture: true });
  const pressOutside = (/** @type {Event} */ { target }) => {
    if (!(target instanceof Node) || element.contains(target)) return;
    pressed = false;
    const { activeElement } = document;
    if (editor.isAlone() || !element.contains(activeElement)) return;
    if (activeElement instanceof HTMLElement) activeElement.blur();
  };
  document.addEventListener("pointerdown", pressOutside, { signal, capture: true });
}

/** ComfyUI's canvas counts touches before they arrive here; the editor uses pointer events instead. @param {HTMLElement} element @param {AbortSignal} signal */
function containTouches(element, signal) {
  const containTouch = (/** @type {Event} */ event) => {
    if (event.target instanceof Node && element.contains(event.target)) event.stopPropagation();
  };
  for (const type of TOUCHES)
    document.addEventListener(type, containTouch, { signal, capture: true, passive: true });
}

/** Passes the wheel on to the canvas, which zooms, while the editor does not have the focus. @param {HTMLElement} element @param {Surroundings} editor @param {() => boolean} hasFocus @param {AbortSignal} signal */
function containWheel(element, editor, hasFocus, signal) {
  const passWheel = (/** @type {WheelEvent} */ event) => {
    if (hasFocus()) return;
    event.preventDefault();
    event.stopPropagation();
    editor.canvas().dispatchEvent(new WheelEvent("wheel", event));
  };
  element.addEventListener("wheel", passWheel, { signal, capture: true, passive: false });
  element.addEventListener("wheel", (event) => event.stopPropagation(), { signal });
}

/** @param {KeyboardEvent} event */
function containKey(event) {
  if (MODIFIERS.includes(event.key)) return;
  const control = event.ctrlKey || event.metaKey;
  const edits = control && /^[acdvxyz]$/i.test(event.key);
  // Plain keys are commands of the canvas (delete, mute, queue), so they are stopped even if the editor does not use
  // them.
  if (event.defaultPrevented || edits || !(control || event.altKey)) event.stopPropagation();
  // Ctrl+A would select the text of the page.
  if (control && /^a$/i.test(event.key) && !(event.target instanceof HTMLInputElement))
    event.preventDefault();
  if (!control || !/^[yz]$/i.test(event.key)) return;
  // ComfyUI's undo listens on the window before anyone else and acts on the same event a frame later. Without its
  // modifiers, the event does not mean undo by then.
  for (const name of ["ctrlKey", "metaKey"]) Object.defineProperty(event, name, { value: false });
}
