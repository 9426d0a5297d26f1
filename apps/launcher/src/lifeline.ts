// Loaded before every Node process that the launcher starts (`--import`). Its stdin is a pipe that the launcher holds open: when the
// launcher is gone, however it went, the pipe ends and this process ends too. Nothing is ever left behind.
import { isMainThread } from 'node:worker_threads'

const GRACE_MS = 8_000

// Worker threads load this file again, and their stdin is another one that ends at once.
if (isMainThread) {
  const { stdin } = process
  stdin.on('error', ended)
  stdin.on('end', ended)
  stdin.resume()
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref() // the pipe alone keeps no process alive
}

function ended(): void {
  setTimeout(() => process.exit(1), GRACE_MS).unref()
  process.kill(process.pid, 'SIGTERM')
}
