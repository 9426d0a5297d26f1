import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
let org: TestOrg
beforeAll(async () => {
  world = await searchWorld()
  org = await createTestOrg(world.database, 'Query')
})
afterAll(() => world.close())

const modes = ['keyword', 'meaning', 'hybrid'] as const
type Asked = Partial<{ plain: boolean; query: string; mode: (typeof modes)[number]; limit: number; cursor: string; filters: Record<string, unknown> }>
const ask = (actor: Actor, input: Asked) => world.search.query(actor, searchContract.searchQuery.input.parse({ limit: 100, ...input }))
const names = async (input: Asked, actor: Actor = org.viewer) => (await ask(actor, input)).hits.map((hit) => hit.name).toSorted()
const refused = (input: Asked, actor: Actor = org.viewer) => ask(actor, input).then(() => { throw new Error('answered') }, (error: unknown) => error)
const add = (name: string, text: string | string[], more: Partial<Parameters<SearchWorld['add']>[0]> = {}) => world.add({ org, name, text, ...more })
const change = (documentId: string, set: string) => world.sql(org.system, `update document set ${set} where id = '${documentId}'`)
const changeVersion = (versionId: string, set: string) => world.sql(org.system, `update document_version set ${set} where id = '${versionId}'`)

async function folder(name: string, { parent = null, restricted = false }: { parent?: string | null; restricted?: boolean } = {}): Promise<string> {
  const id = newId()
  await world.sql(org.system, `insert into folder (id, org_id, parent_id, name, visibility, created_by)
    values ('${id}', '${org.org.id}', ${parent === null ? 'null' : `'${parent}'`}, '${name}', '${restricted ? 'restricted' : 'org'}', '${org.owner.userId}')`)
  return id
}

