import { createConnection, createServer } from 'node:net'

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

/** The wanted port when it is free, else one that the system gives. It may be taken before it is used: the caller's start then fails and is tried again. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined && await isFree(wanted)) return wanted
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port was given')))
    })
  })
}

/** Whether somebody accepts connections there. */
export function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host })
    const done = (result: boolean) => () => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', done(true)).once('error', done(false)).setTimeout(1_000, done(false))
  })
}
