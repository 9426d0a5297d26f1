import { environmentWith } from '@intellidocs/kernel'
import { EXIT } from './failure.ts'
import { run } from './run.ts'

const stop = new AbortController()
process.on('SIGINT', () => {
  // The first asks for an orderly end; whoever presses again does not want to wait for it.
  if (stop.signal.aborted) process.exit(EXIT.interrupted)
  stop.abort()
})
process.on('SIGTERM', () => { stop.abort() })
// Whoever reads our output may have seen enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
})

const { stdin, stdout, stderr } = process
process.exitCode = await run({ args: process.argv.slice(2), env: environmentWith({}), streams: { stdin, stdout, stderr }, signal: stop.signal })
