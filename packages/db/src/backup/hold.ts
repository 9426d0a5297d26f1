import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { BackupError, connectPastPolicies } from './connection.ts'

const HELD_MINUTES = 15
const RENEW_MS = 60_000
const UNDEFINED_TABLE = '42P01'

export type BlobHold = {
  /** Throws when the hold could not be kept: bytes may have been removed meanwhile. */
  assertHeld(): void
  release(): Promise<void>
}

/**
 * Keeps the product from removing stored bytes until `release`, or, should this process die, for a quarter of an hour. To be taken before
 * the snapshot: bytes whose rows the snapshot still has are then held before anybody can find them unnamed.
 */
export async function holdBlobs(url: string): Promise<BlobHold> {
  const id = randomUUID()
  let until = await renew(url, id)
  let renewing: Promise<void> | undefined
  const timer = setInterval(() => {
    // One that fails is tried again in a minute; `until` tells in the end whether a try came in time.
    renewing ??= renew(url, id).then((time) => { if (Date.now() < until) until = time }, () => undefined).finally(() => { renewing = undefined })
  }, RENEW_MS)
  return {
    assertHeld() {
      if (Date.now() >= until) throw new BackupError('The database was away for too long: stored bytes may have been removed. Run the backup again.')
    },
    async release() {
      clearInterval(timer)
      await renewing
      await once(url, 'delete from blob_hold where id = $1 or until < now()', [id])
    },
  }
}

/** Answers until when, by this process's clock at the asking. */
async function renew(url: string, id: string): Promise<number> {
  const asked = Date.now()
  await once(url, `insert into blob_hold values ($1, now() + interval '${HELD_MINUTES} minutes')
    on conflict (id) do update set until = excluded.until`, [id])
  return asked + HELD_MINUTES * 60_000
}

/** On a connection of its own: the embedded database has one session, and the snapshot is in it. */
async function once(url: string, sql: string, values: unknown[]): Promise<void> {
  const client = await connectPastPolicies(url)
  try {
    await client.query(sql, values)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE)) throw error
    const sentence = 'The database is not that of this release: migrate it (npm run db:migrate), or back it up with its own release.'
    throw new BackupError(sentence, { cause: error })
  } finally {
    await client.end()
  }
}
