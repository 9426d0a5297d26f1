import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findVersitygw, startVersitygw, type S3Server } from '../../../../packages/storage/src/versitygw.testkit.ts'
import { runCli } from '../run.testkit.ts'
import { openBackupHouse, type BackupHouse, type Place } from './backup.testkit.ts'

// Each restores into databases that are started for it.
vi.setConfig({ testTimeout: 300_000 })

const CLI = fileURLToPath(new URL('../../bin/intellidocs.mjs', import.meta.url))
const binary = findVersitygw()

let house: BackupHouse
let s3: S3Server
beforeAll(async () => {
  if (binary === null) return
  house = await openBackupHouse()
  s3 = await startVersitygw(binary)
})
afterAll(async () => {
  if (binary === null) return
  await s3.close()
  await house.close()
})

/** As a process of its own, because credentials come from the environment alone. */
async function cli(env: Place, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args, '--json'], { env: { PATH: process.env['PATH'], ...env } })
  return JSON.parse(stdout) as unknown
}

test.skipIf(binary === null)('files go from a folder into S3 and back, and no byte is another', async () => {
  const first = house.folder()
  await house.cli('backup', first)
  const kind = house.kinds[0] ?? 'pglite'
  const inS3 = await house.emptyPlace(kind, {
    BLOBS: `s3://${s3.bucket}?endpoint=${encodeURIComponent(s3.endpoint)}&region=us-east-1`,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  })
  expect(await cli(inS3, 'restore', first)).toMatchObject({ ok: true, blobs: 3 })
  expect(await cli(inS3, 'verify')).toMatchObject({ ok: true, documents: 3, blobs: 3 })
  const second = house.folder()
  expect(await cli(inS3, 'backup', second)).toMatchObject({ ok: true, lost: [], blobs: { named: 3, copied: 3 } })

  const onDisk = await house.emptyPlace(kind)
  expect(await runCli(['restore', second], { env: onDisk })).toMatchObject({ code: 0 })
  expect((await runCli(['verify', '--json'], { env: onDisk })).json()).toMatchObject({ ok: true, documents: 3, blobs: 3 })
  const files = async (dir: string) => (await readdir(join(dir, 'blobs', 'org'), { recursive: true })).sort()
  expect(await files(onDisk['DATA_DIR'] ?? '')).toEqual(await files(first))
})
