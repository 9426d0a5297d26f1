import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OrgId } from '@intellidocs/contracts'
import { startRecordedMeilisearch, type RecordedMeilisearch } from '@intellidocs/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { meiliDocuments } from '../meili-filter.ts'
import { createIndexClient, type IndexClient } from './index-client.ts'

/** As they were recorded: in the order of the recordings, of which each change is answered once. */
describe('the client that writes, against recorded exchanges (no server is asked)', () => {
  let server: RecordedMeilisearch
  let client: IndexClient
  beforeAll(async () => {
    server = await startRecordedMeilisearch()
    client = createIndexClient({ url: server.url, key: server.keys.master })
  })
  afterAll(async () => {
    expect(server.unknown).toEqual([])
    await server.close()
  })
  const settings = {
    searchableAttributes: ['title', 'text'], filterableAttributes: ['org', 'readers', 'doc', 'version'], sortableAttributes: ['version'],
    displayedAttributes: ['id', 'doc', 'org', 'title', 'text', 'version'], typoTolerance: { enabled: false }, prefixSearch: 'disabled' as const, pagination: { maxTotalHits: 1_000 },
  }

  test('an index is made once, and one that is there is as good', async () => {
    await client.create('passages')
    await client.create('passages')
  })

  test('settings are sent and compared with what the server says, which has more of them', async () => {
    await client.configure('passages', settings)
    expect(await client.look('passages', settings)).toBe('set')
    expect(await client.look('passages', { ...settings, typoTolerance: { enabled: true } })).toBe('other')
    expect(await client.look('passages', { ...settings, stopWords: ['a'] })).toBe('other')
  })

  test('entries are added with the note of their write, changed only where they are, and removed by a list', async () => {
    const title = 'Leave policy'
    const documents = [
      { id: 'd1-0', doc: 'd1', org: 'org-a', readers: ['u1', 'g1'], title, text: 'Every employee may take twenty five days of paid leave in a year.', version: 7 },
      { id: 'd1-1', doc: 'd1', org: 'org-a', readers: ['u1', 'g1'], title, text: 'Unused leave is lost at the end of March unless a manager agrees.', version: 7 },
      { id: 'd2-0', doc: 'd2', org: 'org-a', readers: ['u2'], title: 'Salary bands', text: 'The salary bands are reviewed every April by the finance team.', version: 3 },
      { id: 'd3-0', doc: 'd3', org: 'org-a', readers: ['g1', 'g2'], title: 'Invoice <script>alert(1)</script> guide', text: 'Send the <b>invoice</b> & the order number to <img src=x onerror=alert(1)> accounts.', version: 4 },
      { id: 'd4-0', doc: 'd4', org: 'org-b', readers: ['u9'], title, text: 'Another tenant keeps thirty days of leave.', version: 2 },
      { id: 'd5-0', doc: 'd5', org: 'org-a', readers: ['o\'brien "x" \\ y'], title: 'Férias e licença', text: 'O colaborador tem direito a vinte e cinco dias de férias por ano.', version: 1 },
      { id: 'd6-0', doc: 'd6', org: 'org-a', readers: ['g1'], title: 'Travel', text: 'Book travel two weeks before you leave; keep every receipt.', version: 5 },
    ]
    const unknown = [{ id: 'ghost', version: 1 }]
    await client.put('passages', documents, 'outbox-41')
    await client.change('passages', unknown)
    await client.remove('passages', ['d5-0', 'never'])
  })

  test('an index is built beside, takes the other one\'s place, and goes', async () => {
    await client.create('passages_new')
    await client.swap('passages', 'passages_new')
    await client.drop('passages_new')
    await client.drop('nowhere')
  })

  test('a task that was accepted and then failed is a failure', async () => {
    await expect(client.swap('passages', 'nowhere')).rejects.toMatchObject({ kind: 'task', code: 'index_not_found' })
  })

  test.each(['', '.', '..', '../keys', 'a/b.c', 'é'])('an entry called %j is sent in no way, nor removed', async (id) => {
    await expect(async () => client.put('passages', [{ id }])).rejects.toThrow(RangeError)
    await expect(async () => client.change('passages', [{ id }])).rejects.toThrow(RangeError)
    await expect(async () => client.remove('passages', ['d1-0', id])).rejects.toThrow(RangeError)
    await expect(async () => client.drop(id)).rejects.toThrow(RangeError)
  })
})


describe('what an index holds', () => {
  const filter = meiliDocuments('01890000-0000-7000-8000-000000000001' as OrgId, ['01890000-0000-7000-8000-000000000002'])
  /** Answers each question with the next of these, in the shape of the recordings. */
  async function serving(pages: readonly unknown[]) {
    const asked: unknown[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => { body += part.toString() }).on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(pages[asked.push(JSON.parse(body)) - 1]))
      })
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return { asked, client: createIndexClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }) }
  }

  test('is read a thousand at a time, by a filter, behind what was seen before', async () => {
    const entry = (id: number) => ({ id: String(id), doc: 'd', s: 'wing', readers: ['user:a'] })
    const { asked, client } = await serving([{ results: Array.from({ length: 1_000 }, (_, id) => entry(id)), total: 3_001 }, { results: [entry(1_000)], total: 3_001 }])
    const seen: string[] = []
    for await (const entries of client.entries('passages', filter, 2_000)) seen.push(...entries.map(({ id }) => id))
    expect([seen.length, seen.at(-1)]).toEqual([1_001, '1000'])
    const question = { filter: [...filter], fields: ['id', 'doc', 's', 'readers'], limit: 1_000 }
    expect(asked).toEqual([{ ...question, offset: 2_000 }, { ...question, offset: 3_000 }])
  })

  test('is counted without being read', async () => {
    const { asked, client } = await serving([{ results: [{ id: '1' }], total: 3_001 }, { results: [] }])
    expect(await client.count('passages', filter)).toBe(3_001)
    expect(asked).toEqual([{ filter: [...filter], fields: ['id'], limit: 1 }])
    await expect(client.count('passages', filter)).rejects.toMatchObject({ kind: 'nonsense' })
  })

  test.each([[{}], [{ results: [{ doc: 'd' }] }], [{ results: 'all' }]])('is not taken from %j', async (page) => {
    const { client } = await serving([page])
    await expect(client.entries('passages', filter).next()).rejects.toMatchObject({ kind: 'nonsense' })
  })
})
