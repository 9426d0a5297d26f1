import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flowsApply } from './commands/flows.ts'
import type { CliContext } from './context.ts'

let dir: string
const file = (): string => join(dir, 'contracts.json')
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-flows-'))
  await writeFile(file(), JSON.stringify({ name: 'Contracts', stages: [{ key: 'one', name: 'One', ask: [{ role: 'owner' }], decide: { rule: 'all' } }] }))
})
afterAll(() => rm(dir, { recursive: true }))

/** An installation with these flows; what was sent to it. */
function installation(flows: readonly { name: string; version: number }[]): { context: CliContext; sent: string[]; said: string[] } {
  const [sent, said]: [string[], string[]] = [[], []]
  const definitions = {
    list: { query: () => Promise.resolve({ items: flows.map((flow) => ({ id: '0197f0aa-0000-7000-8000-000000000001', ...flow })), nextCursor: null }) },
    create: { mutate: () => Promise.resolve({ id: String(sent.push('create')) }) },
    publish: { mutate: () => Promise.resolve({ id: String(sent.push('publish')), name: 'Contracts', version: 1 }) },
  }
  const context = { client: { api: { workflows: { definitions } } }, out: { print: (line: string) => said.push(line) } } as unknown as CliContext
  return { context, sent, said }
}

test('a draft of a name that has none is kept, and nothing is published', async () => {
  const { context, sent, said } = installation([])
  expect(await flowsApply(context, [file()], { draft: true })).toMatchObject({ ok: true, value: { flow: { version: 0 } } })
  expect([sent, said[0]]).toEqual([['create'], expect.stringContaining('Contracts is kept as a draft.')])
})

test.each([[0, 'Contracts is a draft already, which is not written over.'], [3, 'Contracts is published already;']])(
  'a draft of a flow that is there in version %i changes nothing, and says what is there', async (version, says) => {
    const { context, sent } = installation([{ name: 'Contracts', version }])
    await expect(flowsApply(context, [file()], { draft: true })).rejects.toThrow(says)
    expect(sent).toEqual([])
  })

test('without it a draft is published', async () => {
  const { context, sent } = installation([{ name: 'Contracts', version: 0 }])
  expect(await flowsApply(context, [file()], {})).toMatchObject({ ok: true, value: { flow: { version: 1 } } })
  expect(sent).toEqual(['publish'])
})
