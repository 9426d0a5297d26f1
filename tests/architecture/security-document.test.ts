import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(root, 'docs', 'security.md'), 'utf8')
const threats = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))
const testsOf = (line: string): string[] => [...line.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path)

describe('the document on security', () => {
  test('names threats', () => {
    expect(threats.length).toBeGreaterThan(20)
  })

  test.each(threats.map((line) => [line.split('|')[1]?.trim() ?? '', line] as const))('%s: a test keeps it, and is there', (_threat, line) => {
    expect(testsOf(line)).not.toEqual([])
    expect(testsOf(line).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
