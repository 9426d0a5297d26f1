import type { Compound } from '../../archive/compound.ts'
import { codePageDecoder } from '../../text/code-pages.ts'
import type { RawFacts } from '../../text/facts.ts'
import { windowsTime } from '../../text/windows-time.ts'

/** The stream in which Office files of 1997 to 2003 speak of themselves. */
const streamName = '\u0005SummaryInformation'
/** Numbers of properties ([MS-OLEPS] 2.18 and 3.1.2) and the types of their values. */
const properties = { codePage: 1, title: 2, author: 4, created: 12, saved: 13 }
const types = { short: 0x02, bytes: 0x1e, wide: 0x1f, time: 0x40 }
/** Where the place of the first section stands, and of a section where its list begins. */
const [sectionAt, listAt] = [44, 8]
const mostProperties = 100

type Property = { readonly type: number; readonly value: Buffer }

function propertiesOf(stream: Buffer): Map<number, Property> {
  const section = stream.subarray(stream.readUInt32LE(sectionAt))
  const count = Math.min(section.readUInt32LE(4), mostProperties)
  const found = new Map<number, Property>()
  for (let index = 0; index < count; index += 1) {
    const at = listAt + index * 8
    const value = section.subarray(section.readUInt32LE(at + 4))
    found.set(section.readUInt32LE(at), { type: value.readUInt16LE(0), value: value.subarray(4) })
  }
  return found
}

function textOf(property: Property | undefined, codePage: number): string | undefined {
  if (property === undefined) return undefined
  const { type, value } = property
  const length = type === types.bytes ? value.readUInt32LE(0) : type === types.wide ? value.readUInt32LE(0) * 2 : 0
  const bytes = value.subarray(4, 4 + length)
  const text = type === types.wide ? bytes.toString('utf16le') : codePageDecoder(codePage).decode(bytes)
  return text.split('\0', 1)[0]
}

const momentOf = (property: Property | undefined): string | undefined => (property?.type === types.time ? windowsTime(property.value.readBigUInt64LE(0)) : undefined)

/** What doc, xls and ppt say of themselves. Of a locked file this part may be locked as well, and then says nothing. @throws RangeError where it is damaged */
export function summaryOf(compound: Compound): RawFacts {
  const stream = compound.find(streamName)
  if (stream === undefined) return {}
  const found = propertiesOf(compound.read(stream))
  const page = found.get(properties.codePage)
  const codePage = page?.type === types.short ? page.value.readUInt16LE(0) : 1_252
  return {
    title: textOf(found.get(properties.title), codePage), author: textOf(found.get(properties.author), codePage),
    createdAt: momentOf(found.get(properties.created)), modifiedAt: momentOf(found.get(properties.saved)),
  }
}
