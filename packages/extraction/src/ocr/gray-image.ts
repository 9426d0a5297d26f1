/** One byte a pixel, 0 black to 255 white, rows from the top. `dpi` is null where nobody said. */
export type GrayImage = { width: number; height: number; data: Buffer; dpi: number | null }

/** The image as a PGM file, which needs no encoder and which every build of tesseract reads. */
export function toPgm({ width, height, data }: GrayImage): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1'), data])
}

const step = 7
const minContrast = 24

/** Whether there is nothing to read: every seventh pixel is nearly the same. */
export function isBlank({ data }: GrayImage): boolean {
  let low = 255
  let high = 0
  for (let at = 0; at < data.length; at += step) {
    const value = data[at] ?? 0
    if (value < low) low = value
    if (value > high) high = value
    if (high - low >= minContrast) return false
  }
  return true
}

const sampleWidth = 500
const maxAngle = 15
const angleStep = 0.5

/** How much the sums of slanted rows differ; greatest where the rows run along the lines of text. */
function sharpness(points: Float32Array, rows: number, angle: number): number {
  const slope = Math.tan((angle * Math.PI) / 180)
  const sums = new Float64Array(rows * 2)
  for (let at = 0; at < points.length; at += 2) {
    const row = Math.round((points[at + 1] ?? 0) - (points[at] ?? 0) * slope + rows / 2)
    if (row >= 0 && row < sums.length) sums[row] = (sums[row] ?? 0) + 1
  }
  let total = 0
  for (let row = 1; row < sums.length; row += 1) total += ((sums[row] ?? 0) - (sums[row - 1] ?? 0)) ** 2
  return total
}

export type Skew = {
  /** Degrees by which the lines of text fall to the right (positive is clockwise), between -15 and 15 in steps of a half. */
  angle: number
  /** How many times as sharp the lines are along this angle as along the rows: 1 where nothing speaks for another angle. */
  gain: number
}

/** Projection profiles (Postl, 1986): of all slants, the one whose row sums change most is that of the lines. */
export function estimateSkew({ width, height, data }: GrayImage): Skew {
  const scale = Math.max(1, Math.floor(width / sampleWidth))
  const points: number[] = []
  let sum = 0
  let count = 0
  for (let at = 0; at < data.length; at += 97) {
    sum += data[at] ?? 0
    count += 1
  }
  const dark = (sum / Math.max(1, count)) * 0.7
  for (let y = 0; y < height; y += scale) {
    for (let x = 0; x < width; x += scale) if ((data[y * width + x] ?? 255) < dark) points.push(x / scale, y / scale)
  }
  const list = Float32Array.from(points)
  const level = sharpness(list, Math.ceil(height / scale), 0)
  let best = { angle: 0, value: level * 1.02 }
  for (let angle = -maxAngle; angle <= maxAngle; angle += angleStep) {
    const value = sharpness(list, Math.ceil(height / scale), angle)
    if (value > best.value) best = { angle, value }
  }
  return { angle: best.angle, gain: best.angle === 0 ? 1 : best.value / Math.max(1, level) }
}
