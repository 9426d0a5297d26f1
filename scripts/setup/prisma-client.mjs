import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './report.mjs'

/** Generates the Prisma client when the schema, its configuration or Prisma itself changed. @param {string} root */
export async function ensurePrismaClient(root, report) {
  const stamp = join(root, 'node_modules', '.cache', 'intellidocs', 'prisma.stamp')
  const wanted = fingerprint(root)
  const generated = join(root, 'packages', 'db', 'src', 'generated', 'client.ts')
  if (existsSync(generated) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const node = join(root, 'node_modules', '.bin', 'node')
  await report.step('Prisma client', () => run(node, [join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    cwd: root, env: { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }, mend: 'see the message above; the schema is in prisma/schema',
  }))
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

function fingerprint(root) {
  const folder = join(root, 'prisma', 'schema')
  const files = readdirSync(folder).filter((name) => name.endsWith('.prisma')).sort().map((name) => join(folder, name))
  const hash = createHash('sha256')
  for (const file of [...files, join(root, 'prisma.config.ts'), join(root, 'node_modules', 'prisma', 'package.json')]) hash.update(readFileSync(file))
  return hash.digest('hex')
}
