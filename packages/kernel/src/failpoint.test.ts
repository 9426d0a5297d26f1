import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { failpoints } from './config-values.ts'
import { armFailpoints, atWrite, failpoint } from './failpoint.ts'

test('a place that nobody asked for costs nothing and does nothing', () => {
  expect(failpoint('after_claim')).toBeUndefined()
})

test('a place fails at the asked time and only then', async () => {
  armFailpoints([{ name: 'after_blob_fsync', action: 'fail', at: 2 }])
  expect(failpoint('after_blob_fsync')).toBeUndefined()
  await expect(failpoint('after_blob_fsync')).rejects.toThrow('failpoint after_blob_fsync')
  expect(failpoint('after_blob_fsync')).toBeUndefined()
})

test('the failpoint before a write keeps it from being made, the one after does not', async () => {
  const done: string[] = []
  const write = (word: string) => () => { done.push(word); return Promise.resolve(word) }
  armFailpoints([{ name: 'before_facts', action: 'fail', at: 1 }, { name: 'after_pages', action: 'fail', at: 1 }])
  await expect(atWrite('facts', write('facts'))).rejects.toThrow('before_facts')
  await expect(atWrite('pages', write('pages'))).rejects.toThrow('after_pages')
  expect(await atWrite('facts', write('facts again'))).toBe('facts again')
  expect(done).toEqual(['pages', 'facts again'])
})

test('exit ends the process as kill -9 does, in the middle of what it does', () => {
  const source = `import { armFailpoints, failpoint } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'failpoint.ts')).href)}
    armFailpoints([{ name: 'after_mark', action: 'exit', at: 1 }]); process.on('exit', () => console.log('exit handler'))
    await failpoint('after_mark'); console.log('went on')`
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' })
  expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: '' })
})

test('the list is read from the environment', () => {
  expect(failpoints({})).toEqual([])
  expect(failpoints({ FAILPOINT: 'after_reply:exit, before_ocr_page:hang@3' })).toEqual([
    { name: 'after_reply', action: 'exit', at: 1 }, { name: 'before_ocr_page', action: 'hang', at: 3 },
  ])
})

test.each([['nowhere:exit'], ['after_reply:explode'], ['after_reply'], ['after_reply:exit@0']])('%s is refused by name', (value) => {
  expect(() => failpoints({ FAILPOINT: value })).toThrow(ConfigError)
})

test('no fault can be switched on in production', () => {
  expect(() => failpoints({ FAILPOINT: 'after_reply:exit', NODE_ENV: 'production' })).toThrow(/FAILPOINT.*production/)
})
