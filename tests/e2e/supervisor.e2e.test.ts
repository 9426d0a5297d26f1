import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { launch, processesOf, type Program } from './processes.ts'

let dataDir: string
const programs: Program[] = []
const start = (env: Record<string, string> = {}): Program => {
  const program = launch('start', { DATA_DIR: dataDir, PORT: '0', ...env })
  programs.push(program)
  return program
}
const ready = 'IntelliDocs is ready'

beforeAll(() => { dataDir = mkdtempSync(join(tmpdir(), 'intellidocs-e2e-')) })
afterEach(async () => {
  for (const { child, ended } of programs.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  await vi.waitFor(() => expect(processesOf(dataDir)).toEqual([]), 30_000)
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

test('a port in use is one clear line with the mend, exit 1, and nothing is left running', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  const program = start({ PORT: String(port) })
  expect(await program.ended).toBe(1)
  expect(program.stderr().trim()).toMatch(new RegExp(`^port ${port} is in use -> .*PORT=\\d+ npm start$`))
  expect(processesOf(dataDir)).toEqual([])
  await new Promise((resolve) => { server.close(resolve) })
})

test('a bad setting is one clear line that names it, exit 1', async () => {
  const program = start({ LOG_LEVEL: 'verbose' })
  expect(await program.ended).toBe(1)
  expect(program.stderr().trim()).toMatch(/^LOG_LEVEL: .*$/)
})

test('the first start shows the account once and the examples; a killed worker comes back; a second starter is refused; Ctrl-C ends everything', async () => {
  const program = start()
  await program.says(ready)
  const password = /password\s+(\S+)/.exec(program.stdout())?.[1] ?? ''
  expect(password.length).toBeGreaterThan(15)
  expect(program.stdout()).toContain('1. delivery-note-scan.pdf, page 1')
  expect(program.stdout()).toContain(`mail         ${join(dataDir, 'mail')}, where it stays`)
  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
  const logs = readdirSync(join(dataDir, 'logs')).map((name) => readFileSync(join(dataDir, 'logs', name), 'utf8')).join('\n')
  expect(logs).not.toContain(password)

  const second = start()
  expect(await second.ended).toBe(1)
  expect(second.stderr().trim()).toMatch(new RegExp(`^the data folder ${dataDir} is in use by process \\d+ on .* -> .*$`))

  const worker = processesOf(dataDir).find(({ command }) => command.includes('apps/worker/src/main.ts'))
  process.kill(worker?.pid ?? 0, 'SIGKILL')
  await program.says('worker runs again')

  // Sent to the launcher alone, as a service manager does. Within ten seconds is the promise; what does not end by then is killed.
  program.child.kill('SIGINT')
  expect(await program.ended).toBe(0)
  expect(processesOf(dataDir)).toEqual([])
})

test('a later start finds its data, makes no account, and leaves no child behind when the launcher is killed', async () => {
  const program = start()
  await program.says(ready)
  expect(program.stdout()).not.toContain('password')
  expect(processesOf(dataDir).length).toBeGreaterThan(4)
  program.child.kill('SIGKILL')
  await program.ended
  await vi.waitFor(() => expect(processesOf(dataDir)).toEqual([]), 30_000)
})
