import { ExtractionError } from '../errors.ts'

/** A storage (a folder, with `children`) or a stream (a file, without) of a compound file. */
export type CompoundNode = { readonly name: string; readonly children: ReadonlyMap<string, CompoundNode> | null; readonly start: number; readonly size: number }

/** The file system inside old Office files and Outlook messages ([MS-CFB]). */
export type Compound = {
  readonly root: CompoundNode
  /** A node by the names that lead to it, whatever their case; undefined where there is none. */
  find(...path: string[]): CompoundNode | undefined
  /** The content of a stream. Throws `corrupt` when its sectors do not reach. */
  read(node: CompoundNode): Buffer
}

const signature = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const [lastRegular, endOfChain, none] = [0xfffffffa, 0xfffffffe, 0xffffffff]
const [headerTables, entryBytes, miniSectorBytes] = [109, 128, 64]
const kinds = { storage: 1, stream: 2, root: 5 }
const maxDepth = 32

const corrupt = (message: string) => new ExtractionError('corrupt', message, { mime: 'application/x-cfb' })

type Sectors = { readonly shift: number; at(sector: number): Buffer }

function sectorsOf(bytes: Buffer): Sectors {
  const shift = bytes.readUInt16LE(30)
  if (shift !== 9 && shift !== 12) throw corrupt('a compound file with sectors of an unknown size')
  const size = 1 << shift
  return {
    shift,
    at: (sector) => {
      const from = (sector + 1) * size
      // The last one may be cut short by a careless writer.
      if (sector > lastRegular || from >= bytes.length) throw corrupt('a sector of the compound file is missing')
      return bytes.subarray(from, from + size)
    },
  }
}

/** The table that says for each sector which one follows it; its own sectors are listed in the header, and further ones in a chain. */
function readTable(bytes: Buffer, sectors: Sectors): Uint32Array {
  const places: number[] = []
  const most = Math.ceil(bytes.length / (1 << sectors.shift))
  const take = (list: Buffer, count: number) => {
    for (let at = 0; at < count && at * 4 + 4 <= list.length; at += 1) {
      const sector = list.readUInt32LE(at * 4)
      if (sector <= lastRegular) places.push(sector)
    }
  }
  take(bytes.subarray(76), headerTables)
  const perSector = (1 << sectors.shift) / 4 - 1
  for (let [next, seen] = [bytes.readUInt32LE(68), 0]; next <= lastRegular; seen += 1) {
    if (seen > most) throw corrupt('the list of tables of the compound file has no end')
    const list = sectors.at(next)
    take(list, perSector)
    next = list.length < (perSector + 1) * 4 ? endOfChain : list.readUInt32LE(perSector * 4)
  }
  if (places.length > most) throw corrupt('more tables than the compound file has sectors')
  return numbersOf(places.map((sector) => sectors.at(sector)))
}

function numbersOf(parts: readonly Buffer[]): Uint32Array {
  const bytes = Buffer.concat(parts)
  return Uint32Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readUInt32LE(at * 4))
}

/** The sectors of a chain, no more than hold `size` bytes. A chain that comes back to itself ends there all the same. */
function chain(table: Uint32Array, start: number, most: number): number[] {
  const found: number[] = []
  for (let next = start; next <= lastRegular && found.length < most; next = table[next] ?? endOfChain) found.push(next)
  return found
}

type Entry = { name: string; kind: number; left: number; right: number; child: number; start: number; size: number }

function readEntries(directory: Buffer): Entry[] {
  return Array.from({ length: Math.floor(directory.length / entryBytes) }, (_, index) => {
    const entry = directory.subarray(index * entryBytes, (index + 1) * entryBytes)
    const nameBytes = Math.min(64, entry.readUInt16LE(64))
    return {
      name: entry.toString('utf16le', 0, Math.max(0, nameBytes - 2)), kind: entry.readUInt8(66),
      left: entry.readUInt32LE(68), right: entry.readUInt32LE(72), child: entry.readUInt32LE(76),
      start: entry.readUInt32LE(116), size: entry.readUInt32LE(120),
    }
  })
}

/** Nodes by their entries. Each entry is met once, so that a directory that points back at itself has an end. */
function treeOf(entries: readonly Entry[], top: Entry): CompoundNode {
  const met = new Set<number>([0])
  const childrenOf = (first: number, depth: number): Map<string, CompoundNode> => {
    const children = new Map<string, CompoundNode>()
    const waiting = [first]
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const entry = entries[index]
      if (index === none || entry === undefined || met.has(index)) continue
      met.add(index)
      waiting.push(entry.left, entry.right)
      if (entry.kind === kinds.stream) children.set(entry.name.toLowerCase(), { ...entry, children: null })
      else if (entry.kind === kinds.storage && depth < maxDepth) children.set(entry.name.toLowerCase(), { ...entry, children: childrenOf(entry.child, depth + 1) })
    }
    return children
  }
  return { ...top, children: childrenOf(top.child, 0) }
}

/** Opens a compound file. @throws ExtractionError `corrupt` */
export function openCompound(bytes: Buffer): Compound {
  if (bytes.length < 512 || !bytes.subarray(0, 8).equals(signature)) throw corrupt('no compound file')
  const sectors = sectorsOf(bytes)
  const table = readTable(bytes, sectors)
  const most = Math.ceil(bytes.length / (1 << sectors.shift))
  const gather = (start: number, count: number) => chain(table, start, count).map((sector) => sectors.at(sector))
  const entries = readEntries(Buffer.concat(gather(bytes.readUInt32LE(48), most)))
  const top = entries[0]
  if (top === undefined || top.kind !== kinds.root) throw corrupt('the compound file has no directory')
  const root = treeOf(entries, top)
  const miniCutoff = bytes.readUInt32LE(56)
  let mini: { table: Uint32Array; stream: Buffer } | undefined
  const openMini = () => ({ table: numbersOf(gather(bytes.readUInt32LE(60), most)), stream: Buffer.concat(gather(top.start, most)) })

  const readSmall = ({ start, size }: CompoundNode): Buffer => {
    mini ??= openMini()
    const { table: miniTable, stream } = mini
    const parts = chain(miniTable, start, Math.ceil(size / miniSectorBytes)).map((sector) => stream.subarray(sector * miniSectorBytes, (sector + 1) * miniSectorBytes))
    return Buffer.concat(parts)
  }
  return {
    root,
    find: (...path) => path.reduce<CompoundNode | undefined>((node, name) => node?.children?.get(name.toLowerCase()), root),
    read: (node) => {
      if (node.size > bytes.length) throw corrupt(`the stream ${node.name} is longer than its file`)
      const content = node.size < miniCutoff ? readSmall(node) : Buffer.concat(gather(node.start, Math.ceil(node.size / (1 << sectors.shift))))
      if (content.length < node.size) throw corrupt(`the stream ${node.name} ends too early`)
      return content.subarray(0, node.size)
    },
  }
}
