import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auditSigner, content, documentBytes, exportLines, otherSha256, respelled, signer, strangers } from './certificate.testkit.ts'
import { certificateShape, type Certificate } from './certificate.ts'
import { canonicalJson, issueCertificate, type CertificateContent } from './signing.ts'
import { verifyCertificate, type CertificateReport } from './verify.ts'

const keys = [signer.publicKey]
const text = issueCertificate(signer, content())
const verified = (file: string | Uint8Array, given: Parameters<typeof verifyCertificate>[1] = { keys }): Promise<CertificateReport> =>
  verifyCertificate(typeof file === 'string' ? Buffer.from(file) : file, given)
const codes = (report: CertificateReport): string[] => report.findings.map(({ code, at }) => (at === null ? code : `${code} ${at}`))
async function* each(lines: readonly string[]): AsyncGenerator<string> { yield* lines }

/** As somebody writes it who has no key: spelled rightly, with the signature that was there. */
const forged = (change: (it: Certificate) => void): string => {
  const it = certificateShape.parse(JSON.parse(text))
  change(it)
  return canonicalJson(it)
}
const issued = (change: (it: CertificateContent) => void, by = signer): string => {
  const it = content()
  change(it)
  return issueCertificate(by, it)
}

test('a certificate holds with nothing but itself and the key, and with its document and the export of the audit', async () => {
  const document = createHash('sha256').update(documentBytes).digest('hex')
  const report = await verified(text, { keys, document, export: each(exportLines()) })
  expect(report).toMatchObject({ ok: true, kind: 'json', findings: [], kept: 0, certificate: { run: { outcome: 'approved' } } })
  expect(await verified(text, { keys: [] })).toMatchObject({ ok: true })
})

test('a certificate whose key was replaced since holds with its own key, and with the others beside it', async () => {
  const old = issueCertificate(strangers, content())
  expect(await verified(old, { keys: [strangers.publicKey] })).toMatchObject({ ok: true })
  expect(await verified(old, { keys: [signer.publicKey, strangers.publicKey] })).toMatchObject({ ok: true })
  expect(codes(await verified(old))).toEqual([`signature.unknown-key ${strangers.keyId}`])
})

/** Every place of the certificate that holds one value. */
function* leavesOf(value: unknown, path: (string | number)[] = []): Generator<{ path: (string | number)[]; value: unknown }> {
  if (typeof value !== 'object' || value === null) return yield { path, value }
  for (const [key, inner] of Object.entries(value)) yield* leavesOf(inner, [...path, Array.isArray(value) ? Number(key) : key])
}

const other = (value: unknown): unknown => {
  if (typeof value === 'string') return value === '' ? 'x' : `${value.slice(0, -1)}${value.endsWith('1') ? '2' : '1'}`
  if (typeof value === 'number') return value + 1
  return typeof value === 'boolean' ? !value : 'x'
}

test('no value can be another one', async () => {
  const leaves = [...leavesOf(JSON.parse(text))]
  expect(leaves.length).toBeGreaterThan(120)
  for (const { path, value } of leaves) {
    const it = JSON.parse(text) as Record<string, unknown>
    const parent = path.slice(0, -1).reduce<Record<string, unknown>>((inner, key) => inner[key] as Record<string, unknown>, it)
    parent[String(path.at(-1))] = other(value)
    const report = await verified(canonicalJson(it))
    expect(report.ok, path.join('.')).toBe(false)
    const [first] = codes(report)
    expect(first, path.join('.')).toMatch(/^(form|signature\.wrong|signature\.unknown-key)/)
  }
})

describe('what was changed is named', () => {
  test.each<[string, string, string[]]>([
    ['a decision removed', forged((it) => it.decisions.splice(1, 1)), ['signature.wrong', 'stage.outcome legal, round 2']],
    ['a decision added', forged((it) => it.decisions.push(it.decisions[1]!)), ['signature.wrong']],
    ['decisions in another order', forged((it) => it.decisions.reverse()), ['signature.wrong']],
    ['another outcome', forged((it) => { it.run.outcome = 'rejected' }), ['signature.wrong', 'run.outcome']],
    ['a row of the audit removed', forged((it) => it.audit.rows.splice(0, 1)), ['signature.wrong']],
    ['signed by a stranger', issueCertificate(strangers, content()), [`signature.unknown-key ${strangers.keyId}`]],
    ['signed by a stranger under our key’s name', forged((it) => {
      const { signature: _, ...unsigned } = it
      it.signature = strangers.sign(canonicalJson(unsigned))
    }), ['signature.wrong']],
    ['the same, in other words', JSON.stringify(JSON.parse(text), null, 2), ['spelling']],
    ['the same, said twice', text.replace('{', '{"issuedAt":"2020-01-01T00:00:00.000Z",'), ['spelling']],
    ['a blank behind it', `${text} `, ['spelling']],
    ['a member that nobody knows', text.replace('{', '{"__proto__":{},'), ['form']],
    ['a signature in another spelling', forged((it) => { it.signature = respelled(it.signature) }), ['form']],
    ['cut off', text.slice(0, -1), ['form']],
    ['nothing', '', ['form']],
    ['a mark before it', `\uFEFF${text}`, ['form']],
  ])('%s', async (_, file, expected) => {
    expect(codes(await verified(file))).toEqual(expected)
  })

  test('half a surrogate pair and bytes that are no UTF-8 are no certificate', async () => {
    expect(codes(await verified(text.replace('Hafen', '\\ud800')))).toEqual(['form'])
    expect(codes(await verified(Buffer.concat([Buffer.from(text), Buffer.from([0xff])])))).toEqual(['form'])
  })
})

