/**
 * What a wrong encoding makes of letters: C1 controls, replacement characters, private use, unassigned; signs and drawings inside words; capitals in the middle
 * of words; ideographs glued to Latin letters.
 */
const broken = /[\u0080-\u009f\ufffd\ue000-\uf8ff]|\p{L}[\u00a1-\u00bf\u00d7\u00f7\p{S}\u2020\u2021\u2030\u201a\u201e\u2039\u203a]+(?=\p{L})|\p{Ll}\p{Lu}|\p{Script=Latin}[\p{Script=Han}\p{Script=Hangul}\p{Script=Thai}\uff61-\uff9f]|[\uff61-\uff9f]{2}/gu

/** Share of the letters that look spoiled, 0 to 1 and above: text in its own encoding is near 0. */
export function spoiledShare(text: string): number {
  return (text.match(broken)?.length ?? 0) / Math.max(1, text.match(/\p{L}/gu)?.length ?? 0)
}
