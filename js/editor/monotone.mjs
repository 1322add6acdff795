// @ts-check
/**
 * Cubic through (times, values) that does not overshoot between points and stays flat where two are equal:
 * Fritsch and Carlson, "Monotone piecewise cubic interpolation" (1980), with Butland's harmonic-mean
 * slopes, as in easing.py. @param {readonly number[]} times @param {readonly number[]} values
 * @param {number} s
 */
export function monotone(times, values, s) {
  const last = times.length - 2;
  let i = 0;
  while (i < last && times[i + 1] <= s) i++;
  const h = times[i + 1] - times[i];
  const u = Math.min(Math.max((s - times[i]) / h, 0), 1);
  return (
    values[i] * (1 + 2 * u) * (1 - u) ** 2 +
    values[i + 1] * u * u * (3 - 2 * u) +
    h * u * (1 - u) * (slope(times, values, i) * (1 - u) - slope(times, values, i + 1) * u)
  );
}

/** @param {readonly number[]} times @param {readonly number[]} values @param {number} i */
function slope(times, values, i) {
  const secant = (/** @type {number} */ k) => (values[k + 1] - values[k]) / (times[k + 1] - times[k]);
  if (i === 0) return secant(0);
  if (i === times.length - 1) return secant(i - 1);
  const left = secant(i - 1),
    right = secant(i);
  if (!(left * right > 0)) return 0;
  const before = times[i] - times[i - 1],
    after = times[i + 1] - times[i];
  const w1 = 2 * after + before,
    w2 = after + 2 * before;
  return ((w1 + w2) * left * right) / (w1 * right + w2 * left);
}
