import { isUtf8 } from './utf8.ts'

/** Bytes looked at to judge wide letters without a mark. */
const probeBytes = 4_096

/** Letters of the living scripts, their signs and white space. Wrongly paired bytes give others as well. */
const usual = /[\t\n\r\u0020-\u007e\u00a0-\u024f\p{M}\u0370-\u06ff\u0900-\u0fff\u1e00-\u1fff\u2000-\u206f\u20a0-\u20cf\u2190-\u21ff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]/gu
const usualShare = 0.97
const fewestLetters = 8
/** A text of one byte a letter may have a stray control character; as letters of two bytes it would be Chinese. */
const fewControls = 0.1
/** Full stops and commas of Chinese and Japanese. */
const eastAsianStops = /[\u3001\u3002\uff0c]/

type Utf16 = 'utf-16le' | 'utf-16be'

/** How bytes read as letters of two bytes: null when they do not. */
function readAs(label: Utf16, probe: Buffer): string | null {
  const text = new TextDecoder(label).decode(probe.subarray(0, probe.length & ~1))
  // The end of the looked-at bytes may cut a character.
  return (text.match(usual)?.length ?? 0) >= text.replace(/\ufffd$/, '').length * usualShare ? text : null
}

const controlShare = (probe: Buffer) => probe.reduce((count, byte) => count + (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13 ? 1 : 0), 0) / probe.length

/**
 * UTF-16 without a mark. In Western scripts nearly every second byte is zero, always on the same side; in others the spaces and line ends have such a byte, or
 * the full stops have a control character, and read the other way round hardly any letter makes sense.
 */
export function utf16WithoutMark(bytes: Buffer): Utf16 | null {
  const probe = bytes.subarray(0, probeBytes)
  let [even, odd] = [0, 0]
  for (let at = 0; at + 1 < probe.length; at += 2) {
    if (probe[at] === 0) even += 1
    if (probe[at + 1] === 0) odd += 1
  }
  const half = probe.length / 2
  if (odd > half * 0.4 && even < half * 0.05) return 'utf-16le'
  if (even > half * 0.4 && odd < half * 0.05) return 'utf-16be'
  if (half < fewestLetters || (isUtf8(probe, true) && controlShare(probe) < fewControls)) return null
  const [little, big] = [readAs('utf-16le', probe), readAs('utf-16be', probe)]
  if (little !== null && big === null && (odd > 0 || eastAsianStops.test(little))) return 'utf-16le'
  return big !== null && little === null && (even > 0 || eastAsianStops.test(big)) ? 'utf-16be' : null
}

/** UTF-32, by its mark or because the upper two bytes of every letter are nearly always zero. */
export function utf32Of(bytes: Buffer): 'utf-32le' | 'utf-32be' | null {
  if (bytes.length < 8) return null
  if (bytes.readUInt32LE(0) === 0xfeff) return 'utf-32le'
  if (bytes.readUInt32BE(0) === 0xfeff) return 'utf-32be'
  const probe = bytes.subarray(0, Math.min(probeBytes, bytes.length & ~3))
  const fits = (read: (at: number) => number) => {
    for (let at = 0; at < probe.length; at += 4) if (read(at) === 0 || read(at) > 0x10ffff || (read(at) < 0x20 && ![9, 10, 13].includes(read(at)))) return false
    return true
  }
  if (fits((at) => probe.readUInt32LE(at))) return 'utf-32le'
  return fits((at) => probe.readUInt32BE(at)) ? 'utf-32be' : null
}

/** Text of letters of four bytes; what is no letter becomes U+FFFD. */
export function decodeUtf32(bytes: Buffer, label: 'utf-32le' | 'utf-32be'): string {
  const parts: string[] = []
  const count = bytes.length >> 2
  const portion = 8_192
  for (let from = 0; from < count; from += portion) {
    const points = Array.from({ length: Math.min(portion, count - from) }, (_, index) => {
      const point = label === 'utf-32le' ? bytes.readUInt32LE((from + index) * 4) : bytes.readUInt32BE((from + index) * 4)
      return point > 0x10ffff ? 0xfffd : point
    })
    parts.push(String.fromCodePoint(...points))
  }
  return parts.join('').replace(/^\ufeff/, '')
}
