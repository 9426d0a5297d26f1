import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './report.mjs'

/** Installs the pre-commit hook in a developer's clone; leaves a foreign hook, a CI checkout and an unpacked archive alone. @param {string} root */
export async function ensureGitHooks(root, report) {
  if (process.env.CI !== undefined || !existsSync(join(root, '.git', 'hooks'))) return
  const hook = join(root, '.git', 'hooks', 'pre-commit')
  if (existsSync(hook)) {
    if (!readFileSync(hook, 'utf8').includes('scripts/pre-commit.mjs')) report.say('a pre-commit hook of your own is in place; scripts/pre-commit.mjs was not installed')
    return
  }
  const node = join(root, 'node_modules', '.bin', 'node')
  await report.step('git hooks', () => run(node, [join(root, 'node_modules', 'simple-git-hooks', 'cli.js')], { cwd: root, mend: 'see the message above' }))
}
