import { posix } from 'node:path'
import { openZip, type Zip } from '../../archive/zip.ts'
import type { ParserInput } from '../parser.types.ts'
import { coreFacts } from './fields.ts'
import { walkXml } from './xml.ts'

export type Relation = { id: string; type: string; target: string }

/** The parts a part points at. Targets outside the file (`TargetMode="External"`) are left out: nothing is ever fetched. */
export function relationsOf(zip: Zip, part: string): Relation[] {
  const file = posix.join(posix.dirname(part), '_rels', `${posix.basename(part)}.rels`)
  if (!zip.has(file)) return []
  const relations: Relation[] = []
  walkXml(zip.read(file), {
    open: (name, { Id, Type, Target, TargetMode }) => {
      if (name !== 'Relationship' || Id === undefined || Target === undefined || TargetMode === 'External') return
      const target = Target.startsWith('/') ? Target.slice(1) : posix.join(posix.dirname(part), Target)
      relations.push({ id: Id, type: (Type ?? '').split('/').at(-1) ?? '', target })
    },
  })
  return relations
}

/** Parts of the given kinds that `part` points at and that exist. */
export function partsOf(zip: Zip, part: string, types: readonly string[]): string[] {
  return relationsOf(zip, part).filter(({ type, target }) => types.includes(type) && zip.has(target)).map(({ target }) => target)
}

/** The part that everything starts from; `usual` where the file does not say. */
export function mainPart(zip: Zip, usual: string): string {
  return partsOf(zip, '', ['officeDocument'])[0] ?? usual
}

/** Tells what the core properties of an Office file say. */
export function tellCoreFacts(input: ParserInput, zip: Zip): void {
  input.facts(() => {
    const [part] = partsOf(zip, '', ['core-properties'])
    return part === undefined ? {} : coreFacts(zip.read(part))
  })
}

/** Opens the archive for `work` and closes it again. What is left of damaged parts is read, and a warning says so. */
export async function withPackage(input: ParserInput, work: (zip: Zip) => void | Promise<void>): Promise<void> {
  let isDamaged = false
  const onDamage = () => {
    if (!isDamaged) input.warn({ reason: 'repaired_file' })
    isDamaged = true
  }
  const zip = openZip(input.file.path, { maxUnpackedBytes: input.limits.unpackedBytes, onDamage })
  try {
    await work(zip)
  } finally {
    zip.close()
  }
}
