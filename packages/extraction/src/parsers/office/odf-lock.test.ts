import { argon2Sync, createCipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { readHere } from '../../testing/read-here.ts'
import { odfFile } from '../../testing/sample-files.ts'

const password = 'spring tïde'
const example = (name: string) => readFile(join(import.meta.dirname, '../../../../../examples/formats', name))
const mime = 'application/vnd.oasis.opendocument.text'
const document = odfFile('text', `<text:p>${'Behind the lock '.repeat(200)}</text:p>`)
const [salt, vector] = [Buffer.from('0123456789abcdef'), Buffer.from('abcdefghijkl')]
const sum = (name: string, bytes: Uint8Array | string) => createHash(name).update(bytes).digest()
const manifestOf = (path: string, size: number, data: string) => strToU8(
  `<manifest:manifest><manifest:file-entry manifest:full-path="${path}" manifest:size="${size}"><manifest:encryption-data ${data}</manifest:encryption-data></manifest:file-entry></manifest:manifest>`)
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** As LibreOffice locks a document since 24.8: as a whole, by Argon2id and AES-GCM. */
function lockedWhole(told: { memory?: number; passes?: number } = {}): Buffer {
  const cost = { passes: 1, memory: 64, parallelism: 2 }
  const key = argon2Sync('argon2id', { message: sum('sha256', password), nonce: salt, tagLength: 32, ...cost })
  const cipher = createCipheriv('aes-256-gcm', key, vector)
  const sealed = Buffer.concat([vector, cipher.update(deflateRawSync(document)), cipher.final(), cipher.getAuthTag()])
  const { passes, memory, parallelism } = { ...cost, ...told }
  const data = `><manifest:algorithm manifest:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" manifest:initialisation-vector="${base64(vector)}"/><manifest:start-key-generation manifest:start-key-generation-name="http://www.w3.org/2001/04/xmlenc#sha256" manifest:key-size="32"/><manifest:key-derivation manifest:key-derivation-name="urn:org:documentfoundation:names:experimental:office:manifest:argon2id" manifest:key-size="32" loext:argon2-iterations="${passes}" loext:argon2-memory="${memory}" loext:argon2-lanes="${parallelism}" manifest:salt="${base64(salt)}"/>`
  return Buffer.from(zipSync({ 'mimetype': [strToU8(mime), { level: 0 }], 'encrypted-package': [sealed, { level: 0 }], 'META-INF/manifest.xml': manifestOf('encrypted-package', document.length, data) }))
}

/** As OpenOffice.org 3.4 and later do with other ciphers than its first: part by part. */
function lockedParts(told: { rounds?: number; algorithm?: string } = {}): Buffer {
  const files = unzipSync(document)
  const content = Buffer.from(deflateRawSync(files['content.xml'] ?? new Uint8Array()))
  const key = pbkdf2Sync(sum('sha1', password), salt, 1_000, 16, 'sha1')
  const cipher = createCipheriv('aes-128-cbc', key, salt)
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  const data = `manifest:checksum-type="SHA1/1K" manifest:checksum="${base64(sum('sha1', content.subarray(0, 1_024)))}"><manifest:algorithm manifest:algorithm-name="${told.algorithm ?? 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'}" manifest:initialisation-vector="${base64(salt)}"/><manifest:key-derivation manifest:key-derivation-name="PBKDF2" manifest:iteration-count="${told.rounds ?? 1_000}" manifest:salt="${base64(salt)}"/>`
  return Buffer.from(zipSync({ ...files, 'content.xml': [sealed, { level: 0 }], 'META-INF/manifest.xml': manifestOf('content.xml', strFromU8(files['content.xml'] ?? new Uint8Array()).length, data) }))
}

async function textBehind(file: Buffer): Promise<string> {
  await expect(readHere(file)).rejects.toMatchObject({ reason: 'password_required', mime: expect.stringContaining('opendocument') as string })
  await expect(readHere(file, { password: 'not it' })).rejects.toMatchObject({ reason: 'password_wrong' })
  return (await readHere(file, { password })).pages.map(({ text }) => text).join('\n')
}

test('a text and a workbook as LibreOffice 7 locks them open with their password', async () => {
  expect(await textBehind(await example('workshop-rules-locked.odt'))).toContain('Eye protection is worn at every machine')
  expect(await textBehind(await example('berths-locked.ods'))).toContain('Berths\nBerth\tLength m\tBoat\tUntil\nN1\t12\tPetrel\t2026-03-31')
})

test.each([['as a whole, by Argon2id and AES-GCM', lockedWhole], ['part by part, by SHA-1 and AES-128', lockedParts]] as const)('a document that is locked %s opens with its password', async (_way, make) => {
  expect(await textBehind(make())).toContain('Behind the lock Behind the lock')
})

test('locks that are made to be slow or large are refused before anything is computed, and those of other ciphers say so', async () => {
  for (const file of [lockedWhole({ memory: 8_000_000 }), lockedWhole({ passes: 1_000_000 }), lockedParts({ rounds: 2_000_000_000 }), lockedParts({ algorithm: 'Blowfish CFB' })])
    await expect(readHere(file, { password })).rejects.toMatchObject({ reason: 'unsupported_type', mime })
})

test('what is locked may unpack to no more than is allowed', async () => {
  await expect(readHere(lockedWhole(), { password, limits: { unpackedBytes: 1_000 } })).rejects.toMatchObject({ reason: 'output_limit' })
})
