import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createEgress, type EgressOptions } from './index.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})
async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server.listen(0, host))
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
type Seen = { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }
type Answer = (response: ServerResponse) => void

/** A server on loopback that notes what it is asked. */
async function receiver(answer: Answer = (response) => { response.end('thanks') }) {
  const seen: Seen[] = []
  const port = await listen(createHttpServer((request, response) => {
    void buffer(request).then((body) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body: body.toString() })
      answer(response)
    })
  }))
  return { seen, port, url: `http://127.0.0.1:${port}` }
}
const allowed: EgressOptions = { allow: ['127.0.0.0/8'] }
const post = (url: string, options: EgressOptions = allowed) => createEgress(options).post({ url, headers: { 'content-type': 'application/json' }, body: '{"a":1}' })

test('sends what it is given and answers what came', async () => {
  const { url, seen, port } = await receiver((response) => { response.writeHead(202).end('taken') })
  expect(await post(`${url}/hook?x=1#part`)).toEqual({ status: 202, body: Buffer.from('taken'), cut: false })
  expect(seen).toMatchObject([{ method: 'POST', url: '/hook?x=1', body: '{"a":1}', headers: { host: `127.0.0.1:${port}`, 'content-type': 'application/json', 'content-length': '7' } }])
})

describe('what is refused before anything is sent', () => {
  test.each([
    ['file:///etc/passwd', 'scheme'], ['ftp://8.8.8.8/', 'scheme'], ['gopher://8.8.8.8/', 'scheme'], ['data:text/plain,x', 'scheme'], ['not an address', 'scheme'],
    ['http://user:password@8.8.8.8/', 'scheme'], ['http://', 'scheme'],
    ['http://127.0.0.1/', 'address'], ['http://127.1/', 'address'], ['http://2130706433/', 'address'], ['http://0x7f000001/', 'address'], ['http://0177.0.0.1/', 'address'],
    ['http://[::1]/', 'address'], ['http://[::ffff:127.0.0.1]/', 'address'], ['http://[::ffff:8.8.8.8]/', 'address'], ['http://[fe80::1]/', 'address'],
    ['http://169.254.169.254/latest/meta-data/', 'address'], ['http://10.0.0.1/', 'address'], ['http://100.64.0.1/', 'address'], ['http://224.0.0.1/', 'address'], ['http://0/', 'address'],
    ['http://１２７.０.０.１/', 'address'],
  ])('%s: %s', async (url, reason) => {
    const egress = createEgress()
    expect(egress.mayTry(url)).toBe(false)
    await expect(egress.post({ url, headers: {}, body: '' })).rejects.toMatchObject({ name: 'EgressError', reason })
  })

  test.each([
    ['a private address', ['10.0.0.7']], ['loopback', ['127.0.0.1']], ['a mapped address', ['::ffff:127.0.0.1']], ['a public address and a private one', ['93.184.215.14', '192.168.0.1']],
    ['what is no address', ['elsewhere.example.org']],
  ])('a name that means %s', async (_what, addresses) => {
    const egress = createEgress({ resolve: () => Promise.resolve(addresses) })
    expect(egress.mayTry('https://hooks.example.org/')).toBe(true)
    await expect(egress.post({ url: 'https://hooks.example.org/', headers: {}, body: '' })).rejects.toMatchObject({ reason: 'address' })
  })

  test.each([['nothing', () => Promise.resolve([])], ['an error', () => Promise.reject(new Error('SERVFAIL'))]])('a name that is answered with %s', async (_what, resolve) => {
    await expect(post('http://hooks.example.org/', { ...allowed, resolve })).rejects.toMatchObject({ reason: 'resolve' })
  })
})

test('a name that means a public address when it is checked and a private one afterwards is asked for once, and the private one never called', async () => {
  const { seen, port } = await receiver()
  const meanings = [['127.0.0.5'], ['127.0.0.1']]
  let asked = 0
  const resolve = () => Promise.resolve(meanings[asked++] ?? [])
  // 127.0.0.5 stands for the public address: the rule knows no other. Nobody listens there, the private one has a server.
  await expect(post(`http://rebinding.example.org:${port}/`, { allow: ['127.0.0.5'], resolve })).rejects.toMatchObject({ reason: 'connection' })
  expect([asked, seen]).toEqual([1, []])
  await expect(post(`http://rebinding.example.org:${port}/`, { allow: ['127.0.0.5'], resolve })).rejects.toMatchObject({ reason: 'address' })
  expect(seen).toEqual([])
})

test('the connection goes to the address that was checked, under the name that was asked', async () => {
  const { seen, port } = await receiver()
  await post(`http://hooks.example.org:${port}/`, { ...allowed, resolve: () => Promise.resolve(['127.0.0.1']) })
  expect(seen).toMatchObject([{ headers: { host: `hooks.example.org:${port}` } }])
})

test('a redirect is an answer and is not followed', async () => {
  const inside = await receiver()
  const { url } = await receiver((response) => { response.writeHead(307, { location: inside.url }).end() })
  expect(await post(url)).toMatchObject({ status: 307 })
  expect(inside.seen).toEqual([])
})

