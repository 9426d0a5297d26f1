import { createConnection } from 'node:net'

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
