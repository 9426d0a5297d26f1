// `node guard.ts COMMAND ARGS…` runs a program that knows nothing of the launcher, and ends it when the launcher is gone (see lifeline.ts).
import { spawn } from 'node:child_process'

const GRACE_MS = 5_000
const [command, ...args] = process.argv.slice(2)
if (command === undefined) throw new Error('usage: guard.ts COMMAND ARGS…')

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
child.on('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code) => process.exit(code ?? 1))

function end(): void {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
}

process.on('SIGTERM', end)
process.on('SIGINT', end)
process.stdin.on('end', end).on('error', end)
process.stdin.resume()
