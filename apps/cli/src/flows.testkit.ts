import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testTemporal } from '@intellidocs/testing'
import { expect, vi } from 'vitest'
import { startWorkerProcess } from '../../worker/src/worker-process.testkit.ts'
import { startApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, type Terminal } from './terminals.testkit.ts'
import type { Ran } from './run.testkit.ts'

const LONG = { timeout: 50_000, interval: 100 }

/** API and worker as processes of their own on a real Temporal, people at their terminals, and groups that they belong to. Only for tests. */
export async function openOffice(groups: Readonly<Record<string, readonly string[]>>) {
  const api = await startApiProcess(await testTemporal())
  const dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-flows-'))
  const owner = await openOwner(api, dir)
  const people: Record<string, Terminal> = {}
  for (const name of new Set(Object.values(groups).flat())) people[name] = await openInvited(api, { dir, email: `${name}@example.org`, by: owner, role: 'editor' })
  for (const [group, names] of Object.entries(groups)) {
    await well(owner.run('groups', 'create', group))
    for (const name of names) await well(owner.run('groups', 'add', group, `${name}@example.org`))
  }
  // Not before: it sends the mail, out of which invitations are taken.
  const worker = await startWorkerProcess({ HOME: dir, ...api.env })
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(dir, name), content)
    return join(dir, name)
  }
  return {
    api, dir, owner, file,
    /** By the name in front of their address. */
    of(name: string): Terminal {
      const found = people[name]
      if (found === undefined) throw new Error(`nobody is called ${name}`)
      return found
    },
    /** A document that has been read, the owner's unless it is somebody else's. */
    async document(name: string, by = owner): Promise<string> {
      await well(by.run('ingest', await file(name, `the words of ${name}`)))
      return name
    },
    /** Until this person is asked about a document. */
    asked: (who: Terminal, document: string): Promise<void> =>
      vi.waitFor(async () => expect((await who.run('tasks')).stdout).toContain(`${document} (version`), LONG),
    /** What `flows run` says, once it says that. */
    told: (document: string, part: string): Promise<string> => vi.waitFor(async () => {
      const { stdout } = await owner.run('flows', 'run', document)
      expect(stdout).toContain(part)
      return stdout
    }, LONG),
    soon: <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, LONG),
    async close() {
      await worker.stop()
      await api.close()
      await rm(dir, { recursive: true })
    },
  }
}

export type Office = Awaited<ReturnType<typeof openOffice>>

/** A command that must do what it was asked. */
export async function well(running: Promise<Ran>): Promise<Ran> {
  const ran = await running
  expect(ran).toMatchObject({ code: 0 })
  return ran
}
