import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@intellidocs/kernel'
import { findGoTool } from '@intellidocs/testing'

/** A real S3 server for tests. Null when none can be had. */
export const findVersitygw = (): string | null => findGoTool('versitygw', 'github.com/versity/versitygw/cmd/versitygw@latest')

export type S3Server = {
  endpoint: string
  bucket: string
  bucketDir: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  close(): Promise<void>
}

/** Starts the server on a free port over an empty folder that holds one bucket. */
export async function startVersitygw(binary: string): Promise<S3Server> {
  const dir = await mkdtemp(join(tmpdir(), 'intellidocs-s3-'))
  const bucket = 'documents'
  await mkdir(join(dir, 'data', bucket), { recursive: true })
  const port = await freePort()
  const credentials = { accessKeyId: 'test-access', secretAccessKey: 'test-secret-of-this-run' }
  const child = spawn(binary, ['--quiet', '--port', `127.0.0.1:${port}`, 'posix', join(dir, 'data')], {
    env: { PATH: process.env['PATH'], HOME: dir, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const endpoint = `http://127.0.0.1:${port}`
  await untilAnswering(endpoint, child)
  return {
    endpoint, bucket, credentials, bucketDir: join(dir, 'data', bucket),
    async close() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.kill('SIGTERM')) await gone
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function untilAnswering(endpoint: string, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end && child.exitCode === null; await pause(50)) {
    const answer = await fetch(endpoint).catch(() => null) // refused until it listens
    if (answer) return
  }
  child.kill('SIGKILL')
  throw new Error('versitygw did not start')
}