describe('phrases and what must not be there', () => {
  beforeAll(async () => {
    await add('exact.txt', 'The harbour master signs the form.')
    await add('apart.txt', 'The master of the harbour signs the form.')
    await add('stems.txt', 'The harbours mastered forms.')
    await add('pages.txt', ['The harbour master has an office.', 'A lighthouse keeper has none.'])
    await add('harbour master.txt', 'What stands in the name counts as well.')
    await add('agua.txt', 'A gestão da água é pública.', { language: 'pt' })
    await add('question.txt', 'To be, or not to be: that is it.')
    await world.search.fold()
  })

  test.each(modes)('%s: words of a phrase stand side by side, in this order and spelling', async (mode) => {
    expect(await names({ query: '"harbour master"', mode })).toEqual(['exact.txt', 'harbour master.txt', 'pages.txt'])
    expect(await names({ query: '"master harbour"', mode })).toEqual([])
    expect(await names({ query: '"harbour master" form', mode })).toEqual(['exact.txt', 'harbour master.txt', 'pages.txt'])
  })

  test.each(modes)('%s: a document holds each of several phrases, on whatever page', async (mode) => {
    expect(await names({ query: '"harbour master" "lighthouse keeper"', mode })).toEqual(['pages.txt'])
  })

  test.each(modes)('%s: a phrase leaves out accents, and may be made of stop words alone', async (mode) => {
    expect(await names({ query: '"gestao da agua"', mode })).toEqual(['agua.txt'])
    expect(await names({ query: '"to be or not"', mode })).toEqual(['question.txt'])
    expect(await names({ query: '"or to be"', mode })).toEqual([])
  })

  test.each(modes)('%s: nothing is found in which a word stands that must not, on whatever page; other forms of it do not count', async (mode) => {
    expect(await names({ query: 'harbour -master', mode })).not.toContain('exact.txt')
    expect(await names({ query: 'harbour -lighthouse', mode })).not.toContain('pages.txt')
    const found = await names({ query: 'harbour -"harbour master"', mode })
    expect(found).toEqual(expect.arrayContaining(['apart.txt', 'stems.txt']))
    expect(found.filter((name) => ['exact.txt', 'pages.txt', 'harbour master.txt'].includes(name))).toEqual([])
    expect(await names({ query: 'harbour -master', mode })).toContain('stems.txt')
  })

  test('a phrase is found in whatever passage it stands, and though other forms of it stand in more documents than are ranked', async () => {
    const forms = await createTestOrg(world.database, 'Forms')
    const filler = 'goes on about many other things '.repeat(9)
    for (let n = 0; n < 301; n += 1) await world.add({ org: forms, name: `${n}.txt`, text: 'Annual reports, annual reporting.' })
    await world.add({ org: forms, name: 'pages.txt', text: ['Annual reports. The annual reports are the annual reports of annual reporting.', `The annual report of the board ${filler}.`] })
    await world.add({ org: forms, name: 'last.txt', text: `An annual report ${filler}.` })
    await world.search.fold()
    for (const mode of modes) {
      const { hits } = await ask(forms.viewer, { query: '"annual report"', mode })
      expect(hits.map(({ name, page }) => `${name} ${page}`).toSorted(), mode).toEqual(['last.txt 1', 'pages.txt 2'])
      if (mode === 'keyword') expect(hits[0]?.why.words).toEqual(['annual', 'report'])
    }
  }, 120_000)

  test('a plain query is all words', async () => {
    expect(await names({ query: '"harbour -master type:pdf', mode: 'keyword', plain: true })).toEqual(expect.arrayContaining(['exact.txt', 'apart.txt', 'stems.txt']))
  })

  test('what is left out is neither looked for nor said', async () => {
    const { hits } = await ask(org.viewer, { query: 'harbour -lighthouse', mode: 'keyword' })
    expect(new Set(hits.flatMap((hit) => hit.why.words))).toEqual(new Set(['harbour']))
  })

  test('where what must not be there is in more documents than are ranked, the rest is still found', async () => {
    const many = await createTestOrg(world.database, 'Many')
    for (let n = 0; n < 310; n += 1) await world.add({ org: many, name: `car ${n}.txt`, text: 'The jaguar is a jaguar car, a fast car.' })
    await world.add({ org: many, name: 'cat.txt', text: `${'Of many other things that live in the woods of the south. '.repeat(12)} A jaguar hunts at night.` })
    await world.search.fold()
    expect((await ask(many.viewer, { query: 'jaguar -car', mode: 'keyword' })).hits.map((hit) => hit.name)).toEqual(['cat.txt'])
  }, 120_000)

  test('a phrase that could not be looked up finds nothing, and the answer says so', async () => {
    await asAdmin(world.adminUrl, 'alter table passage_keyword rename to kw_gone')
    try {
      expect(await ask(org.viewer, { query: '"harbour master"' })).toMatchObject({ hits: [], degraded: true, missing: ['keyword'] })
      expect(await ask(org.viewer, { query: 'harbour -lighthouse' })).toMatchObject({ hits: [], degraded: true, missing: ['keyword'] })
    } finally {
      await asAdmin(world.adminUrl, 'alter table kw_gone rename to passage_keyword')
    }
  })
})

