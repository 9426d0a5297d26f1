// The pre-commit hook: lint of the staged files and a type check of the packages they belong to. Seconds, not minutes; the rest is CI's.
import { execFileSync, spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}` }
const staged = execFileSync('git', ['diff', '--cached', '--name-only', '--diff-filter=ACMR'], { cwd: root, encoding: 'utf8' })
  .split('\n').filter((file) => /\.(ts|mjs|js)$/.test(file))
if (staged.length === 0) process.exit(0)

const packages = [...new Set(staged.map((file) => /^(apps|packages)\/[^/]+/.exec(file)?.[0]).filter((name) => name !== undefined))]
const steps = [
  ['oxlint', ['--type-aware', '--deny-warnings', ...staged]],
  ...(packages.length > 0 ? [['turbo', ['run', 'typecheck', '--output-logs=errors-only', ...packages.map((name) => `--filter=./${name}`)]]] : []),
]
for (const [command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) {
    process.stderr.write(`pre-commit: ${command} found something; nothing was committed (git commit --no-verify leaves this check out)\n`)
    process.exit(1)
  }
}
