/** Folders and files of a compound file ([MS-CFB]), by their names. */
export type CompoundTree = { readonly [name: string]: Buffer | CompoundTree }

const [sectorBytes, miniBytes, miniCutoff, entryBytes] = [512, 64, 4_096, 128]
const [endOfChain, free, tableSector] = [0xfffffffe, 0xffffffff, 0xfffffffd]
const kinds = { storage: 1, stream: 2, root: 5 }

type Entry = { name: string; kind: number; bytes: Buffer; child: number; next: number }

/** Entries in the order of the directory. Siblings hang in a line, each at the right of the one before: a tree all the same. */
function entriesOf(tree: CompoundTree): Entry[] {
  const entries: Entry[] = [{ name: 'Root Entry', kind: kinds.root, bytes: Buffer.alloc(0), child: free, next: free }]
  const add = (folder: CompoundTree, parent: Entry) => {
    const names = Object.keys(folder).toSorted((a, b) => a.length - b.length || (a.toUpperCase() < b.toUpperCase() ? -1 : 1))
    let before: Entry | null = null
    for (const name of names) {
      const content = folder[name] ?? Buffer.alloc(0)
      const isFile = Buffer.isBuffer(content)
      const entry: Entry = { name, kind: isFile ? kinds.stream : kinds.storage, bytes: isFile ? content : Buffer.alloc(0), child: free, next: free }
      if (before === null) parent.child = entries.length
      else before.next = entries.length
      entries.push(entry)
      if (!isFile) add(content, entry)
      before = entry
    }
  }
  add(tree, entries[0] as Entry)
  return entries
}

/** Puts contents one after the other into units of a size and notes their chains. */
function createUnits(size: number) {
  const parts: Buffer[] = []
  const table: number[] = []
  return {
    table,
    add: (bytes: Buffer): number => {
      const count = Math.ceil(bytes.length / size)
      if (count === 0) return endOfChain
      const start = table.length
      for (let unit = 0; unit < count; unit += 1) table.push(unit === count - 1 ? endOfChain : start + unit + 1)
      parts.push(bytes, Buffer.alloc(count * size - bytes.length))
      return start
    },
    bytes: () => Buffer.concat(parts),
  }
}

const numbers = (values: readonly number[], count: number): Buffer => {
  const bytes = Buffer.alloc(count * 4, 0xff)
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4))
  return bytes
}

/** A compound file of version 3, as old Office programs and Outlook keep their documents in. */
export function compoundFile(tree: CompoundTree): Buffer {
  const entries = entriesOf(tree)
  const [sectors, mini] = [createUnits(sectorBytes), createUnits(miniBytes)]
  const starts = entries.map(({ kind, bytes }) => kind !== kinds.stream ? 0 : (bytes.length < miniCutoff ? mini : sectors).add(bytes))
  const miniStream = mini.bytes()
  starts[0] = sectors.add(miniStream)
  const directory = Buffer.alloc(Math.ceil(entries.length / 4) * sectorBytes)
  entries.forEach(({ name, kind, bytes, child, next }, index) => {
    const at = index * entryBytes
    directory.write(name, at, 'utf16le')
    directory.writeUInt16LE((name.length + 1) * 2, at + 64)
    directory.writeUInt8(kind, at + 66)
    directory.writeUInt8(1, at + 67)
    ;[free, next, child].forEach((value, position) => directory.writeUInt32LE(value, at + 68 + position * 4))
    directory.writeUInt32LE(starts[index] ?? 0, at + 116)
    directory.writeUInt32LE(kind === kinds.root ? miniStream.length : bytes.length, at + 120)
  })
  const miniTable = sectors.add(numbers(mini.table, Math.ceil(mini.table.length / 128) * 128))
  const directoryStart = sectors.add(directory)
  const used = sectors.table.length
  const tables = Math.ceil((used + 1) / 127)
  const header = Buffer.alloc(sectorBytes, 0xff)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header)
  header.fill(0, 8, 24)
  ;[0x3e, 3, 0xfffe, 9, 6].forEach((value, index) => header.writeUInt16LE(value, 24 + index * 2))
  header.fill(0, 34, 44)
  ;[tables, directoryStart, 0, miniCutoff, miniTable, Math.ceil(mini.table.length / 128), endOfChain, 0].forEach((value, index) => header.writeUInt32LE(value, 44 + index * 4))
  for (let index = 0; index < tables; index += 1) header.writeUInt32LE(used + index, 76 + index * 4)
  const table = numbers([...sectors.table, ...Array.from({ length: tables }, () => tableSector)], tables * 128)
  return Buffer.concat([header, sectors.bytes(), table])
}
