#!/usr/bin/env node
// Prepares a fresh clone: dependencies, Node 24, the Prisma client, the Temporal CLI, OCR data, git hooks.
// Runs before `npm start`, `npm run demo` and `npm test`. Uses nothing outside Node itself, because nothing is installed yet,
// and must run on Node 20 and later. Everything it prints goes to stderr, so that a command's own stdout stays clean.
//   --test   also reports the tools that only tests need
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDependencies, ensureNode } from './setup/dependencies.mjs'
import { ensureGitHooks } from './setup/git-hooks.mjs'
import { takeLock } from './setup/lock.mjs'
import { checkOcr, checkTestTools } from './setup/ocr.mjs'
import { ensurePrismaClient } from './setup/prisma-client.mjs'
import { createReport, SetupError } from './setup/report.mjs'
import { ensureTemporal } from './setup/temporal-cli.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const report = createReport()
const forTests = process.argv.includes('--test')

async function main() {
  const settings = join(root, '.env')
  if (existsSync(settings)) process.loadEnvFile(settings) // whoever names a Temporal server needs no CLI
  const release = await takeLock(join(root, '.cache', 'setup.lock'), report)
  try {
    await ensureDependencies(root, report)
    await ensureNode(root, report)
    await ensurePrismaClient(root, report)
    await ensureTemporal(report, { forTests })
    checkOcr(root, report)
    if (forTests) checkTestTools(report)
    await ensureGitHooks(root, report)
  } finally {
    release()
  }
  report.done()
}

main().catch((error) => {
  if (error instanceof SetupError) report.failed(error)
  else process.stderr.write(`setup: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
