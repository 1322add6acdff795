// @ts-check

const STYLE =
  "position:fixed;inset:0;width:100vw;height:100vh;max-width:none;max-height:none;margin:0;" +
  "padding:0;border:0;display:flex;overflow:hidden;background:var(--comfy-menu-bg,#202020);color:var(--input-text,#ddd)";

/** A dialog over the whole window that shows one element, and puts it back when it closes. */
export class OverlayWindow {
  /**
   * @param {HTMLElement} element shown until `close`
   * @param {() => void} onClose is called after the element is back at its place
   */
  constructor(element, onClose) {
    this.onClose = onClose;
    this.element = element;
    this.place = document.createComment("flowbrush");
    element.replaceWith(this.place);
    this.dialog = document.createElement("dialog");
    this.dialog.className = "flowbrush-overlay";
    this.dialog.style.cssText = STYLE;
    this.dialog.setAttribute("aria-label", "Flowbrush Motion Brush");
    this.dialog.setAttribute("aria-modal", "true");
    this.dialog.append(element);
    document.body.append(this.dialog);
    // The browser closes it on Escape, unless the editor used the key and prevented the default.
    this.dialog.addEventListener("close", () => this.close());
    this.dialog.showModal();
  }

  close() {
    if (!this.dialog.isConnected) return;
    this.place.replaceWith(this.element);
    this.dialog.remove();
    this.onClose();
  }
}
