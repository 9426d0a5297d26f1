import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flowContract } from '@intellidocs/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFlow, withIds, type Lookup } from './read-spec.ts'

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const ids: Record<string, string> = { 'user:ada@example.org': id(1), 'group:Directors': id(2), 'folder:Contracts/2026': id(3), 'flow:Next': id(4) }
const found = (kind: string) => async (named: string): Promise<string> => {
  const known = ids[`${kind}:${named}`]
  if (known === undefined) throw new Error(`no ${kind} ${named}`)
  return known
}
const lookup: Lookup = { user: found('user'), group: found('group'), folder: found('folder'), flow: found('flow') }
const anything: Lookup = { user: async () => id(9), group: async () => id(9), folder: async () => id(9), flow: async () => id(9) }

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'intellidocs-flow-')) })
afterAll(() => rm(dir, { recursive: true }))
async function file(content: string): Promise<string> {
  const path = join(dir, 'flow.yaml')
  await writeFile(path, content)
  return path
}

describe('names in a file', () => {
  test('become ids wherever the API takes one, in conditions on the folder too', async () => {
    const spec = await withIds({
      name: 'A flow', trigger: { on: 'uploaded', folder: 'Contracts/2026', when: { any: [{ fact: 'folder', oneOf: ['Contracts/2026'] }, { not: { fact: 'folder', is: 'Contracts/2026' } }] } },
      stages: [{ ask: [{ user: 'ada@example.org' }, { group: 'Directors' }, { role: 'owner' }] }],
      effects: { approved: [{ do: 'start', flow: 'Next' }, { do: 'share', with: { org: true }, level: 'view' }] },
    }, lookup)
    expect(spec).toEqual({
      name: 'A flow', trigger: { on: 'uploaded', folderId: id(3), when: { any: [{ fact: 'folder', oneOf: [id(3)] }, { not: { fact: 'folder', is: id(3) } }] } },
      stages: [{ ask: [{ user: id(1) }, { group: id(2) }, { role: 'owner' }] }],
      effects: { approved: [{ do: 'start', flowId: id(4) }, { do: 'share', with: { org: true }, level: 'view' }] },
    })
  })

  test('are left alone where they are data', async () => {
    const effect = { do: 'set', metadata: { user: 'nobody', folder: 'none', flow: 'free' } }
    expect(await withIds({ effects: { approved: [effect] } }, lookup)).toEqual({ effects: { approved: [effect] } })
    expect(await withIds({ fact: 'name', is: 'Contracts/2026' }, lookup)).toEqual({ fact: 'name', is: 'Contracts/2026' })
  })

  test('that nobody finds end the reading', async () => {
    await expect(withIds({ ask: [{ group: 'Nobody' }] }, lookup)).rejects.toThrow('no group Nobody')
  })
})

describe('a file', () => {
  test.each([
    ['that is no YAML', 'name: [', 'is not YAML'],
    ['that holds a list', '- name', 'does not hold a flow'],
    ['that is empty', '', 'does not hold a flow'],
    ['that is larger than a flow can be', `name: ${'x'.repeat(300_000)}`, 'larger than a flow can be'],
    ['whose aliases stand for more and more', `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`, 'alias'],
  ])('%s is refused in a sentence', async (_what, content, sentence) => {
    await expect(readFlow(await file(content))).rejects.toThrow(sentence)
  })
})

test('the flows of examples/flows are definitions that the API takes', async () => {
  const folder = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'flows')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'))
  expect(names).toHaveLength(4)
  for (const name of names) {
    const parsed = flowContract.flowSpec.safeParse(await withIds(await readFlow(join(folder, name)), anything))
    expect([name, parsed.error?.issues]).toEqual([name, undefined])
  }
})
