import { expect, test } from 'vitest'
import { verifyExport } from './verify-export.ts'

const header = {
  type: 'header', format: 'intellidocs-audit/1', org: '0197f0aa-0000-7000-8000-000000000001', complete: true, note: '', filter: {}, first: 1, seals: 0, last: 0,
  exportedAt: '2026-11-22T08:00:00.000Z', keyId: '0123456789abcdef', publicKey: 'A'.repeat(43),
}
const end = { type: 'end', rows: 0, digest: '0'.repeat(64), keyId: '0123456789abcdef', signature: '' }
async function* file(...lines: object[]): AsyncGenerator<string> { for (const line of lines) yield JSON.stringify(line) }
const ESCAPE = '\u001b]0;owned\u0007'

test('a key id that holds anything but sixteen hexadecimal digits is no line of an export and is told to nobody', async () => {
  for (const keyId of [ESCAPE, `0123456789abcde${ESCAPE}`, '', '0123456789ABCDEF', '0123456789abcdef0']) {
    const inHeader = await verifyExport(file({ ...header, keyId }), { keys: [] })
    expect(inHeader).toMatchObject({ ok: false, keyId: null, broken: { seq: 1, problem: 'this line is not one of an export' } })
    const inEnd = await verifyExport(file(header, { ...end, keyId }), { keys: [] })
    expect(inEnd).toMatchObject({ ok: false, keyId: header.keyId, broken: { problem: 'this line is not one of an export' } })
  }
  for (const publicKey of [ESCAPE, `${'A'.repeat(42)}\u001b`]) expect((await verifyExport(file({ ...header, publicKey }), { keys: [] })).broken?.problem).toBe('this line is not one of an export')
})
