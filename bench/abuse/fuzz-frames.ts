import { createRandom, type Random } from '@intellidocs/testing'
import { signInAdministrator, type Headers } from './client.ts'
import { hostileText, procedures } from './hostile-json.ts'
import { frame, openRawSocket, type RawSocket } from './raw-websocket.ts'
import type { Target } from './target.ts'

const FIN = 0x80
const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10] as const

/** What is sent in place of one good frame. */
const hostile: readonly ((random: Random) => Buffer)[] = [
  (random) => frame(FIN | random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), Buffer.from('x')),
  (random) => frame(random.pick([0x40, 0x20, 0x10]) | FIN | TEXT, Buffer.from('{}')),
  () => frame(FIN, Buffer.from('a continuation of nothing')),
  () => Buffer.concat([frame(TEXT, Buffer.from('{"id":')), frame(FIN | TEXT, Buffer.from('1}'))]),
  (random) => Buffer.concat(Array.from({ length: random.pick([2, 30, 63, 64, 65, 200]) }, (_, n) => frame(n === 0 ? TEXT : 0, Buffer.from('x')))),
  () => Buffer.concat([frame(TEXT, Buffer.from('[')), frame(FIN | PING, Buffer.from('between')), frame(FIN, Buffer.from(']'))]),
  () => frame(PING, Buffer.from('a fragmented ping')),
  () => frame(FIN | PING, Buffer.alloc(126)),
  (random) => frame(FIN | random.pick([PING, PONG]), random.bytes(random.int(0, 124))),
  (random) => frame(FIN | CLOSE, random.pick([Buffer.alloc(0), Buffer.alloc(1), Buffer.from([0x03, 0xed]), Buffer.from([0, 1]), random.bytes(20)])),
  (random) => frame(FIN | TEXT, Buffer.alloc(random.pick([65_535, 65_536, 65_537, 200_000]), 'x')),
  // 4 EB are announced, and a few bytes come.
  () => Buffer.from([FIN | TEXT, 0xff, 0x3f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4, 120]),
  () => Buffer.from([FIN | TEXT, 0xff, 0xff, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4, 120]),
  () => Buffer.concat([Buffer.from([FIN | TEXT, 2]), Buffer.from('{}')]),
  (random) => frame(FIN | TEXT, Buffer.from([0xc3, 0x28, 0xff, random.int(0, 255), 0xed, 0xa0, 0x80])),
  (random) => frame(FIN | random.pick([TEXT, BINARY]), Buffer.from(hostileText(random).slice(0, 60_000))),
  (random) => frame(FIN | BINARY, random.bytes(random.int(0, 1999))),
  (random) => frame(FIN | TEXT, Buffer.from(JSON.stringify(wrongShape(random)))),
  (random) => frame(FIN | TEXT, Buffer.from(JSON.stringify(Array.from({ length: random.pick([0, 5, 20, 21, 300]) }, () => wrongShape(random))))),
  (random) => random.bytes(random.int(1, 40)),
]

/** JSON that looks like a call and is none. Ids of all kinds, methods of all kinds, inputs of all kinds. */
function wrongShape(random: Random): unknown {
  const id = random.pick([1, 2, 0, -1, 1.5, '1', '', 'x'.repeat(1000), null, true, {}, [], 2 ** 60])
  const method = random.pick(['query', 'mutation', 'subscription', 'subscription', 'subscription.stop', 'connectionParams', 'reconnect', 'x', '', null, 7])
  const input = random.pick([null, 1, 'x', [], {}, { __proto__: null, lastEventId: 'x' }, { lastEventId: '9'.repeat(90) }, { id: 'x' }, { limit: -1 }])
  const params = random.pick([{ path: random.pick(procedures), input }, { path: random.pick(procedures), input, lastEventId: random.pick(['x', '1-1', '', 'x'.repeat(500)]) }, { path: 7 }, { input }, null, 'x', []])
  return random.pick([{ id, method, params }, { id, jsonrpc: '2.0', method, params }, { id, jsonrpc: '3.0', method, params }, { method, params }, { id, method }, { id, result: {} }, id, params])
}

/**
 * Sends that many frames, most to sockets that are signed in; a socket that was closed for one is replaced. Answers how many were closed
 * and the answers that were faults of ours.
 */
export async function fuzzFrames(target: Target, { count, seed = 4 }: { count: number; seed?: number }) {
  const random = createRandom(seed)
  const headers = await signInAdministrator(target)
  const faults: string[] = []
  const onText = (text: string): void => { if (text.includes('"httpStatus":5')) faults.push(text.slice(0, 300)) }
  let sockets = 0
  let closed = 0
  let current: RawSocket | undefined
  for (let n = 0; n < count; n += 1) {
    if (current === undefined || current.socket.destroyed || random.int(0, 24) === 0) {
      current?.socket.destroy()
      current = await open(target, { random, headers, onText })
      sockets += 1
      void current.closed.then(() => { closed += 1 })
    }
    const { socket } = current
    if (!socket.write(random.pick(hostile)(random))) await Promise.race([new Promise((resolve) => { socket.once('drain', resolve) }), current.closed])
    // So that the answer to one may come before the next: a socket that was refused swallows what is sent after.
    if (random.int(0, 2) === 0) await new Promise((resolve) => { setTimeout(resolve, 3) })
  }
  current?.socket.destroy()
  return { frames: count, sockets, closed, faults }
}

type Opening = { random: Random; headers: Headers; onText: (text: string) => void }

async function open(target: Target, { random, headers, onText }: Opening): Promise<RawSocket> {
  const raw = openRawSocket({ port: target.port, onText })
  await raw.opened
  const token = (headers['authorization'] ?? '').slice(7)
  const data = { token: random.int(0, 9) === 0 ? hostileText(random).slice(0, 1000) : token, org: target.administrator.org }
  if (random.int(0, 19) > 0) raw.send(JSON.stringify({ method: 'connectionParams', data }))
  return raw
}
