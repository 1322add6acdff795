/** Numbers 0..1, the same in every run (Lehmer's generator). */
export function random(seed = 1) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
