import type { FolderId } from '@intellidocs/contracts'
import { createTestOrg, testDatabase, type TestOrg } from '@intellidocs/testing'
import { expect, vi } from 'vitest'
import { claim, type Claimed, type Wanted } from './relay-store.ts'
import {
  createCommitNotifier, createLog, createOutbox, createRelay, createUnitOfWork, newId, subscriber, systemClock, type RelayOptions, type Subscriber,
} from './index.ts'

export const TYPE = 'documents.folder-created.v1'
export const log = createLog({ level: 'silent', name: 'test' })

type State = { id: bigint; state: string; attempts: number; last_error: string | null }

export type RelayHouse = Awaited<ReturnType<typeof openRelays>>

/** Only for tests: an organization on a fresh database, and relays that run until the end of a test. */
export async function openRelays() {
  const db = await testDatabase({ maxConnections: 20 })
  const org = await createTestOrg(db.database)
  const unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: createCommitNotifier({ database: db.database, log }) })
  let stops: (() => Promise<void>)[] = []
  const states = () => unit.runAsSystem((tx) => tx.$queryRaw<State[]>`select id, state, attempts, last_error from delivery order by id`)

  async function appendOf({ owner }: TestOrg, count: number, ...names: string[]): Promise<string[]> {
    const outbox = createOutbox()
    outbox.register(names.map((name) => subscriber({ name, events: [TYPE], handle: async () => undefined })))
    const ids = Array.from({ length: count }, () => newId() as FolderId)
    await Promise.all(ids.map((folderId) =>
      unit.runInTx(owner, (tx) => outbox.append(tx, owner, { type: TYPE, payload: { folderId }, audit: false }))))
    return ids
  }

  return {
    db, org, unit, states, appendOf,
    async claim(wish: Wanted): Promise<Claimed> {
      const [claimed] = await claim(db.database, [wish])
      if (claimed === undefined) throw new Error('a wish had no answer')
      return claimed
    },
    append: (count: number, ...names: string[]): Promise<string[]> => appendOf(org, count, ...names),
    empty: () => vi.waitFor(async () => expect(await states()).toEqual([]), { timeout: 30_000, interval: 20 }),
    /** A relay that runs until the test's end; answers how to end it sooner. */
    start(subscribers: Subscriber[], over: Partial<RelayOptions> = {}): () => Promise<void> {
      const controller = new AbortController()
      const running = createRelay({ database: db.database, subscribers, log, clock: systemClock, signal: controller.signal, retryDelay: () => 0,
        pollMs: 50, ...over }).run()
      const stop = async () => {
        controller.abort()
        await running
      }
      stops.push(stop)
      return stop
    },
    /** After each test. */
    async clear(): Promise<void> {
      await Promise.all(stops.map((stop) => stop()))
      stops = []
      await unit.runAsSystem((tx) => tx.$executeRaw`delete from delivery`)
    },
    close: () => db.close(),
  }
}
