import { describe, expect, test } from 'vitest'
import { content, exportLines, otherSha256, sealedLines, signer } from './certificate.testkit.ts'
import { beganBy, rowsOfDecisions } from './compare-rows.ts'
import { issueCertificate, type CertificateContent } from './signing.ts'
import { verifyCertificate } from './verify.ts'

test.each([
  [null, 'request'], ['ready:1', 'version'], ['uploaded:1', 'version'], ['tagged:7', 'change'], ['changed:7', 'change'], ['event:7', 'change'], ['constructor', null], ['effect:1:0', 'run'], ['somehow', null], [7, null], [undefined, null],
])('a run of the cause %s began by a %s', (cause, began) => { expect(beganBy(cause)).toBe(began) })

async function* each(lines: readonly string[]): AsyncGenerator<string> { yield* lines }
const keys = [signer.publicKey]
const certificate = (change: (it: CertificateContent) => void): Buffer => {
  const it = content()
  change(it)
  return Buffer.from(issueCertificate(signer, it))
}
/** What the rows contradict of a certificate that the installation signed as it is: when it is issued, and years later by an export. */
async function contradicted(change: (it: CertificateContent) => void, lines: ReadonlyMap<number, string> = sealedLines()): Promise<string[]> {
  const file = certificate(change)
  const [issued, exported] = [await verifyCertificate(file, { keys, rows: lines }), await verifyCertificate(file, { keys, export: each(exportLines()) })]
  expect(exported.findings).toEqual(issued.findings)
  return issued.findings.flatMap(({ code, at }) => (code.startsWith('audit.') ? [`${code} ${at ?? ''}`] : []))
}

test('the rows that were sealed tell what the certificate does', async () => {
  expect(await contradicted(() => undefined)).toEqual([])
  expect(content().decisions.map(({ id }) => rowsOfDecisions(sealedLines()).get(id))).toEqual(content().decisions.map(({ row }) => row))
})

describe('what was changed after it was sealed and before it was signed is told', () => {
  test.each<[string, (it: CertificateContent) => void, number]>([
    ['a verdict', (it) => { it.decisions[2]!.verdict = 'reject' }, 17],
    ['who decided', (it) => { it.decisions[2]!.person = it.decisions[0]!.person }, 17],
    ['the bytes', (it) => { it.decisions[2]!.contentSha256 = otherSha256 }, 17],
    ['the version', (it) => { it.decisions[2]!.version = 1 }, 17],
    ['the second factor', (it) => { it.decisions[3]!.secondFactor = true }, 18],
    ['how they came in', (it) => { it.decisions[3]!.via = 'session' }, 18],
    ['a comment', (it) => { it.decisions[1]!.comment = 'Never.' }, 12],
    ['when', (it) => { it.decisions[1]!.at = '2026-11-28T11:00:00.001Z' }, 12],
    ['which decision', (it) => { it.decisions[1]!.id = it.decisions[0]!.id }, 12],
    ['its row', (it) => { it.decisions[1]!.row = 6 }, 12],
    ['in whose place', (it) => { it.decisions[2]!.onBehalfOf = null }, 14],
    ['who handed it on', (it) => { it.decisions[3]!.handedOnBy = null }, 15],
    ['why they were asked', (it) => { it.decisions[3]!.why = 'asked' }, 15],
    ['why no answer was needed', (it) => { it.unheard[1]!.end = 'stale' }, 11],
    ['what a stage came to', (it) => { it.stages[0]!.outcome = 'approved' }, 8],
    ['who asked', (it) => { it.run.began = 'version' }, 1],
    ['the outcome', (it) => { it.run.outcome = 'rejected' }, 21],
    ['the end', (it) => { it.run.endedAt = '2026-11-30T09:06:30.000Z' }, 21],
    ['the version that it is about', (it) => { it.document.version = 3 }, 21],
    ['the bytes that it is about', (it) => { it.document.sha256 = otherSha256 }, 21],
  ])('%s', async (_, change, seq) => { expect(await contradicted(change)).toContain(`audit.contradicts ${seq}`) })

  test('somebody whom the certificate does not name', async () => {
    expect(await contradicted((it) => { it.unheard.splice(0, 1) })).toEqual(['audit.contradicts 5', 'audit.contradicts 7'])
    expect(await contradicted((it) => { it.decisions.splice(3, 1) })).toEqual(['audit.contradicts 15', 'audit.contradicts 18'])
  })

  test('somebody of whom the audit tells nothing', async () => {
    const taskId = '0197f0aa-0000-7000-8000-00000000ffff' as CertificateContent['unheard'][number]['taskId']
    expect(await contradicted((it) => { it.unheard.push({ ...it.unheard[0]!, taskId }) })).toEqual([
      `audit.silent workflows.task-assigned.v1 ${taskId}`, `audit.silent workflows.task-closed.v1 ${taskId}`,
    ])
  })
})

test('a row that tells of the run stands for itself, although the certificate does not name it', async () => {
  const file = certificate((it) => { it.audit.rows = it.audit.rows.filter(({ seq }) => seq !== 7) ; it.unheard.splice(0, 1) })
  const { findings } = await verifyCertificate(file, { keys, export: each(exportLines()) })
  expect(findings.map(({ code, at }) => `${code} ${at ?? ''}`)).toEqual(['audit.contradicts 5', 'audit.contradicts 7'])
})

test('a row that the export leaves out is missing, though its hash stands in a seal', async () => {
  const { findings } = await verifyCertificate(certificate(() => undefined), { keys, export: each(exportLines(undefined, 17)) })
  expect(findings.map(({ code, at }) => `${code} ${at ?? ''}`)).toEqual(['audit.missing 17'])
})
