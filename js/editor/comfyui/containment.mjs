// @ts-check
// What happens in the editor stays there: ComfyUI's canvas neither pans, zooms, deletes nor undoes for it.

/** Events that ComfyUI's canvas or window listens to and that mean something else inside the editor. */
const KEPT = [
  ...["pointerdown", "pointermove", "pointerup", "pointercancel", "dblclick", "contextmenu", "keypress"],
  ...["copy", "cut", "paste", "dragenter", "dragover", "dragleave", "drop"],
];
const TOUCHES = ["touchstart", "touchmove", "touchend", "touchcancel"];
const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];

/**
 * Keep the events of `element` inside; returns what releases it.
 * @param {HTMLElement} element the editor's own, whose listeners were added before
 * @param {{focus: () => void, isAlone: () => boolean, canvas: () => HTMLElement}} editor isAlone: it has the window to
 *   itself; canvas: ComfyUI's @returns {() => void}
 */
export function contain(element, editor) {
  const released = new AbortController();
  const { signal } = released;
  const isFocused = () => editor.isAlone() || element.contains(document.activeElement);
  let pressed = false;

  const keep = (/** @type {Event} */ event) => {
    // A link or a node that is dragged across the editor belongs to the canvas.
    if (/^pointer(move|up)$/.test(event.type)) {
      const { buttons } = /** @type {PointerEvent} */ (event);
      if (!pressed && (buttons || event.type === "pointerup")) return;
      if (!buttons) pressed = false;
    }
    event.stopPropagation();
  };
  for (const type of KEPT) element.addEventListener(type, keep, { signal });

  const press = () => {
    pressed = true;
    if (!isFocused()) editor.focus();
  };
  element.addEventListener("pointerdown", press, { signal, capture: true });

  const release = (/** @type {Event} */ event) => {
    const { activeElement } = document;
    const outside = event.target instanceof Node && !element.contains(event.target);
    if (outside) pressed = false;
    if (!outside || editor.isAlone() || !element.contains(activeElement)) return;
    if (activeElement instanceof HTMLElement) activeElement.blur();
  };
  document.addEventListener("pointerdown", release, { signal, capture: true });

  // The canvas counts the touches of all that lies in it before they get here. Pointers do for us.
  const keepTouch = (/** @type {Event} */ event) => {
    if (event.target instanceof Node && element.contains(event.target)) event.stopPropagation();
  };
  for (const type of TOUCHES)
    document.addEventListener(type, keepTouch, { signal, capture: true, passive: true });

  element.addEventListener("keydown", (event) => keepKey(event), { signal });

  // An editor that nobody works in is part of the canvas: the wheel goes on zooming that.
  const passWheel = (/** @type {WheelEvent} */ event) => {
    if (isFocused()) return;
    event.preventDefault();
    event.stopPropagation();
    editor.canvas().dispatchEvent(new WheelEvent("wheel", event));
  };
  element.addEventListener("wheel", passWheel, { signal, capture: true, passive: false });
  element.addEventListener("wheel", (event) => event.stopPropagation(), { signal });
  return () => released.abort();
}

/** @param {KeyboardEvent} event */
function keepKey(event) {
  if (MODIFIERS.includes(event.key)) return;
  const command = event.ctrlKey || event.metaKey;
  const edits = command && /^[acdvxyz]$/i.test(event.key);
  // Plain keys are letters of the canvas (delete, mute, queue): they stay here, used or not.
  if (event.defaultPrevented || edits || !(command || event.altKey)) event.stopPropagation();
  // Nothing in the editor is selected as the text of a page.
  if (command && /^a$/i.test(event.key) && !(event.target instanceof HTMLInputElement))
    event.preventDefault();
  if (!command || !/^[yz]$/i.test(event.key)) return;
  // ComfyUI's undo hears keys on the window before anyone else and acts on the same event a frame later:
  // here an undo that was the editor's can still tell it.
  for (const name of ["ctrlKey", "metaKey"]) Object.defineProperty(event, name, { value: false });
}
