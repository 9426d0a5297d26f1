import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { MeiliFilter, MeiliReaders } from '../../../packages/domain/src/modules/search/meili-filter.ts'

export type MeiliEntry = MeiliReaders & { readonly id: string }
type Asked = { readonly filter: MeiliFilter; readonly expected: readonly string[] }

const WAIT_MS = 100

/** Asks the server of `MEILI_URL` the same filters over the same entries, in an index of its own that is removed; does nothing where none is named. */
export async function askMeili(entries: readonly MeiliEntry[], asked: readonly Asked[]): Promise<void> {
  const url = process.env['MEILI_URL']
  if (url === undefined || url === '') return
  const index = `access-${randomUUID()}`
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(path, url), {
      method, headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env['MEILI_KEY'] ?? ''}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return await response.json() as T
  }
  const done = async ({ taskUid }: { taskUid: number }): Promise<void> => {
    for (;;) {
      const { status, error } = await call<{ status: string; error: unknown }>('GET', `/tasks/${taskUid}`)
      if (status === 'succeeded') return
      if (status !== 'enqueued' && status !== 'processing') throw new Error(`task ${taskUid} ${status}: ${JSON.stringify(error)}`)
      await new Promise((resolve) => { setTimeout(resolve, WAIT_MS) })
    }
  }
  try {
    await done(await call('POST', '/indexes', { uid: index, primaryKey: 'id' }))
    await done(await call('PUT', `/indexes/${index}/settings/filterable-attributes`, ['org', 'readers']))
    await done(await call('POST', `/indexes/${index}/documents`, entries))
    for (const { filter, expected } of asked) {
      const { hits } = await call<{ hits: { id: string }[] }>('POST', `/indexes/${index}/search`, { q: '', filter, limit: 100, attributesToRetrieve: ['id'] })
      expect(hits.map(({ id }) => id).toSorted()).toEqual(expected)
    }
  } finally {
    await call('DELETE', `/indexes/${index}`)
  }
}
