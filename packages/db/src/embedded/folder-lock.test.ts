import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FolderLockedError, lockFolder } from './folder-lock.ts'

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'intellidocs-lock-')) })
afterEach(async () => { await rm(folder, { recursive: true, force: true }) })
const file = (): string => join(folder, 'intellidocs.lock.7')

test('a held folder is refused, a released one is free, and one empty file is left behind', async () => {
  const lock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toThrow(FolderLockedError)
  await lock.release()
  await (await lockFolder(folder)).release()
  expect(await readdir(folder)).toEqual(['intellidocs.lock.2'])
})

test('the lock of a process that is gone is taken over at once', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => { gone.once('exit', resolve) })
  await writeFile(file(), [hostname(), gone.pid, '1'].join('\n'))
  await (await lockFolder(folder)).release()
})

test('a process id that was given to another process does not keep the folder locked', async () => {
  await writeFile(file(), [hostname(), process.pid, 'another start'].join('\n'))
  await (await lockFolder(folder)).release()
})

test('a lock of another host holds while it is refreshed and falls when it is not', async () => {
  await writeFile(file(), ['elsewhere', 1, '1'].join('\n'))
  await expect(lockFolder(folder)).rejects.toThrow(/process 1 on elsewhere/)
  const old = new Date(Date.now() - 120_000)
  await utimes(file(), old, old)
  await (await lockFolder(folder)).release()
})

test('of many who find a dead lock at the same time exactly one gets the folder', async () => {
  for (let round = 0; round < 10; round++) {
    await writeFile(join(folder, `intellidocs.lock.${100 * (round + 1)}`), [hostname(), 2 ** 22 + 1, '1'].join('\n'))
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    const held = tries.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(held).toHaveLength(1)
    await held[0]?.release()
  }
})
