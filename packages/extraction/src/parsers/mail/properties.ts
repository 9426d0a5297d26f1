import type { Compound, CompoundNode } from '../../archive/compound.ts'
import { windowsTime } from '../../text/windows-time.ts'

/** Numbers of properties of a message ([MS-OXPROPS]). */
export const tags = {
  subject: 0x0037, sentAt: 0x0039, transportHeaders: 0x007d, senderName: 0x0c1a, senderAddress: 0x0c1f, displayCc: 0x0e03, displayTo: 0x0e04,
  deliveredAt: 0x0e06, body: 0x1000, compressedRtf: 0x1009, html: 0x1013, displayName: 0x3001, data: 0x3701, shortFileName: 0x3704, longFileName: 0x3707, mimeType: 0x370e, contentId: 0x3712,
  internetCodePage: 0x3fde, messageCodePage: 0x3ffd, senderSmtp: 0x5d01,
} as const

const types = { int32: '0003', time: '0040', object: '000d', ansi: '001e', unicode: '001f', binary: '0102' }
/** Properties of fixed size lie in one stream, after a head whose length depends on what they belong to. */
const fixedBytes = 16
const headBytes = { message: 32, embedded: 24, attachment: 8 }

export type Properties = {
  text(tag: number): string
  /** The bytes of a text that is not Unicode. */
  narrow(tag: number): Buffer | null
  bytes(tag: number): Buffer | null
  /** A moment in ISO 8601; '' where there is none. */
  moment(tag: number): string
  number(tag: number): number | null
  /** The storage of a message within this one. */
  object(tag: number): CompoundNode | null
}

/** What a storage of a message says of itself. `decode` reads its texts that are not Unicode. */
export function propertiesOf(file: Compound, node: CompoundNode, of: { kind: keyof typeof headBytes; decode: (bytes: Buffer) => string }): Properties {
  const stream = (tag: number, type: string) => node.children?.get(`__substg1.0_${tag.toString(16).padStart(4, '0')}${type}`)
  const bytesOf = (tag: number, type: string) => {
    const found = stream(tag, type)
    return found === undefined || found.children !== null ? null : file.read(found)
  }
  const fixed = node.children?.get('__properties_version1.0')
  const list = fixed === undefined || fixed.children !== null ? Buffer.alloc(0) : file.read(fixed).subarray(headBytes[of.kind])
  const entry = (tag: number, type: string) => {
    for (let at = 0; at + fixedBytes <= list.length; at += fixedBytes) {
      if (list.readUInt32LE(at) === tag * 65_536 + Number.parseInt(type, 16)) return list.subarray(at + 8, at + fixedBytes)
    }
    return null
  }
  const narrow = (tag: number) => bytesOf(tag, types.ansi)
  return {
    text: (tag) => {
      const wide = bytesOf(tag, types.unicode)
      if (wide !== null) return wide.toString('utf16le')
      const bytes = narrow(tag)
      return bytes === null ? '' : of.decode(bytes)
    },
    narrow,
    bytes: (tag) => bytesOf(tag, types.binary),
    moment: (tag) => windowsTime(entry(tag, types.time)?.readBigUInt64LE(0) ?? 0n),
    number: (tag) => entry(tag, types.int32)?.readInt32LE(0) ?? null,
    object: (tag) => {
      const found = stream(tag, types.object)
      return found === undefined || found.children === null ? null : found
    },
  }
}
