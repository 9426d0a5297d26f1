import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, sourceFiles } from './source-files.ts'

const example = readFileSync(join(root, '.env.example'), 'utf8').split('\n')
const names = example.flatMap((line) => /^([A-Z0-9_]+)=/.exec(line)?.[1] ?? [])

test('every variable that the configuration reads stands in .env.example', () => {
  const read = sourceFiles(['packages/kernel']).filter(({ path }) => /\/config[^/]*\.ts$/.test(path) && !path.endsWith('.test.ts'))
    .flatMap(({ text }) => [...text.matchAll(/(?:env, |env\[)'([A-Z][A-Z0-9_]+)'/g)].map((match) => match[1] ?? ''))
  expect(new Set(read).size).toBeGreaterThan(15)
  expect([...new Set(read)].filter((name) => !names.includes(name))).toEqual([])
})

test('every variable has a comment above its group, stands once, and shows no secret', () => {
  expect(names).toEqual([...new Set(names)])
  expect(example.filter((line) => /^(SECRET|.*PASSWORD|.*KEY)[A-Z_]*=./.test(line))).toEqual([])
  for (const [at, line] of example.entries()) {
    if (!/^[A-Z]/.test(line)) continue
    const above = example.slice(0, at).findLast((before) => before === '' || before.startsWith('#'))
    expect(above, line).toMatch(/^#/)
  }
})