describe('an answer that', () => {
  const quick: EgressOptions = { ...allowed, timeoutMs: 300 }
  test('has no end is cut at the bound, and its connection closed', async () => {
    const closed = Promise.withResolvers<number>()
    let sent = 0
    const { url } = await receiver((response) => {
      const piece = Buffer.alloc(65_536)
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length
      }
      response.on('drain', more).on('close', () => closed.resolve(sent))
      response.writeHead(200, { 'content-length': String(1_073_741_824) })
      more()
    })
    const { status, body, cut } = await post(url)
    expect([status, body.length, cut]).toEqual([200, 1_048_576, true])
    expect(await closed.promise).toBeLessThan(1_073_741_824 / 10)
  })

  test('never begins ends with the time', async () => {
    const { url, seen } = await receiver(() => undefined)
    await expect(post(url, quick)).rejects.toMatchObject({ reason: 'timeout' })
    expect(seen).toHaveLength(1)
  })

  test('drips is cut when the time is over, and its status counts', async () => {
    const { url } = await receiver((response) => {
      const drip = setInterval(() => response.write('.'), 20)
      response.on('close', () => { clearInterval(drip) })
    })
    expect(await post(url, quick)).toMatchObject({ status: 200, cut: true })
  })

  test('drips its header is none', async () => {
    const port = await listen(createServer((socket) => {
      socket.on('error', () => undefined).resume().write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => socket.write('x-a: b\r\n'), 20)
      socket.on('close', () => { clearInterval(drip) })
    }))
    await expect(post(`http://127.0.0.1:${port}/`, quick)).rejects.toMatchObject({ reason: 'timeout' })
  })

  test.each([['is no HTTP', 'SSH-2.0-OpenSSH\r\n'], ['is cut off in its header', 'HTTP/1.1 200'], ['has a header without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`]])('%s is none', async (_what, text) => {
    const port = await listen(createServer((socket) => { socket.on('error', () => undefined).resume().end(text) }))
    await expect(post(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ reason: 'connection' })
  })
})

describe('a receiver that', () => {
  const says = async (write: (socket: Socket) => void): Promise<string> => {
    const port = await listen(createServer((socket) => { write(socket.on('error', () => undefined).resume()) }))
    return `http://127.0.0.1:${port}/`
  }

  test('changes the protocol, which nobody asked for, has not answered, and its connection is closed', async () => {
    const closed = Promise.withResolvers<undefined>()
    const url = await says((socket) => {
      socket.on('close', () => closed.resolve(undefined)).write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
    })
    await expect(post(url)).rejects.toMatchObject({ reason: 'connection' })
    await closed.promise
  })

  test('says again and again that it will answer is given up, and one that says so twice is not', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
    const endless = await says((socket) => { socket.write(interim.repeat(1_000)) })
    await expect(post(endless)).rejects.toMatchObject({ reason: 'connection' })
    const decided = await says((socket) => { socket.end(`${interim.repeat(2)}HTTP/1.1 204 No Content\r\n\r\n`) })
    expect(await post(decided)).toMatchObject({ status: 204 })
  })

  test('closes without a word has not answered', async () => {
    const url = await says((socket) => { socket.destroy() })
    await expect(post(url)).rejects.toMatchObject({ reason: 'connection' })
  })
})

test('of an answer no more is read than this request wants, and never more than the client reads of any', async () => {
  const { url } = await receiver((response) => { response.end(Buffer.alloc(50_000)) })
  const read = async (maxBytes: number) => {
    const { body, cut } = await createEgress({ ...allowed, maxBytes: 40_000 }).post({ url, headers: {}, body: '', maxBytes })
    return [body.length, cut]
  }
  expect([await read(100), await read(1_000_000)]).toEqual([[100, true], [40_000, true]])
})

test('a resolver that says nothing is waited for no longer than the rest', async () => {
  await expect(post('http://hooks.example.org/', { resolve: () => new Promise(() => undefined), timeoutMs: 100 })).rejects.toMatchObject({ reason: 'timeout' })
})

test('a signal ends it at once', async () => {
  const stop = new AbortController()
  const { url } = await receiver(() => { stop.abort() })
  await expect(createEgress(allowed).post({ url, headers: {}, body: '', signal: stop.signal })).rejects.toMatchObject({ reason: 'cancelled' })
})

test('who answers https without a certificate is not spoken to', async () => {
  const { port, seen } = await receiver()
  await expect(post(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ reason: 'tls' })
  expect(seen).toEqual([])
})

test('a proxy of the environment is not asked, also where Node itself would', async () => {
  const [proxy, target] = [await receiver(), await receiver()]
  const script = `import { once } from 'node:events'
    import { get } from 'node:http'
    import { createEgress } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const { status } = await createEgress({ allow: ['127.0.0.1'] }).post({ url: '${target.url}', headers: {}, body: '' })
    await once(get('http://proxied.example.org/'), 'response')
    process.stdout.write(String(status), () => process.exit())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script], {
    env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '' },
  })
  expect(stdout).toBe('200')
  expect([proxy.seen.map(({ url }) => url), target.seen.length]).toEqual([['http://proxied.example.org/'], 1])
})
