import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { fault, type Fault, type Suite } from './harness/fault.ts'
import type { Stack } from './harness/stack.ts'
import { startLoad } from './postgres-load.ts'

/** What twenty rounds brought in is read at the end. */
const DRAIN_MS = 900_000

const pidsOf = ({ apis, workers }: Stack): number[] => [...apis, ...workers].map((program) => program.pid())

/** The database ends under load and comes back; API and worker are left to themselves. */
export const crash = (name: string, signal: 'SIGKILL' | 'SIGQUIT', what: string): Fault => fault({
  name, what, drainMs: DRAIN_MS,
  async arrange({ stack, client, random }) {
    const load = startLoad({ stack, client, random })
    await load.goesOn(2)
    return { load, pids: pidsOf(stack) }
  },
  act: ({ stack, random }, { load }) => load.during(async () => {
    // Anywhere within an upload, its reading, or between two.
    await delay(random.int(0, 400))
    await stack.postgres.kill(signal)
    await delay(random.int(0, 1_500))
    await stack.postgres.start()
    await load.goesOn(2)
  }),
  async expect({ stack }, { pids }) {
    assert.deepEqual(pidsOf(stack), pids, 'API and worker came through it without being started again')
  },
})

/** Every connection of API and worker is ended, one after the other, and as often as new ones come, while requests are in them. */
const connectionsEnded = fault({
  name: 'postgres connections ended one by one',
  what: 'pg_terminate_backend on 40 connections of the product, one every 30 to 120 ms, those that listen among them',
  drainMs: DRAIN_MS,
  async arrange({ stack, client, random }) {
    const load = startLoad({ stack, client, random })
    await load.goesOn(2)
    return { load, pids: pidsOf(stack), ended: { busy: 0, listening: 0 } }
  },
  act: ({ stack, random }, { load, ended }) => load.during(async () => {
    for (let left = 40; left > 0;) {
      const [one] = await stack.sql<{ busy: boolean; listening: boolean }>(`
        with chosen as (select pid, state <> 'idle' as busy, query ilike 'listen %' as listening from pg_stat_activity
          where usename = 'app_login' and datname = current_database() order by md5(pid::text || $1) limit 1)
        select busy, listening from chosen where pg_terminate_backend(pid)`, [String(random.next())])
      if (one !== undefined) left -= 1
      if (one?.busy === true) ended.busy += 1
      if (one?.listening === true) ended.listening += 1
      await delay(random.int(30, 120))
    }
    await load.goesOn(2)
  }),
  async expect({ stack }, { pids, ended }) {
    assert.ok(ended.busy > 0 && ended.listening > 0, `connections in the middle of a request and listening ones were among them: ${JSON.stringify(ended)}`)
    assert.deepEqual(pidsOf(stack), pids, 'API and worker came through it without being started again')
  },
})

export const suite: Suite = {
  name: 'postgres',
  faults: [
    crash('postgres killed', 'SIGKILL', 'kill -9 of the postmaster of a native PostgreSQL with fsync under uploads, deletes and reprocesses; restart'),
    crash('postgres stopped at once', 'SIGQUIT', 'pg_ctl stop -m immediate (SIGQUIT) under the same load; restart'),
    connectionsEnded,
  ],
}
