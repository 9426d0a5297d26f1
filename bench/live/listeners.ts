// The listeners of bench:live, a process of its own, over the protocol that front ends speak. Reads one JSON line a question from standard input,
// answers with one.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

export type Question =
  | { readonly open: { readonly port: number; readonly logins: readonly { readonly token: string; readonly org: string }[] } }
  /** Milliseconds since 1970 at which each event was committed, by the event's id. */
  | { readonly judge: Readonly<Record<string, number>> }
  | { readonly leave: true }
export type Judged = { readonly latencies: readonly number[]; readonly lost: number; readonly duplicated: number; readonly disordered: number }

type Heard = { readonly id: string; readonly at: number }
type Message = { readonly result?: { readonly type?: string; readonly data?: { readonly id: string; readonly data: object | null } } }

const OPEN_AT_ONCE = 50
const now = (): number => performance.timeOrigin + performance.now()
let listeners: { socket: WebSocket; heard: Heard[] }[] = []

/** Resolves when the server has said where the stream begins: from there on nothing may be missing. */
async function listen(port: number, login: { token: string; org: string }): Promise<{ socket: WebSocket; heard: Heard[] }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc?connectionParams=1`, { perMessageDeflate: false })
  const heard: Heard[] = []
  const begun = Promise.withResolvers<void>()
  socket.on('message', (raw: Buffer) => {
    const at = now()
    const { result } = JSON.parse(raw.toString()) as Message
    if (result?.type !== 'data' || result.data === undefined) return
    if (result.data.data === null) begun.resolve()
    else heard.push({ id: result.data.id, at })
  })
  socket.once('close', (code) => begun.reject(new Error(`the server closed a socket with ${code}`)))
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: login }))
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream' } }))
  await begun.promise
  return { socket, heard }
}

async function open({ port, logins }: Extract<Question, { open: unknown }>['open']): Promise<object> {
  for (let at = 0; at < logins.length; at += OPEN_AT_ONCE) {
    listeners.push(...await Promise.all(logins.slice(at, at + OPEN_AT_ONCE).map((login) => listen(port, login))))
  }
  return { open: listeners.length }
}

/** Latencies in milliseconds of all events at all listeners; events that did not come, that came twice, and that came before an earlier one. */
function judge(committed: Readonly<Record<string, number>>): Judged {
  const latencies: number[] = []
  let [lost, duplicated, disordered] = [0, 0, 0]
  const order = new Map(Object.keys(committed).map((id, n) => [id, n]))
  for (const { heard } of listeners) {
    const seen = new Set<string>()
    let last = -1
    for (const { id, at } of heard) {
      const place = order.get(id)
      if (place === undefined) continue
      if (seen.has(id)) duplicated += 1
      else latencies.push(Number((at - (committed[id] ?? Number.NaN)).toFixed(2)))
      seen.add(id)
      if (place < last) disordered += 1
      last = Math.max(last, place)
    }
    lost += order.size - seen.size
  }
  return { latencies, lost, duplicated, disordered }
}

async function leave(): Promise<object> {
  await Promise.all(listeners.map(async ({ socket }) => {
    const gone = once(socket, 'close')
    socket.close()
    await gone
  }))
  listeners = []
  return { open: 0 }
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as Question
  const answer = 'open' in question ? await open(question.open) : 'judge' in question ? judge(question.judge) : await leave()
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
