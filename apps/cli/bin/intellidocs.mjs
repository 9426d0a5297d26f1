#!/usr/bin/env node
// Runs on whatever Node the machine has: where that is too old for TypeScript files, it hands over to the project's own.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const NEEDED = 24
const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..', '..')
const main = new URL('../src/main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= NEEDED) await import(main.href)
else handOver()

function handOver() {
  const node = ['node_modules/node/bin/node', 'node_modules/.bin/node'].map((path) => join(root, path)).find((path) => existsSync(path))
  if (!node) {
    const sentence = `intellidocs needs Node ${NEEDED}; this is ${process.versions.node}`
    process.stderr.write(`${sentence}. Run "npm start" or "node scripts/setup.mjs" once in ${root}.\n`)
    process.exitCode = 1
    return
  }
  const child = spawn(node, [new URL(import.meta.url).pathname, ...process.argv.slice(2)], { stdio: 'inherit' })
  // The terminal sends Ctrl-C to both; whoever signals this process alone means the command.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.once('error', (error) => { process.stderr.write(`intellidocs: ${error.message}\n`); process.exitCode = 1 })
  child.once('exit', (code) => { process.exitCode = code ?? 1 })
}
