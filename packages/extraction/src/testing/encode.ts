const tables = new Map<string, Map<string, number[]>>()

/** Letters of an encoding by their bytes, found by decoding all bytes and all pairs of them. */
function tableOf(label: string): Map<string, number[]> {
  const known = tables.get(label)
  if (known !== undefined) return known
  const table = new Map<string, number[]>()
  const decoder = new TextDecoder(label, { fatal: true })
  const note = (bytes: number[]) => {
    try {
      const text = decoder.decode(Uint8Array.from(bytes))
      if ([...text].length === 1 && !table.has(text)) table.set(text, bytes)
    } catch {
      // No letter has these bytes.
    }
  }
  for (let first = 0; first < 256; first += 1) note([first])
  for (let first = 0x81; first < 255; first += 1) for (let second = 0x40; second < 255; second += 1) note([first, second])
  tables.set(label, table)
  return table
}

/** Text in an encoding that TextDecoder knows by name, of one or two bytes a letter. Throws for letters it does not have. */
export function encodeText(label: string, text: string): Buffer {
  const table = tableOf(label)
  return Buffer.from([...text].flatMap((letter) => {
    const bytes = table.get(letter)
    if (bytes === undefined) throw new RangeError(`${letter} is not in ${label}`)
    return bytes
  }))
}
