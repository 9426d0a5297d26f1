import { compoundFile, type CompoundTree } from './compound.ts'

export type OutlookMessage = {
  readonly subject: string
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  /** ISO 8601. */
  readonly sentAt: string
  readonly text?: string
  readonly html?: string
  /** Rich Text as Outlook packs it; here it is stored as it is. */
  readonly rtf?: string
  readonly attachments?: readonly ({ readonly name: string; readonly bytes: Buffer } | { readonly message: OutlookMessage })[]
  /** Texts in this code page instead of Unicode, already encoded by the caller. */
  readonly narrow?: (text: string) => Buffer
}

const epochMs = 11_644_473_600_000

function fixed(headBytes: number, entries: readonly { tag: number; type: number; value: bigint }[]): Buffer {
  const bytes = Buffer.alloc(headBytes + entries.length * 16)
  entries.forEach(({ tag, type, value }, index) => {
    const at = headBytes + index * 16
    bytes.writeUInt32LE(tag * 65_536 + type, at)
    bytes.writeUInt32LE(6, at + 4)
    bytes.writeBigUInt64LE(value, at + 8)
  })
  return bytes
}

function stored(rtf: string): Buffer {
  const bytes = Buffer.alloc(16 + rtf.length)
  ;[rtf.length + 12, rtf.length, 0x414c454d, 0].forEach((value, index) => bytes.writeUInt32LE(value, index * 4))
  bytes.write(rtf, 16, 'latin1')
  return bytes
}

function storage(message: OutlookMessage, headBytes: number): CompoundTree {
  const { narrow } = message
  const texts = (values: Record<string, string | undefined>): CompoundTree => Object.fromEntries(Object.entries(values).flatMap(([tag, value]) => value === undefined
    ? [] : [[`__substg1.0_${tag}${narrow === undefined ? '001F' : '001E'}`, narrow === undefined ? Buffer.from(value, 'utf16le') : narrow(value)] as const]))
  const attachments = (message.attachments ?? []).map((one, index) => [`__attach_version1.0_#${index.toString(16).padStart(8, '0')}`, 'message' in one
    ? { '__properties_version1.0': fixed(8, []), '__substg1.0_3701000D': storage(one.message, 24) }
    : { '__properties_version1.0': fixed(8, []), ...texts({ '3707': one.name }), '__substg1.0_37010102': one.bytes }] as const)
  return {
    '__properties_version1.0': fixed(headBytes, [{ tag: 0x0039, type: 0x40, value: BigInt(Date.parse(message.sentAt) + epochMs) * 10_000n }]),
    ...texts({ '0037': message.subject, '0C1A': message.from.name, '0C1F': message.from.address, '0E04': message.to, '1000': message.text }),
    ...(message.html === undefined ? {} : { '__substg1.0_10130102': Buffer.from(message.html) }),
    ...(message.rtf === undefined ? {} : { '__substg1.0_10090102': stored(message.rtf) }),
    ...Object.fromEntries(attachments),
  }
}

/** A message as Outlook saves it ([MS-OXMSG]). */
export const outlookMessage = (message: OutlookMessage): Buffer => compoundFile(storage(message, 32))
