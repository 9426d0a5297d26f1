import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditSigner, content, documentBytes, exportLines, issueCertificate, printCertificate, signer, strangers } from '../../../packages/certificate/src/certificate.testkit.ts'
import { runCli, type Ran } from './run.testkit.ts'

let dir: string
const file = (name: string): string => join(dir, name)
const key = signer.publicKey

/** Everything offline: an address where nobody answers, and nobody signed in. */
const verify = (...args: string[]): Promise<Ran> =>
  runCli(['certificate', 'verify', ...args], { env: { XDG_CONFIG_HOME: join(dir, 'nobody'), INTELLIDOCS_URL: 'http://127.0.0.1:9' } })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-certificate-'))
  const text = issueCertificate(signer, content())
  await writeFile(file('c.json'), text)
  await writeFile(file('c.pdf'), await printCertificate(text, signer))
  await writeFile(file('document.pdf'), documentBytes)
  await writeFile(file('audit.jsonl'), `${exportLines().join('\n')}\n`)
})
afterAll(() => rm(dir, { recursive: true }))

test('pages and text verify offline with the key, the document and an export of the audit', async () => {
  for (const name of ['c.json', 'c.pdf']) {
    const ran = await verify(file(name), '--key', key, '--document', file('document.pdf'), '--export', file('audit.jsonl'))
    expect(ran, name).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('"Framework agreement 2027.pdf", version 2: approved in "Contracts over 50,000" on 2026-11-29.')
    expect(ran.stdout).toContain('approved  2026-11-29  Chiara Rossi, with a second factor')
    expect(ran.stdout).toMatch(/document\.pdf is the document\.\n20 rows of the audit as in the export\.\nok\n$/)
  }
  const { code, json } = await verify(file('c.pdf'), '--key', key, '--json')
  expect(code).toBe(0)
  expect(json()).toMatchObject({ ok: true, kind: 'pdf', trusted: true, kept: 0, findings: [], certificate: { format: 'intellidocs-certificate/1' } })
})

test('without a key it says that it believed the file; with another one nothing is proven', async () => {
  expect(await verify(file('c.json'))).toMatchObject({ code: 0, stderr: expect.stringContaining('The key in the file was believed') })
  const ran = await verify(file('c.json'), '--key', strangers.publicKey)
  expect(ran).toMatchObject({ code: 1, stdout: `wrong at ${signer.keyId}: It is signed with a key that was not given as one to trust.\n` })
  expect(await verify(file('c.json'), '--key', 'no key')).toMatchObject({ code: 1 })
})

test('what was changed is said, and nothing else is claimed', async () => {
  const text = await readFile(file('c.json'), 'utf8')
  await writeFile(file('changed.json'), text.replace('"outcome":"approved","reason"', '"outcome":"rejected","reason"'))
  expect(await verify(file('changed.json'), '--key', key)).toMatchObject({ code: 1, stdout: 'wrong: What the certificate says is not what was signed.\nwrong: The outcome does not follow from what the stages came to.\n' })
  const pdf = await readFile(file('c.pdf'))
  pdf[pdf.length - 9_000] = (pdf[pdf.length - 9_000] ?? 0) ^ 1
  await writeFile(file('changed.pdf'), pdf)
  expect(await verify(file('changed.pdf'), '--key', key)).toMatchObject({ code: 1, stdout: expect.stringMatching(/^wrong: The pages are not the ones that were issued/) })
  expect(await verify(file('c.json'), '--key', key, '--document', file('c.json'))).toMatchObject({ code: 1, stdout: expect.stringContaining('not the document') })
  await writeFile(file('cut.jsonl'), `${exportLines(auditSigner).slice(0, -1).join('\n')}\n`)
  expect(await verify(file('c.json'), '--key', key, '--export', file('cut.jsonl'), '--json')).toMatchObject({ code: 1, stdout: expect.stringContaining('"audit.export-broken"') })
})

test('what is no certificate, not there, or called wrongly is told apart', async () => {
  expect(await verify(file('document.pdf'))).toMatchObject({ code: 1, stdout: expect.stringContaining('This is no certificate') })
  expect(await verify(file('missing'))).toMatchObject({ code: 1, stderr: expect.stringContaining('is not there') })
  expect(await verify(file('c.json'), '--export', file('missing'))).toMatchObject({ code: 1, stderr: expect.stringContaining('is not there') })
  expect((await verify()).code).toBe(2)
})

test('names drive no terminal', async () => {
  const it = content()
  it.document.name = '\u001b[31mred\u202e.pdf'
  await writeFile(file('hostile.json'), issueCertificate(signer, it))
  const { stdout } = await verify(file('hostile.json'), '--key', key)
  expect(stdout).toContain('"\ufffd[31mred\ufffd.pdf"')
})
