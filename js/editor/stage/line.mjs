// @ts-check
// Lines that can be seen on any picture.

/**
 * Draws a white line with a dark edge. @param {CanvasRenderingContext2D} context @param {Path2D} path
 * @param {number} width @param {number[]} [dash]
 */
export function drawLine(context, path, width, dash = []) {
  context.lineJoin = "round";
  context.lineCap = "butt";
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.lineWidth = width + 2;
  context.stroke(path);
  context.setLineDash(dash);
  context.strokeStyle = "#fff";
  context.lineWidth = width;
  context.stroke(path);
  context.setLineDash([]);
}
