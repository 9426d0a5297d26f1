import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { FolderLockedError, lockFolder } from '../embedded/folder-lock.ts'
import { openPGlite } from '../embedded/pglite.ts'
import { serveWire } from '../embedded/wire-server.ts'

/*
 * node pglite-server.ts --data-dir DIR [--port N]
 * The first line of stdin is the password (not an argument: arguments can be read by every user of the machine).
 * One line of JSON on stdout when connections are accepted. Ends cleanly on SIGTERM, SIGINT, or when stdin ends: whoever started it is gone.
 */
const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, 'port': { type: 'string', default: '0' } } })
const dataDir = values['data-dir']

function stop(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

async function main(folder: string, port: number): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  const password = await new Promise<string>((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => { stop('no password on stdin') })
  })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(folder)
  const began = performance.now()
  const db = await openPGlite(`${folder}/pglite`)
  const server = await serveWire({ db, port, password, maxConnections: 100 })

  let closing: Promise<void> | undefined
  const close = (): void => {
    closing ??= server.close().then(() => db.close()).then(() => lock.release()).then(() => process.exit(0))
    closing.catch((error: unknown) => { stop(`the database could not be closed: ${String(error)}`) })
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
  lines.removeAllListeners('close').once('close', close)
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'postgres', port: server.port, startMs: Math.round(performance.now() - began) })}\n`)
}

if (dataDir === undefined || !/^\d{1,5}$/.test(values.port)) stop('usage: pglite-server.ts --data-dir DIR [--port N]')
main(dataDir, Number(values.port)).catch((error: unknown) => {
  if (error instanceof FolderLockedError) stop(error.message)
  stop(`the embedded database did not start: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
})