describe('an approval of other bytes', () => {
  const others = (change: (it: CertificateContent) => void): string => issued((it) => {
    it.decisions[1]!.contentSha256 = otherSha256
    change(it)
  })

  test('is told where the outcome counts it, even if the installation signed it', async () => {
    expect(codes(await verified(others(() => undefined)))).toEqual(['decision.other-bytes 2'])
  })

  test('is no fault where the flow lets it stand, where the stage was asked anew, or where nobody decided', async () => {
    expect(await verified(others((it) => { it.stages[1]!.keeps = true }))).toMatchObject({ ok: true, kept: 1 })
    // The first decision of the certificate is such a one.
    expect(content().decisions[0]).toMatchObject({ round: 1, contentSha256: otherSha256 })
    expect(await verified(text)).toMatchObject({ ok: true, kept: 0 })
    expect(await verified(others((it) => { [it.run.outcome, it.run.withdrawnBy] = ['withdrawn', it.run.requester] }))).toMatchObject({ ok: true, kept: 0 })
  })
})

test('a file that is not the document is told', async () => {
  expect(codes(await verified(text, { keys, document: otherSha256 }))).toEqual(['document.different'])
})

describe('against an export of the audit', () => {
  const against = async (file: string, lines: readonly string[], trusted = keys): Promise<string[]> => codes(await verified(file, { keys: trusted, export: each(lines) }))

  test('each row has to stand there as the certificate names it', async () => {
    const hash = 'a'.repeat(64)
    expect(await against(issued((it) => { it.audit.rows[1]!.hash = hash }), exportLines())).toEqual(['audit.different 2'])
    expect(await against(issued((it) => { it.audit.rows[1]!.seq = 22 }), exportLines())).toEqual(['audit.head', 'audit.missing 22'])
  })

  test('a head that the audit’s key did not sign, or another head at its place, is told', async () => {
    const made = issued((it) => { it.audit.head = { ...it.audit.head, hash: 'b'.repeat(64) } })
    expect(await against(made, exportLines())).toEqual(['audit.head', 'audit.head-different 21'])
  })

  test('an export that does not hold, or another organization’s, is told', async () => {
    const lines = exportLines()
    expect((await against(text, lines.with(3, (lines[3] ?? '').replace('"kind":"user"', '"kind":"User"'))))[0]).toMatch(/^audit\.export-broken row 2: the row was changed/)
    expect((await against(text, lines.slice(0, -1)))[0]).toMatch(/^audit\.export-broken/)
    expect(await against(issued((it) => { it.org.id = it.flow.id as string as typeof it.org.id }), lines)).toEqual(['audit.head', 'audit.other-org'])
  })

  test('one that another key of the audit signed needs that key', async () => {
    const replaced = exportLines(strangers)
    expect((await against(text, replaced))[0]).toMatch(/^audit\.export-broken/)
    expect(await against(text, replaced, [...keys, strangers.publicKey])).toEqual([])
    expect(await against(text, exportLines(auditSigner))).toEqual([])
  })
})

test('no byte can be another one', async () => {
  const bytes = Buffer.from(text)
  await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
    const changed = Buffer.from(bytes)
    changed[at] = (bytes[at] ?? 0) ^ by
    expect((await verified(changed)).ok).toBe(false)
  }), { numRuns: 2_000 })
})

test('no byte can be missing or too many', async () => {
  const bytes = Buffer.from(text)
  await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.uint8Array({ maxLength: 3 }), fc.nat(3), async (at, put, taken) => {
    const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + taken)])
    fc.pre(!changed.equals(bytes))
    expect((await verified(changed)).ok).toBe(false)
  }), { numRuns: 1_000 })
})
