import { expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'

const files = sourceFiles()
const isTest = (path: string): boolean => /\.(test|testkit)\.ts$|\/test-[^/]+\.ts$/.test(path)

/**
 * Where the environment may be read besides the one configuration: commands of packages/db, which cannot know the kernel;
 * packages/testing, which no production code imports.
 */
const readsEnvironment = [/^packages\/kernel\/src\/config\.ts$/, /^packages\/db\/src\/commands\//, /^packages\/testing\//, /^(scripts|tests|bench)\//]
const environment = /process\.env\b|process\[['"]env['"]\]|\benv\b[^;\n]*from 'node:process'/

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(100)
})

test('the environment is read in one file', () => {
  const found = files.filter(({ path, text }) => environment.test(text) && !isTest(path) && !readsEnvironment.some((allowed) => allowed.test(path)))
  expect(found.map(({ path }) => path)).toEqual([])
})

test('the rule on the environment sees each way to read it', () => {
  for (const line of ['process.env.HOME', "process.env['HOME']", "process['env']", "import { env } from 'node:process'"]) expect(environment.test(line)).toBe(true)
})

test('no file has more than 300 lines', () => {
  expect(files.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
})

test('nothing is left for later: no TODO, no skipped or focused test, no silenced compiler', () => {
  const forbidden = [/\b(TODO|FIXME|XXX)\b/, /@ts-(ignore|expect-error|nocheck)/, /\b(test|it|describe)\.(skip|only|todo)\b/]
  const found = files.filter(({ path }) => path !== 'tests/architecture/habits.test.ts')
    .flatMap(({ path, text }) => text.split('\n').flatMap((line, at) => forbidden.some((pattern) => pattern.test(line)) ? [`${path}:${at + 1}: ${line.trim()}`] : []))
  expect(found).toEqual([])
})

test('no type is forced in code that runs', () => {
  const found = files.filter(({ path, text }) => !isTest(path) && !path.startsWith('tests/') && /\bas unknown as\b|\bas any\b/.test(text))
  expect(found.map(({ path }) => path)).toEqual([])
})
