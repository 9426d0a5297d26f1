/** Of two vectors of one length; null where one has no direction. */
export function cosine(a: Float32Array, b: Float32Array): number | null {
  const length = Math.hypot(...a) * Math.hypot(...b)
  return length === 0 ? null : a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0) / length
}
