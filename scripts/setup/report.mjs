import { spawn } from 'node:child_process'

/** A missing tool or a failed step: `message` says what, `mend` what to do about it. */
export class SetupError extends Error {
  /** @param {string} message @param {string} mend */
  constructor(message, mend) {
    super(message)
    this.mend = mend
  }
}

const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Prints each step that did something with its time; one line at the end when none had to. */
export function createReport() {
  const start = performance.now()
  let worked = 0
  const say = (/** @type {string} */ line) => process.stderr.write(`setup: ${line}\n`)
  return {
    say,
    /** Runs a step that has work to do. @template T @param {string} title @param {() => Promise<T>} work @returns {Promise<T>} */
    async step(title, work) {
      worked += 1
      const since = performance.now()
      say(`${title} …`)
      const alive = setInterval(() => say(`${title}: still at it after ${seconds(since)}`), 20_000)
      try {
        const result = await work()
        say(`${title}: done in ${seconds(since)}`)
        return result
      } finally {
        clearInterval(alive)
      }
    },
    done: () => say(worked === 0 ? `everything is in place (${seconds(start)})` : `ready after ${seconds(start)}`),
    failed: (/** @type {SetupError} */ error) => say(`${error.message} -> ${error.mend}`),
  }
}

/**
 * Runs a command to its end. The output is shown only when it fails, because npm's chatter hides what matters.
 * @param {string} command @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, mend: string }} options
 * @returns {Promise<string>} what it wrote to stdout
 */
export function run(command, args, { cwd, env, mend }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let both = ''
    child.stdout.on('data', (chunk) => { stdout += chunk; both += chunk })
    child.stderr.on('data', (chunk) => { both += chunk })
    child.on('error', (error) => reject(new SetupError(`${command} could not be started (${error.message})`, mend)))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout)
      process.stderr.write(both.slice(-6000))
      reject(new SetupError(`${command} ${args.join(' ')} ended with ${signal ?? code}`, mend))
    })
  })
}
