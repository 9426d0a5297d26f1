import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that systems hand out by themselves (from 32,768 on Linux, from 49,152 elsewhere): no connection takes one of these between the look and the use. */
const [FIRST, BEHIND] = [20_000, 32_000]
const TRIES = 100

/** Whether this process could listen on a port of every local address right now. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::']) if (!await canListen(port, host)) return false
  return true
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else if (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL') resolve(true) // no IPv6 here
      else reject(error)
    })
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

/** The wanted port when it is free, else one by chance, so that programs that start at the same moment do not take the same. It may be taken before it is used: the caller's start then fails and is tried again. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined && await isFree(wanted)) return wanted
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, BEHIND)
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${FIRST} to ${BEHIND - 1} is free`)
}
