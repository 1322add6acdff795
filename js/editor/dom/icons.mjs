// @ts-check
/**
 * Icons drawn for this editor: strokes of 1.5 on a grid of 20. A path after "|" is filled.
 */

/** @type {Record<string, string>} the icons that are shown at once; icons_more.mjs adds the others */
export const PATHS = {
  select: "M5 3l10.5 6.2-4.8 1.3L8 15.2z",
  brush:
    "M17 3L9.6 10.4M9 10.7c-2-.5-3.8.6-4.3 2.6-.3 1.2-.9 1.9-1.9 2.4 2.6 1.1 6.1.6 7.3-1.7.6-1.3 " +
    "0-2.8-1.1-3.3z",
  eraser:
    "M11.6 3.9l4.5 4.5a1.2 1.2 0 0 1 0 1.7L10.6 16H7l-3.1-3.1a1.2 1.2 0 0 1 0-1.7l6-7.3a1.2 1.2 0 " +
    "0 1 1.7 0zM7 7.4l6 5.9M10.6 16H17",
  lasso:
    "M6.3 12.6C4.3 11.9 3 10.4 3 8.7 3 5.8 6.1 3.5 10 3.5s7 2.3 7 5.2-3.1 5.2-7 5.2c-.9 " +
    "0-1.7-.1-2.5-.3M7.8 13.2a1.7 1.7 0 1 1-3.1-.9c.8-1.1 3.1-.5 3.1.9 0 1.6-1.1 2.7-2.5 3.3",
  polygon:
    "M4.5 7L13 4.2l3.2 8.3-9.7 3.2zM4.5 5.7v2.6M3.2 7h2.6M13 2.9v2.6M11.7 4.2h2.6M16.2 " +
    "11.2v2.6M14.9 12.5h2.6M6.5 14.4V17M5.2 15.7h2.6",
  fill:
    "M8.3 2.8l6.8 6.8-5 5a1.5 1.5 0 0 1-2.1 0L3.6 10.2a1.5 1.5 0 0 1 0-2.1l5-5M3.4 9.6h11.5|M16.7 " +
    "12c1 1.5 1.6 2.3 1.6 3.1a1.6 1.6 0 0 1-3.2 0c0-.8.6-1.6 1.6-3.1z",
  object: "M4 16l8-8M14 2v4M12 4h4M17 8v3M15 9h3M8 3v2M7 4h3",
  pin: "M10 11v6M6.5 11h7M7.5 11V6.5a2.5 2.5 0 0 1 5 0V11",
  arrow: "M4 16L15.5 4.5M8.5 4h7.5v7.5",
  spline:
    "M4.3 14C5.5 6.5 9 5.5 10 10s4.5 3.5 5.7-4|M4 13.8a1.7 1.7 0 1 0 .01 0zM10 8.3a1.7 1.7 0 1 0 " +
    ".01 0zM16 3.2a1.7 1.7 0 1 0 .01 0z",
  freehand:
    "M2.8 12.8c1.7-4.6 4-8 5.3-7.3 1.7 1-1.9 7.3-.2 8.3 1.5.9 2.6-5 4.5-4.5 1.4.4-.3 3.9 1.1 4.3 " +
    "1.2.4 2.1-1.1 3.7-2.6",
  hand:
    "M6.3 11V5.8a1.2 1.2 0 0 1 2.4 0V9.5M8.7 9V4.2a1.2 1.2 0 0 1 2.4 0V9M11.1 9V5.2a1.2 1.2 0 0 1 " +
    "2.4 0V10M13.5 10V7.4a1.2 1.2 0 0 1 2.4 0V12c0 3.2-1.9 5.2-4.8 5.2-2.2 0-3.4-.9-4.5-2.7L4 " +
    "11.3c-.6-1.1.9-2.1 1.7-1.1l.6.8",
  undo: "M7 4L3.5 7.5 7 11M4 7.5h7.2a4.4 4.4 0 0 1 0 8.8H8",
  redo: "M13 4l3.5 3.5L13 11M16 7.5H8.8a4.4 4.4 0 0 0 0 8.8H12",
  play: "|M6 3.6a.8.8 0 0 1 1.2-.7l9.3 6.4a.8.8 0 0 1 0 1.4l-9.3 6.4a.8.8 0 0 1-1.2-.7z",
  pause: "|M5.5 3.5h3v13h-3zM11.5 3.5h3v13h-3z",
  loop:
    "M3.5 9.5A4 4 0 0 1 7.5 5.5H16M13.5 2.8L16.2 5.5l-2.7 2.7M16.5 10.5a4 4 0 0 1-4 4H4M6.5 " +
    "17.2L3.8 14.5l2.7-2.7",
  enlarge: "M12 3.5h4.5V8M16.5 3.5l-5.3 5.3M8 16.5H3.5V12M3.5 16.5l5.3-5.3",
  shrink: "M11.5 4v4.5H16M11.5 8.5L17 3M8.5 16v-4.5H4M8.5 11.5L3 17",
  more: "|M4.5 8.6a1.4 1.4 0 1 0 .01 0zM10 8.6a1.4 1.4 0 1 0 .01 0zM15.5 8.6a1.4 1.4 0 1 0 .01 0z",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 7.7a2.3 2.3 0 1 0 .01 0z",
  plus: "M10 4v12M4 10h12",
  freeze: "M10 2.8v14.4M3.8 6.4l12.4 7.2M16.2 6.4L3.8 13.6M7.9 3.6L10 5.5l2.1-1.9M7.9 16.4l2.1-1.9 2.1 1.9",
  sliders: "M3 6h7M14 6h3M3 14h3M10 14h7M12 4.2a1.8 1.8 0 1 0 .01 0zM8 12.2a1.8 1.8 0 1 0 .01 0z",
  pen: "M4 16l1-4L13.5 3.5l3 3L8 15zM11.5 5.5l3 3",
  cut: "M10 3a7 7 0 1 0 .01 0zM6.7 10h6.6",
};

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const [strokes, filled] = (PATHS[name] ?? "").split("|");
  const holder = document.createElement("template");
  holder.innerHTML =
    `<svg class="flowbrush-icon" viewBox="0 0 20 20" aria-hidden="true" data-icon="${name}">` +
    (strokes ? `<path d="${strokes}"/>` : "") +
    (filled ? `<path class="flowbrush-filled" d="${filled}"/>` : "") +
    "</svg>";
  return /** @type {SVGSVGElement} */ (holder.content.firstChild);
}
