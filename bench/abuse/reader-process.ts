import { openRawSocket, type RawSocket } from './raw-websocket.ts'
import type { ReaderCommand, ReaderReport } from './readers.ts'

// Forked by readers.ts: holds many subscribers, so that their memory and their work are not the measured process's.

type Message = { id: number | null; result?: { type?: string; data?: { data: { type: string; payload: { folderId?: string } } | null } }; error?: { data?: { appCode?: string } } }

const sockets: RawSocket[] = []
/** Arrivals of each folder's event: monotonic nanoseconds, the same clock in all processes of a machine. */
const heard = new Map<string, bigint[]>()
const refused = new Map<string, number>()
let closed = 0

const tell = (report: ReaderReport): void => void process.send?.(report)

function onMessage(text: string, reply: (text: string) => void, started: () => void): void {
  if (text === 'PING') return reply('PONG')
  const { result, error } = JSON.parse(text) as Message
  if (error !== undefined) refused.set(error.data?.appCode ?? 'unknown', (refused.get(error.data?.appCode ?? 'unknown') ?? 0) + 1)
  if (result?.type === 'started' || error !== undefined) started()
  const folderId = result?.data?.data?.payload.folderId
  if (folderId === undefined) return
  const times = heard.get(folderId)
  if (times === undefined) heard.set(folderId, [process.hrtime.bigint()])
  else times.push(process.hrtime.bigint())
}

async function openOne(port: number, login: { token: string; org: string }): Promise<void> {
  const started = Promise.withResolvers<void>()
  const raw = openRawSocket({ port, onText: (text) => onMessage(text, raw.send, started.resolve) })
  sockets.push(raw)
  void raw.closed.then(() => { closed += 1; started.reject(new Error('closed before the subscription began')) })
  await raw.opened
  raw.send(JSON.stringify({ method: 'connectionParams', data: login }))
  raw.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream' } }))
  await started.promise
}

async function openAll({ port, logins, atOnce }: Extract<ReaderCommand, { kind: 'open' }>): Promise<void> {
  const waiting = [...logins]
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let login = waiting.pop(); login !== undefined; login = waiting.pop()) await openOne(port, login)
  }))
}

async function obey(command: ReaderCommand): Promise<void> {
  if (command.kind === 'open') {
    await openAll(command)
    return tell({ kind: 'opened', sockets: sockets.length, closed, refused: Object.fromEntries(refused) })
  }
  if (command.kind === 'heard') return tell({ kind: 'heard', times: (heard.get(command.folderId) ?? []).map(String), closed })
  for (const { socket } of sockets) socket.destroy()
  process.disconnect()
}

process.on('message', (command: ReaderCommand) => {
  obey(command).catch((error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }))
})
// Whoever started us has gone.
process.on('disconnect', () => process.exit(0))
