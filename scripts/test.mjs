// `npm test`: every test. The last line is `N passed, N failed` alone; the exit code says whether all passed.
// Arguments go to vitest: `npm test -- packages/kernel`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'intellidocs-test-'))
const report = join(folder, 'report.json')

const child = spawn(process.execPath, [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2), '--reporter=default', '--reporter=json', `--outputFile.json=${report}`,
], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))

child.on('exit', (code) => {
  const { passed, failed } = count(code)
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 && code === 0 ? 0 : 1
})

/** A file that could not even be loaded, an error outside any test and a run that left no report count as failures too. */
function count(code) {
  let results
  try {
    results = JSON.parse(readFileSync(report, 'utf8'))
  } catch (error) {
    process.stderr.write(`the tests left no report (${error.message})\n`)
    return { passed: 0, failed: 1 }
  }
  const notRun = results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')).length
  const skipped = results.numPendingTests + (results.numTodoTests ?? 0)
  if (skipped > 0) process.stdout.write(`${skipped} skipped (see above why)\n`)
  const failed = results.numFailedTests + notRun
  return { passed: results.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}
