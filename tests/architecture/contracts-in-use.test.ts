import { errorTable, eventPayloads, permissions } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'

/** What runs, without its comments: a code that a docstring names alone is raised by nobody. */
const runs = (path: string): boolean => !/\.(test|testkit)\.ts$|\/test-[^/]+\.ts$|^packages\/(contracts|client|testing)\/|^apps\/cli\//.test(path)
const spoken = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
const code = sourceFiles(['apps', 'packages']).filter(({ path }) => runs(path)).map(({ text }) => spoken(text)).join('\n')
const quoted = (word: string): string => `'${word.replaceAll('.', '\\.')}'`

/** Named otherwise than to be compared with, or as the key of a table of sentences. */
const raises = (text: string, word: string): boolean => new RegExp(`(?<![=!]== )${quoted(word)}(?!:)`).test(text)
/** As the type of an event that is written, not in the list of a subscriber. */
const writes = (text: string, word: string): boolean => new RegExp(`(?:type: |\\? |: )${quoted(word)}`).test(text)
const asks = (text: string, permission: string): boolean => {
  const [resource, action] = permission.split(':')
  return text.includes(`may('${resource}', '${action}')`) || text.includes(`'${permission}'`)
}

/** What writes the event types that are written by the name of a constant or handed to a function. */
const WRITTEN_BY: Partial<Record<string, string>> = {
  'webhooks.test-asked.v1': 'type: webhookTestType', 'mail.queued.v1': "enqueue('mail.queued.v1')", 'mail.digest-queued.v1': "enqueue('mail.digest-queued.v1')",
}

test('every error of the table is raised somewhere', () => {
  expect(Object.keys(errorTable).filter((word) => !raises(code, word))).toEqual([])
})

test('every event of the table is written somewhere', () => {
  const unwritten = Object.keys(eventPayloads).filter((word) => !writes(code, word) && !code.includes(WRITTEN_BY[word] ?? word.repeat(2)))
  expect(unwritten).toEqual([])
})

test('every permission is asked for somewhere', () => {
  expect(permissions.filter((word) => !asks(code, word))).toEqual([])
})

test('what is only compared with, commented on, translated or listened to counts as unused', () => {
  const unused = ["if (error.code === 'a.b') return", "// throws 'a.b'", "/**\n * 'a.b', once\n */", "{ 'a.b': 'Sorry.' }"]
  for (const text of unused) expect(raises(spoken(text), 'a.b'), text).toBe(false)
  for (const line of ["throw new AppError('a.b')", "return { code: 'a.b' }", "unlessTaken('a.b', work)"]) expect(raises(spoken(line), 'a.b'), line).toBe(true)
  expect([writes("events: ['a.b.v1', 'c.d.v1']", 'a.b.v1'), writes("{ 'a.b.v1': 'member' }", 'a.b.v1'), writes("type: on ? 'a.b.v1' : 'c.d.v1'", 'c.d.v1')]).toEqual([false, false, true])
})
