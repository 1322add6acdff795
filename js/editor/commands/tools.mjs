// @ts-check
/** The tools with their names, keys and descriptions. */

/** @type {[tool: string, title: string, key: string, about: string][]} */
export const TOOLS = [
  ["select", "Select", "V", "Click a region, or drag points, paths and regions"],
  ["brush", "Brush", "B", "Paint the region that moves; hold Alt to erase"],
  ["eraser", "Eraser", "E", "Take away from the region"],
  ["lasso", "Lasso", "L", "Draw around a region; hold Alt to cut out"],
  ["polygon", "Polygon", "P", "Click the corners of a region; double-click or Enter closes it"],
  ["fill", "Fill", "G", "Fill the area that strokes enclose"],
  ["arrow", "Arrow", "A", "Pull from where it begins to where it goes"],
  ["spline", "Spline", "S", "Click a path through points; double-click or Enter ends it"],
  ["freehand", "Freehand path", "D", "Draw the path by hand"],
  ["hand", "Hand", "H", "Move the view; also Space and drag, or the middle button"],
];
