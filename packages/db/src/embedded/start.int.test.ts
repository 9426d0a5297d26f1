import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start.ts'

let dataDir: string
beforeEach(async () => { dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-embedded-')) })
afterEach(async () => { await rm(dataDir, { recursive: true, force: true }) })

const poolOf = (server: EmbeddedPostgres): pg.Pool => {
  const pool = new pg.Pool({ connectionString: server.url, max: 8 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

test('a second process on the same folder is told who holds it, and a closed one leaves the folder free', async () => {
  const first = await startEmbeddedPostgres({ dataDir })
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(new RegExp(`in use by process ${first.pid} on`))
  await first.close()
  expect(await first.exited).toEqual({ code: 0, signal: null })
  const second = await startEmbeddedPostgres({ dataDir })
  await second.close()
})

test('nothing that was acknowledged is lost when the process is killed, round after round', { timeout: 240_000 }, async () => {
  let acknowledged = 0
  for (let round = 0; round < 3; round++) {
    const server = await startEmbeddedPostgres({ dataDir })
    const pool = poolOf(server)
    await pool.query('create table if not exists written (round int, writer int, n int, pad text not null, primary key (round, writer, n))')
    const { rows } = await pool.query('select count(*)::int as n from written')
    expect(rows[0].n).toBeGreaterThanOrEqual(acknowledged)
    acknowledged = rows[0].n

    let killed = false
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; !killed; n++) {
        try {
          await pool.query('insert into written values ($1, $2, $3, $4)', [round, writer, n, 'x'.repeat(500)])
          acknowledged++
        } catch (error) {
          // The write that was under way when the process died: unknown, so not counted.
          if (!killed) throw error
        }
      }
    })
    const target = acknowledged + 100 + round * 37
    while (acknowledged < target) await delay(5)
    killed = true
    process.kill(server.pid, 'SIGKILL')
    await Promise.all(writers)
    await pool.end().catch(() => undefined)
    expect((await server.exited).signal).toBe('SIGKILL')
  }
  const server = await startEmbeddedPostgres({ dataDir })
  const pool = poolOf(server)
  expect((await pool.query('select count(*)::int as n from written')).rows[0].n).toBeGreaterThanOrEqual(acknowledged)
  expect((await pool.query('reindex table written')).command).toBe('REINDEX')
  await pool.end()
  await server.close()
})
