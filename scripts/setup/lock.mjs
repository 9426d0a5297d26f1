import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { SetupError } from './report.mjs'

/**
 * One set-up at a time in a clone: two `npm ci` at once leave a broken node_modules behind.
 * A lock whose owner is gone is taken over. Waits up to ten minutes.
 * @param {string} file @param {{ say(line: string): void }} report
 * @returns {Promise<() => void>} releases the lock
 */
export async function takeLock(file, report) {
  mkdirSync(dirname(file), { recursive: true })
  const deadline = Date.now() + 600_000
  for (let told = false; ; ) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!ownerLives(file)) {
      rmSync(file, { force: true })
      continue
    }
    if (Date.now() > deadline) throw new SetupError('another set-up is running in this clone', `wait for it, or delete ${file}`)
    if (!told) report.say('another set-up is running in this clone; waiting for it')
    told = true
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** @param {string} file */
function ownerLives(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