describe('filters', () => {
  let board: string
  beforeAll(async () => {
    board = await folder('Board')
    const year = await folder('2025', { parent: board })
    const other = await folder('2025')
    const invoice = await add('invoice.pdf', 'The windlass was paid.')
    await change(invoice.documentId, `tags = '{invoice,to pay}', folder_id = '${year}', created_at = '2025-01-31T23:59:59Z', updated_at = '2025-06-01T00:00:00Z'`)
    await changeVersion(invoice.versionId, `mime = 'application/pdf', pages = 12`)
    const letter = await add('letter.eml', 'The windlass was not paid.', { language: 'pt' })
    await change(letter.documentId, `tags = '{letter,to pay}', folder_id = '${other}', created_at = '2025-02-01T00:00:00Z', owner_id = '${org.editor.userId}'`)
    await changeVersion(letter.versionId, `mime = 'message/rfc822', pages = 1`)
    await add('note.txt', 'The windlass is a machine.', { language: null })
    const flow = newId()
    await asAdmin(world.adminUrl, `
      insert into flow (id, org_id, name, draft, created_by) values ('${flow}', '${org.org.id}', 'Sign-off', '{}', '${org.owner.userId}');
      insert into flow_version (org_id, flow_id, version, spec, published_by) values ('${org.org.id}', '${flow}', 1, '{}', '${org.owner.userId}');
      ${[['rejected', invoice.documentId], ['approved', invoice.documentId], ['running', letter.documentId]].map(([state, documentId]) => `
        insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, state, requester_id, created_at, state_changed_at, ended_at)
        values ('${newId()}', '${org.org.id}', '${flow}', 1, '${documentId}', 1, '${state}', '${org.owner.userId}', now(), now(), ${state === 'running' ? 'null' : 'now()'});`).join('')}`)
    await world.search.fold()
  })

  test.each<[string, string[]]>([
    ['type:pdf', ['invoice.pdf']], ['-type:pdf,email', ['note.txt']], ['type:message/rfc822', ['letter.eml']],
    ['tag:invoice', ['invoice.pdf']], ['tag:"to pay"', ['invoice.pdf', 'letter.eml']], ['tag:"to pay" tag:letter', ['letter.eml']], ['tag:invoice,letter', ['invoice.pdf', 'letter.eml']],
    ['-tag:letter', ['invoice.pdf', 'note.txt']],
    ['folder:board', ['invoice.pdf']], ['folder:2025', ['invoice.pdf', 'letter.eml']], ['folder:Board/2025', ['invoice.pdf']], ['-folder:Board', ['letter.eml', 'note.txt']],
    ['folder:2025 folder:Board', ['invoice.pdf']],
    ['owner:me', []], ['-owner:me', ['invoice.pdf', 'letter.eml', 'note.txt']], ['owner:"query EDITOR"', ['letter.eml']],
    ['created:2025-01', ['invoice.pdf']], ['created:>2025-01', ['letter.eml', 'note.txt']], ['created:<2025-02', ['invoice.pdf']], ['created:2025-01..2025-03', ['invoice.pdf', 'letter.eml']],
    ['-created:2025', ['note.txt']], ['created:2025-02..9999', ['letter.eml', 'note.txt']], ['created:9999', []], ['created:>9999', []], ['-created:>9999-12 created:2025-01', ['invoice.pdf']], ['updated:2025-06-01', ['invoice.pdf']],
    ['pages:>10', ['invoice.pdf']], ['pages:1..12', ['invoice.pdf', 'letter.eml']], ['-pages:1', ['invoice.pdf']],
    ['language:pt', ['letter.eml']], ['-language:pt', ['invoice.pdf', 'note.txt']],
    ['flow:approved', ['invoice.pdf']], ['flow:rejected', []], ['flow:open', ['letter.eml']], ['flow:none', ['note.txt']], ['-flow:open', ['invoice.pdf', 'note.txt']],
    ['name:INVOICE', ['invoice.pdf']], ['-name:.eml', ['invoice.pdf', 'note.txt']], ['title:%', []],
  ])('%s, with a word in each mode and by itself', async (query, expected) => {
    for (const mode of modes) expect(await names({ query: `windlass ${query}`, mode }), mode).toEqual(expect.arrayContaining(expected))
    expect(await names({ query: `windlass ${query}`, mode: 'keyword' })).toEqual(expected)
    const listed = await names({ query: `${query} -harbour -windless`, limit: 100 })
    expect(listed.filter((name) => ['invoice.pdf', 'letter.eml', 'note.txt'].includes(name)), 'listed').toEqual(expected)
  })

  test.each<[Record<string, unknown>, string[]]>([
    [{ types: ['pdf', 'email'] }, ['invoice.pdf', 'letter.eml']], [{ tags: ['to pay', 'letter'] }, ['letter.eml']], [{ mime: 'application/pdf' }, ['invoice.pdf']],
    [{ pagesFrom: 2, pagesTo: 12 }, ['invoice.pdf']], [{ flow: 'approved' }, ['invoice.pdf']], [{ name: 'voice' }, ['invoice.pdf']],
    [{ createdAfter: '2025-02-01T00:00:00Z', createdBefore: '2025-02-01T00:00:00.001Z' }, ['letter.eml']], [{ updatedBefore: '2025-06-01T00:00:00.001Z' }, ['invoice.pdf']],
    [{ createdAfter: '0000-01-01T00:00:00Z', createdBefore: '2025-02-01T00:00:00Z' }, ['invoice.pdf']],
    [{ updatedBefore: '0000-12-31T00:00:00Z' }, []], [{ not: { types: ['pdf'], language: 'pt' } }, ['note.txt']], [{ not: { tags: ['invoice', 'letter'] } }, ['note.txt']],
  ])('front ends send %j', async (filters, expected) => {
    expect(await names({ query: 'windlass', mode: 'keyword', filters })).toEqual(expected)
    const { ownerId: _, ...more } = { ownerId: null, ...filters }
    expect(await names({ query: 'name:. windlass', mode: 'keyword', filters: more })).toEqual(expected)
  })

  test('filters of the query and beside it hold together', async () => {
    expect(await names({ query: 'windlass type:pdf', mode: 'keyword', filters: { folderId: board } })).toEqual(['invoice.pdf'])
    expect(await names({ query: 'windlass type:email', mode: 'keyword', filters: { folderId: board } })).toEqual([])
  })

  test('a query without words lists by date, newest first, in pages', async () => {
    const listed: string[] = []
    for (let cursor: string | undefined; ;) {
      const answer = await ask(org.viewer, { query: '-name:car', limit: 3, ...(cursor === undefined ? {} : { cursor }) })
      listed.push(...answer.hits.map((hit) => hit.name))
      for (const hit of answer.hits) expect(hit).toMatchObject({ highlights: [], meaningScore: null, why: { words: [], meaning: false } })
      if (answer.nextCursor === null) break
      cursor = answer.nextCursor
    }
    expect(listed).toHaveLength(10)
    expect(new Set(listed).size).toBe(10)
    expect(listed.slice(-2)).toEqual(['letter.eml', 'invoice.pdf'])
    expect(listed[0]).toBe('note.txt')
  })

  test('who reads no flows cannot ask how they stand; who reads no members finds none by name', async () => {
    const without = (permission: string): Actor => ({ ...org.viewer, permissions: new Set([...org.viewer.permissions].filter((p) => p !== permission)) })
    expect(await refused({ query: 'windlass flow:approved' }, without('flows:read'))).toMatchObject({ code: 'auth.forbidden', details: { permission: 'flows:read' } })
    expect(await refused({ query: '', filters: { not: { flow: 'open' } } }, without('flows:read'))).toMatchObject({ code: 'auth.forbidden' })
    expect(await refused({ query: 'owner:"query editor"' }, without('members:read'))).toMatchObject({ code: 'search.query_invalid', details: { reason: 'owner_unknown', start: 6, end: 20 } })
    expect(await names({ query: `windlass owner:${org.editor.userId}`, mode: 'keyword' }, without('members:read'))).toEqual(['letter.eml'])
  })

  test('a folder that is not shown, one of another organization and none at all are one answer', async () => {
    await folder('Secret', { restricted: true })
    const other = await createTestOrg(world.database, 'Other')
    await world.sql(other.system, `insert into folder (id, org_id, name, created_by) values ('${newId()}', '${other.org.id}', 'Theirs', '${other.owner.userId}')`)
    for (const name of ['Secret', 'Theirs', 'Nowhere', newId()]) {
      expect(await refused({ query: `a folder:${name}` })).toMatchObject({
        code: 'search.query_invalid', details: { reason: 'folder_unknown', start: 9, end: 9 + name.length, message: 'There is no such folder among those you may see.' },
      })
    }
    expect(await refused({ query: 'owner:"Other owner"' })).toMatchObject({ details: { reason: 'owner_unknown' } })
  })

  test.each(modes)('%s: no filter shows what somebody may not read', async (mode) => {
    await add('hidden.pdf', 'The windlass of the board.', { readers: [`user:${org.owner.userId}`] })
    for (const query of ['windlass -tag:none', 'windlass -type:pdf -name:note', '"the windlass"', '-tag:none', '-"something else"']) {
      expect(await names({ query, mode }), query).not.toContain('hidden.pdf')
      expect(await names({ query, mode }, { ...org.guest, principals: [`org:${org.org.id}x`] })).toEqual([])
    }
  })

  test.each(['owner:"\0"', 'folder:"\uD800"', 'tag:京都', 'name:"\0"', 'folder:/', '"\0a\0"'])('%j is read or refused, never an error', async (query) => {
    const answer = await ask(org.viewer, { query }).catch((error: unknown) => error)
    if (answer instanceof Error) expect(answer).toMatchObject({ code: 'search.query_invalid' })
    else expect(answer).toMatchObject({ missing: [] })
  })
})
