import { isDeepStrictEqual } from 'node:util'
import { MeilisearchTaskTimeOutError, type EnqueuedTask, type Index, type IndexSwap, type Settings, type Task } from 'meilisearch'
import { z } from 'zod'
import type { MeiliFilter } from '../meili-filter.ts'
import { connect, safeName, type MeilisearchServer } from './client.ts'
import { failureOf, MeilisearchFailure } from './failure.ts'

const TIMEOUT_MS = 10_000
const IDS_AT_ONCE = 1_000
/** One look at a task waits so long; a large task takes minutes, and is looked at again. */
const WAIT_MS = 15_000
const LONGEST_TASK_MS = 30 * 60_000

type Named = { readonly id: string }
export type IndexClient = {
  /** Whether there is such an index, and whether it is set as it should be. */
  look(index: string, settings: Settings): Promise<'missing' | 'other' | 'set'>
  create(index: string): Promise<void>
  configure(index: string, settings: Settings): Promise<void>
  /** Adds entries or replaces them whole. `note` comes back with the task. */
  put(index: string, entries: readonly Named[], note?: string): Promise<void>
  /** Changes fields of entries that are there, and makes none. */
  change(index: string, entries: readonly Named[], note?: string): Promise<void>
  remove(index: string, ids: readonly string[]): Promise<void>
  /** The entries that meet a filter, as of the last task that was done. */
  idsOf(index: string, filter: MeiliFilter): Promise<string[]>
  /** How many entries meet a filter. */
  count(index: string, filter: MeiliFilter): Promise<number>
  /** What it holds of the entries that meet a filter, a thousand at a time, behind the first `from`. */
  entries(index: string, filter: MeiliFilter, from?: number): AsyncGenerator<HeldEntry[]>
  /** Two indexes change names, in one moment. */
  swap(one: string, other: string): Promise<void>
  /** An index that is not there is removed as well. */
  drop(index: string): Promise<void>
  /** Forgets tasks that ended before, which would pile up. */
  prune(indexes: readonly string[], before: Date): Promise<void>
}

/** `s` and `readers` are what the server says, whatever that is. */
export type HeldEntry = { readonly id: string; readonly doc?: unknown; readonly s?: unknown; readonly readers?: unknown }

const entriesPage = z.object({ results: z.array(z.object({ id: z.string(), doc: z.unknown().optional(), s: z.unknown().optional(), readers: z.unknown().optional() })) })
const page = z.object({ results: z.array(z.object({ id: z.string() })), total: z.int().min(0) })

/**
 * Keeps indexes, with a key that may not search. Each call returns when the server has done it: an accepted task may still fail, and its client does not say so.
 * `meanwhile` is called while a task is waited for. @throws MeilisearchFailure
 */
export function createIndexClient(server: MeilisearchServer, meanwhile: () => Promise<void> = () => Promise.resolve()): IndexClient {
  const client = connect({ timeoutMs: TIMEOUT_MS, ...server })
  const at = (index: string) => client.index(safeName(index))
  const ended = async ({ taskUid }: EnqueuedTask): Promise<Task> => {
    for (let waited = 0; waited < LONGEST_TASK_MS; waited += WAIT_MS) {
      try {
        return await client.tasks.waitForTask(taskUid, { timeout: WAIT_MS })
      } catch (error) {
        if (!(error instanceof MeilisearchTaskTimeOutError)) throw error
      }
      await meanwhile()
    }
    throw new MeilisearchFailure('task', { code: 'too_slow' })
  }
  const done = async (begin: () => Promise<EnqueuedTask>, allowed?: string): Promise<void> => {
    const task = await asked(async () => ended(await begin()))
    if (task.status === 'succeeded' || (allowed !== undefined && task.error?.code === allowed)) return
    throw new MeilisearchFailure('task', { code: task.error?.code ?? null, detail: task.status })
  }
  const named = <E extends Named>(entries: readonly E[]): E[] => entries.map((entry) => ({ ...entry, id: safeName(entry.id) }))
  return {
    async look(index, settings) {
      try {
        const present: Record<string, unknown> = await asked(() => at(index).getSettings())
        return Object.entries(settings).every(([name, value]) => covers(present[name], value)) ? 'set' : 'other'
      } catch (error) {
        if (error instanceof MeilisearchFailure && error.code === 'index_not_found') return 'missing'
        throw error
      }
    },
    create: (index) => done(() => client.createIndex(safeName(index), { primaryKey: 'id' }), 'index_already_exists'),
    configure: (index, settings) => done(() => at(index).updateSettings(settings)),
    put: (index, entries, note) => done(() => at(index).addDocuments(named(entries), { primaryKey: 'id', ...noted(note) })),
    change: (index, entries, note) => done(() => at(index).updateDocuments(named(entries), { skipCreation: true, ...noted(note) })),
    remove: (index, ids) => done(() => at(index).deleteDocuments(ids.map(safeName))),
    async idsOf(index, filter) {
      const ids: string[] = []
      for (;;) {
        const { results } = await read(page, at(index), { filter: [...filter], fields: ['id'], limit: IDS_AT_ONCE, offset: ids.length })
        ids.push(...results.map(({ id }) => safeName(id)))
        if (results.length < IDS_AT_ONCE) return ids
      }
    },
    count: async (index, filter) => (await read(page, at(index), { filter: [...filter], fields: ['id'], limit: 1 })).total,
    async* entries(index, filter, from = 0) {
      for (let offset = from, last = IDS_AT_ONCE; last === IDS_AT_ONCE; offset += last) {
        const { results } = await read(entriesPage, at(index), { filter: [...filter], fields: ['id', 'doc', 's', 'readers'], limit: IDS_AT_ONCE, offset })
        last = results.length
        yield results
      }
    },
    // Left out, `rename` is false: both are there, and neither takes the name of nothing.
    swap: (one, other) => done(() => client.swapIndexes([{ indexes: [safeName(one), safeName(other)] } as IndexSwap])),
    drop: (index) => done(() => client.deleteIndex(safeName(index)), 'index_not_found'),
    prune: (indexes, before) => done(() => client.tasks.deleteTasks({
      statuses: ['succeeded', 'failed', 'canceled'], indexUids: indexes.map(safeName), beforeFinishedAt: before.toISOString(),
    })),
  }
}

async function read<T>(shape: z.ZodType<T>, index: Index, ask: { filter: string[]; fields: string[]; limit: number; offset?: number }): Promise<T> {
  const parsed = shape.safeParse(await asked(() => index.getDocuments(ask)))
  if (!parsed.success) throw new MeilisearchFailure('nonsense', { detail: 'not the entries that were asked for' })
  return parsed.data
}

const noted = (note: string | undefined) => (note === undefined ? {} : { customMetadata: note })

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof RangeError) throw error
    throw failureOf(error)
  }
}

/** The server adds what it has defaults for. */
function covers(present: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted) || wanted === null || typeof wanted !== 'object') return isDeepStrictEqual(present, wanted)
  return present !== null && typeof present === 'object' && Object.entries(wanted).every(([name, value]) => covers((present as Record<string, unknown>)[name], value))
}
