import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import { createTracing } from './tracing.ts'

const silent = createLog({ level: 'silent', name: 'test' })
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** What was sent while `work` ran. */
async function sentBy(work: (endpoint: string) => Promise<void>): Promise<string> {
  const bodies: string[] = []
  const server = createServer((req, res) => {
    req.setEncoding('utf8').on('data', (text: string) => bodies.push(text)).on('end', () => res.end('{}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.closeAllConnections()
  server.close()
  return bodies.join('')
}

/** The files that a process of its own loads for `createTracing`. */
function loadedWith(endpoint: string): string {
  const program = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context) } })
    const { createTracing } = await import(${JSON.stringify(join(import.meta.dirname, 'tracing.ts'))})
    const tracing = await createTracing({ endpoint: ${endpoint}, service: 'test', log: { warn() {} } })
    await tracing.span('x', {}, async () => 1)
    console.log(urls.join('\\n'))
    process.exit()`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
}

test('without an endpoint nothing of OpenTelemetry is loaded, and the work simply runs', async () => {
  expect(loadedWith('undefined')).not.toContain('opentelemetry')
  expect(loadedWith("'http://127.0.0.1:1'")).toContain('@opentelemetry/sdk-trace')
  const off = await createTracing({ endpoint: undefined, service: 'test', log: silent })
  expect(await off.span('x', { parent: PARENT }, async () => off.current())).toBeNull()
})

test('a span goes on from the trace it is handed, its children from it, and what is no trace begins a new one', async () => {
  const sent = await sentBy(async (endpoint) => {
    const tracing = await createTracing({ endpoint, service: 'test', log: silent })
    await tracing.span('outer', { parent: PARENT }, async () => {
      const outer = tracing.current()
      expect(outer).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
      await tracing.span('inner', {}, async () => expect(tracing.current()?.slice(0, 35)).toBe(outer?.slice(0, 35)))
      await tracing.span('apart', { parent: 'not a trace' }, async () => expect(tracing.current()).not.toContain('0af7651916cd43dd'))
    })
    expect(tracing.current()).toBeNull()
    await tracing.close()
  })
  for (const name of ['outer', 'inner', 'apart']) expect(sent).toContain(`"name":"${name}"`)
})

test('an error passes through, and of it only its name is sent', async () => {
  const sent = await sentBy(async (endpoint) => {
    const tracing = await createTracing({ endpoint, service: 'test', log: silent })
    await expect(tracing.span('fails', {}, async () => { throw new TypeError('page 7 of Merger') })).rejects.toThrow('page 7 of Merger')
    await tracing.close()
  })
  expect(sent).toContain('TypeError')
  expect(sent).not.toContain('Merger')
})

test('a collector that is away costs a line in the log and nothing else', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', name: 'test', write: (line) => { lines.push(line) } })
  const tracing = await createTracing({ endpoint: 'http://127.0.0.1:1', service: 'test', log })
  expect(await tracing.span('x', {}, async () => 7)).toBe(7)
  await tracing.close()
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.length).toBeLessThan(4)
  expect(lines.join()).toContain('not sent')
})
