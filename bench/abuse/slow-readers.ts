import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createCrowd, type Login } from './accounts.ts'
import { percentile, rounded } from '../figures.ts'
import { causeEvent, headersOf, pause, until } from './client.ts'
import { openRawSocket, type RawSocket } from './raw-websocket.ts'
import { startReaders } from './readers.ts'
import type { Target } from './target.ts'

const LISTENERS = 200
const SLOW = 5
const EVENTS = 100
const BETWEEN_MS = 30
/** Told to the slow ones alone: more than the 4 MB that may wait and what the kernel holds besides. */
const FLOOD = { events: 200, bytes: 48 * 1024 }
const TOO_SLOW = 1013

type Look = { most: number; closing: number[] }
/** Bytes that wait in the process for the connection with most of them, and the ports of the sockets that it has begun to close. */
const look = `(() => {
  const sockets = process._getActiveHandles().filter((handle) => handle.writableLength !== undefined)
  const websocketOf = (socket) => socket[Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'websocket')]
  return {
    most: Math.max(0, ...sockets.map(({ writableLength }) => writableLength)),
    closing: sockets.filter((socket) => websocketOf(socket)?.readyState === 2).map(({ remotePort }) => remotePort),
  }
})()`

/**
 * The others' times from asking for an event until each hears of it, with the same flood of events for some: these read it (the others are
 * as good as alone), or they do not. What the flood costs is in both, so that the difference is what not reading does to the others. Twice
 * each and in turns, because the machine has its moods too.
 */
export async function measureSlowReaders(target: Target, { say }: { say: (line: string) => void }) {
  const { orgId, logins } = await createCrowd(target.adminUrl, LISTENERS + SLOW)
  const [others, slow] = [logins.slice(SLOW), logins.slice(0, SLOW)]
  const readers = startReaders(1)
  const run = { target, orgId, slow, cause: headersOf(others[0] ?? { token: '', org: '' }), readers }
  try {
    await readers.open(target.port, others)
    await flooded(run, true)
    const rounds: Flooded[] = []
    for (const reads of [true, false, false, true]) {
      const round = await flooded(run, reads)
      const p99 = rounded(percentile(round.latencies, 0.99) ?? 0)
      say(`others while the flood is ${reads ? 'read' : `not read, ${round.closed} of ${SLOW} closed`}: p99 ${p99} ms`)
      rounds.push(round)
    }
    const [alone, withSlow] = [rounds.filter(({ reads }) => reads), rounds.filter(({ reads }) => !reads)]
    const timeOf = (which: Flooded[], part: number): number => rounded(percentile(which.flatMap(({ latencies }) => latencies), part) ?? 0)
    const sum = (of: (round: Flooded) => number, which = withSlow): number => which.reduce((total, round) => total + of(round), 0)
    return {
      slow_readers: SLOW * withSlow.length, slow_closed: sum(({ closed }) => closed), slow_closed_1013: sum(({ told }) => told),
      slow_reader_buffer_mb: rounded(Math.max(...withSlow.map(({ waitingMb }) => waitingMb)), 2),
      others_p50_alone_ms: timeOf(alone, 0.5), others_p50_ms: timeOf(withSlow, 0.5), others_p99_alone_ms: timeOf(alone, 0.99),
      others_p99_ms: timeOf(withSlow, 0.99), others_lost: sum(({ lost }) => lost, rounds),
    }
  } finally {
    await readers.leave()
  }
}

type Run = { target: Target; orgId: string; slow: readonly Login[]; cause: Record<string, string>; readers: ReturnType<typeof startReaders> }

type Flooded = { reads: boolean; latencies: number[]; lost: number; waitingMb: number; closed: number; told: number }

async function flooded({ target, orgId, slow, cause, readers }: Run, reads: boolean): Promise<Flooded> {
  const sockets = await Promise.all(slow.map((login) => subscribe(target.port, login)))
  const codes: (number | null)[] = []
  for (const { socket, closed } of sockets) {
    void closed.then((code) => codes.push(code))
    if (!reads) socket.pause()
  }
  let waiting = 0
  const sampling = setInterval(() => {
    target.inspector.evaluate<Look>(look).then(({ most, closing }) => {
      waiting = Math.max(waiting, most)
      // Reads on once it is too late: behind what waits for it stands why.
      for (const { socket } of sockets) if (closing.includes(socket.localPort ?? 0)) socket.resume()
    }, () => undefined)
  }, 20)
  const flood = addEvents(target.adminUrl, { orgId, audience: slow.map(({ userId }) => `user:${userId}`) })
  // Waited for below; until then it must not count as unhandled.
  flood.catch(() => undefined)
  const latencies: number[] = []
  let lost = 0
  for (let n = 0; n < EVENTS; n += 1) {
    const { folderId, at } = await causeEvent(target, cause)
    await until('the others hear', 30_000, async () => (await readers.heard(folderId)).length >= LISTENERS)
    const times = await readers.heard(folderId)
    lost += LISTENERS - times.length
    latencies.push(...times.map((time) => Number(time - at) / 1e6))
    await pause(BETWEEN_MS)
  }
  await flood
  if (!reads) await until('who does not read is closed', 10_000, () => codes.length === SLOW).catch(() => undefined)
  clearInterval(sampling)
  const closed = codes.length
  for (const { socket } of sockets) socket.destroy()
  return { reads, latencies, lost, waitingMb: waiting / 2 ** 20, closed, told: codes.filter((code) => code === TOO_SLOW).length }
}

async function subscribe(port: number, login: Login): Promise<RawSocket> {
  const started = Promise.withResolvers<void>()
  const raw = openRawSocket({ port, onText: (text) => {
    if (text === 'PING') raw.send('PONG')
    else if (text.includes('"type":"started"')) started.resolve()
  } })
  await raw.opened
  raw.send(JSON.stringify({ method: 'connectionParams', data: login }))
  raw.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream' } }))
  await started.promise
  return raw
}

/** Events of a size that the product never makes, in portions of a tenth each quarter of a second. */
async function addEvents(adminUrl: string, { orgId, audience }: { orgId: string; audience: readonly string[] }): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    for (let part = 0; part < 10; part += 1) {
      await client.query(`insert into event (org_id, type, actor_id, audience, payload)
        select $1::uuid, 'documents.folder-changed.v1', $2::uuid, $3::text[], jsonb_build_object('folderId', $2::uuid, 'changed', jsonb_build_array(repeat('x', $4::int)))
        from generate_series(1, $5::int)`, [orgId, randomUUID(), audience, FLOOD.bytes, FLOOD.events / 10])
      await pause(250)
    }
  } finally {
    await client.end()
  }
}
