import { connect, type Socket } from 'node:net'
import { percentile, rounded } from '../figures.ts'
import { signInAdministrator, pause, until, type Headers } from './client.ts'
import type { Target } from './target.ts'

const SOCKETS = 500
const DRIP_MS = 1000
const LIMIT_MS = 20_000

const headerLines = (headers: Headers): string => Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')

/** Connections that never finish: their headers, the body of a call, the body of an upload. How long each kind lives, and what others wait meanwhile. */
export async function measureSlowSenders(target: Target, { say }: { say: (line: string) => void }) {
  const headers = await signInAdministrator(target)
  const alone = await goodRequests(target, headers, pause(3000))
  const kinds = {
    slowloris: 'GET /healthz HTTP/1.1\r\nhost: bench\r\nx-a: ',
    slow_call: 'POST /trpc/auth.signIn HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
    slow_upload: `POST /api/v1/documents HTTP/1.1\r\nhost: bench\r\nx-file-name: slow.txt\r\n${headerLines(headers)}content-length: 100000\r\n\r\nx`,
  }
  const measured: Record<string, number> = {}
  for (const [kind, start] of Object.entries(kinds)) {
    const lives = dripAll(target, start)
    const waits = await goodRequests(target, headers, lives)
    const { longestS, answered408, open } = await lives
    say(`${kind}: ${SOCKETS} closed within ${rounded(longestS)} s, ${answered408} with 408, ${open} left open`)
    Object.assign(measured, {
      [`${kind}_closed_s`]: rounded(longestS), [`${kind}_408`]: answered408, [`${kind}_left_open`]: open,
      [`${kind}_good_request_p50_ms`]: rounded(percentile(waits, 0.5) ?? 0), [`${kind}_good_request_max_ms`]: rounded(Math.max(...waits)),
    })
  }
  return { slow_senders: SOCKETS, ...measured, good_request_alone_max_ms: rounded(Math.max(...alone)) }
}

async function dripAll(target: Target, start: string): Promise<{ longestS: number; answered408: number; open: number }> {
  const began = performance.now()
  const all = Array.from({ length: SOCKETS }, () => drip(target.port, start))
  await until('slow senders are closed', LIMIT_MS, () => all.every(({ socket }) => socket.destroyed)).catch(() => undefined)
  const open = all.filter(({ socket }) => !socket.destroyed).length
  const ends = all.map(({ endedAt }) => (endedAt() ?? performance.now()) - began)
  for (const { socket } of all) socket.destroy()
  return { longestS: Math.max(...ends) / 1000, answered408: all.filter(({ heard }) => heard().startsWith('HTTP/1.1 408')).length, open }
}

function drip(port: number, start: string): { socket: Socket; heard: () => string; endedAt: () => number | undefined } {
  const socket = connect({ port, host: '127.0.0.1' })
  let heard = ''
  let endedAt: number | undefined
  socket.on('error', () => undefined).on('data', (piece: Buffer) => { heard += piece.toString('latin1') })
  socket.write(start)
  const timer = setInterval(() => socket.write('x'), DRIP_MS)
  socket.once('close', () => { clearInterval(timer); endedAt = performance.now() })
  return { socket, heard: () => heard, endedAt: () => endedAt }
}

/** A list asked for ten times a second until `end`: milliseconds of each, every other one over a connection of its own. */
async function goodRequests(target: Target, headers: Headers, end: Promise<unknown>): Promise<number[]> {
  let over = false
  const ending = end.finally(() => { over = true })
  const times: number[] = []
  while (!over) {
    const began = performance.now()
    const response = await fetch(`${target.url}/trpc/documents.list?input=%7B%7D`, { headers: { ...headers, ...(times.length % 2 === 0 ? { connection: 'close' } : {}) } })
    await response.text()
    if (!response.ok) throw new Error(`a good request was answered ${response.status}`)
    times.push(performance.now() - began)
    await pause(100)
  }
  await ending
  return times
}
