import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort } from '@intellidocs/kernel'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { createServiceLog, errorMessage } from './service-log.ts'
import { createService, pauseBefore, type Service, type ServiceSpec } from './service.ts'
import { StartError } from './start-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'intellidocs-service-'))
const running: Service[] = []
afterEach(() => Promise.all(running.splice(0).map((service) => service.stop(100))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const readyLine = `process.stdout.write(JSON.stringify({ ready: true, port: 4242, administrator: { password: 'shown once' } }) + '\\n')`
const forever = 'setInterval(() => undefined, 1000)'
const lifeline = pathToFileURL(join(import.meta.dirname, 'lifeline.ts')).href

function make(script: string, more: Partial<ServiceSpec> = {}): { service: Service; said: string[]; logFile: string } {
  const said: string[] = []
  const logFile = join(folder, `${running.length}-${Math.random()}.log`)
  const tell = (line: string): void => void said.push(line)
  const spec: ServiceSpec = {
    name: 'part', command: process.execPath, args: ['--input-type=module', '-e', script], env: { PATH: process.env['PATH'] }, ready: 'line', readyWithinMs: 20_000, ...more,
  }
  const service = createService(spec, createServiceLog(logFile, tell), { onExit: tell, onRestart: tell })
  running.push(service)
  return { service, said, logFile }
}

test.each([[0, 500], [1, 500], [2, 1_000], [3, 2_000], [6, 16_000], [7, 30_000], [50, 30_000]])(
  'after %d failures in a row the next start waits %d ms', (failures, pause) => expect(pauseBefore(failures)).toBe(pause))

test('a start answers what the ready line says, and the line, which may hold a password, goes into no file', async () => {
  const { service, logFile } = make(`process.stderr.write('hello\\n'); ${readyLine}; ${forever}`)
  expect(await service.start()).toMatchObject({ port: 4242, administrator: { password: 'shown once' } })
  await vi.waitFor(() => expect(readFileSync(logFile, 'utf8')).toContain('hello'), 20_000)
  expect(readFileSync(logFile, 'utf8')).not.toContain('shown once')
})

test('a part that never gets ready is given up after three tries, with its own last words', async () => {
  const { service } = make(`process.stderr.write(JSON.stringify({ level: 'error', msg: 'the door is locked' }) + '\\n'); process.exitCode = 3`)
  const failed = await service.start().catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(StartError)
  expect(failed).toMatchObject({ message: 'part did not start: the door is locked' })
})

test('a part that is stopped between two tries of its start is not tried again', async () => {
  const { service } = make('process.exitCode = 3')
  const failed = service.start().catch((error: unknown) => error)
  const pid = service.pid() ?? 0
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000)
  await new Promise((resolve) => setImmediate(resolve)) // the end was told, and the pause has begun
  await service.stop(100)
  expect(await failed).toBeInstanceOf(StartError)
  expect(service.pid()).toBe(pid)
})

test('a part that was killed is started again', async () => {
  const { service, said } = make(`${readyLine}; ${forever}`)
  await service.start()
  const first = service.pid()
  process.kill(first ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(said).toEqual(['part ended (SIGKILL); it is started again in 0.5 s', 'part runs again']), 15_000)
  expect(service.pid()).not.toBe(first)
})

test('what a killed part leaves running is ended, so that its successor finds the port free', async () => {
  const port = await freePort()
  const listener = `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log('{"ready":true}'))`
  const { service, said } = make(`
    import { spawn } from 'node:child_process'
    spawn(process.execPath, ['-e', ${JSON.stringify(listener)}], { stdio: 'inherit' }).on('exit', () => process.exit(1))`)
  await service.start()
  process.kill(service.pid() ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(said).toEqual(['part ended (SIGKILL); it is started again in 0.5 s', 'part runs again']), 15_000)
})

test('a part that was stopped is not started again, even when it does not listen to SIGTERM', async () => {
  const { service, said } = make(`process.on('SIGTERM', () => undefined); ${readyLine}; ${forever}`)
  await service.start()
  const pid = service.pid() ?? 0
  await service.stop(100)
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(said).toEqual([])
})

test('a Node process ends when the pipe from its starter ends, and its worker threads do not end it before', async () => {
  const script = `
    import { Worker } from 'node:worker_threads'
    new Worker('', { eval: true }).on('exit', () => process.stdout.write('the thread is done'))
    ${forever}`
  const child = spawn(process.execPath, ['--import', lifeline, '--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise<string | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  expect(child.exitCode).toBeNull()
  child.stdin.destroy()
  expect(await gone).toBe('SIGTERM')
})

test('a foreign program ends when the pipe from its starter ends', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'guard.ts'), process.execPath, '-e', `process.stdout.write(String(process.pid)); ${forever}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const pid = Number(await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve)))
  child.stdin.destroy()
  await gone
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test.each([
  ['{"level":"error","msg":"broken","err":{"message":"no disk"}}', 'broken: no disk'],
  ['{"level":60,"msg":"fatal"}', 'fatal'],
  ['{"level":"warn","msg":"slow"}', undefined],
  ['{"level":30,"msg":"fine"}', undefined],
  ['{not json', undefined],
  ['plain text', undefined],
])('of the log line %s a person is told %s', (line, message) => expect(errorMessage(line)).toBe(message))

test('a log that cannot be written is said once and stops nothing', () => {
  const said: string[] = []
  const log = createServiceLog(join(folder, 'a-file.log', 'impossible.log'), (line) => said.push(line))
  createServiceLog(join(folder, 'a-file.log'), () => undefined).line('now it is a file')
  log.line('one')
  log.line('two')
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('cannot be written')
  expect(log.lastWords()).toBe('two')
})
