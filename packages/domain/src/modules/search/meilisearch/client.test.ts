import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OrgId } from '@intellidocs/contracts'
import { afterEach, expect, test } from 'vitest'
import { meiliFilter } from '../meili-filter.ts'
import { createSearchClient, safeName } from './client.ts'
import { MeilisearchFailure } from './failure.ts'

const filter = meiliFilter({ orgId: '01890000-0000-7000-8000-000000000001' as OrgId, principals: ['user:a'] })
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const search = (url: string, timeoutMs = 2_000) =>
  createSearchClient({ url, key: 'a-secret-key', timeoutMs }, 'passages').search([{ q: '"wing"', limit: 5 }], filter, AbortSignal.timeout(timeoutMs))
const json = (status: number, body: unknown): RequestListener => (_, response) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }

test.each(['', '.', '..', '../keys', 'a/b', '1?fields=id', 'a b', 'é', 'x'.repeat(512), 'a%2e', 'a\n'])('%j is not taken for the name of an index or an entry', (name) => {
  expect(() => safeName(name)).toThrow(RangeError)
  expect(() => createSearchClient({ url: 'http://127.0.0.1:1' }, name)).toThrow(RangeError)
})

test('a request carries the key and the filter, wants no compression, and asks for identifiers alone', async () => {
  const seen: { url: string | undefined; key: string | undefined; coding: unknown; body: string }[] = []
  const url = await serve((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => { body += part.toString() }).on('end', () => {
      seen.push({ url: request.url, key: request.headers.authorization, coding: request.headers['accept-encoding'], body })
      response.end(JSON.stringify({ results: [{ hits: [{ id: '7' }], estimatedTotalHits: 40 }] }))
    })
  })
  expect(await search(url)).toEqual([{ count: 40, ids: ['7'] }])
  expect(seen).toEqual([{
    url: '/multi-search', key: 'Bearer a-secret-key', coding: 'identity',
    body: JSON.stringify({ queries: [{ indexUid: 'passages', q: '"wing"', limit: 5, matchingStrategy: 'all', filter, attributesToRetrieve: ['id'] }] }),
  }])
})

test.each<[string, MeilisearchFailure['kind'], string | null, RequestListener]>([
  ['an index that is missing', 'refused', 'index_not_found', json(404, { message: 'Index `passages` not found.', code: 'index_not_found' })],
  ['a filter that the settings do not know', 'refused', 'invalid_search_filter', json(400, { code: 'invalid_search_filter' })],
  ['a key that is refused', 'refused', 'invalid_api_key', json(403, { code: 'invalid_api_key' })],
  ['a full queue', 'refused', 'too_many_search_requests', json(503, { code: 'too_many_search_requests' })],
  ['an error without a body', 'refused', null, (_, response) => { response.writeHead(502).end() }],
  ['a code that is no word', 'refused', null, json(500, { code: 'a-secret-key <script>' })],
  ['text in place of an answer', 'nonsense', null, (_, response) => { response.end('<html>') }],
  ['an answer to something else', 'nonsense', null, json(200, { results: [] })],
  ['a count that is none', 'nonsense', null, json(200, { results: [{ hits: [], estimatedTotalHits: -1 }] })],
  ['an id that is none', 'nonsense', null, json(200, { results: [{ hits: [{ id: '../keys' }], estimatedTotalHits: 1 }] })],
  ['a way elsewhere', 'unreachable', null, (_, response) => { response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end() }],
  ['a cut connection', 'unreachable', null, (request) => { request.destroy() }],
])('%s is a failure of one kind, and its message holds neither key nor query', async (_, kind, code, answer) => {
  const failure: unknown = await search(await serve(answer)).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(MeilisearchFailure)
  expect(failure).toMatchObject({ kind, code })
  expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toMatch(/secret|wing|127\.0\.0\.1/)
})

test('a server that never answers is waited for no longer than was said', async () => {
  await expect(search(await serve(() => undefined), 50)).rejects.toMatchObject({ kind: 'unreachable' })
})
