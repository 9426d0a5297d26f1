import type { Client } from '@temporalio/client'
import { until } from '@intellidocs/testing'
import { rounded } from '../figures.ts'

/** Rarely enough that the looking is no load. */
const PATIENCE = { withinMs: 300_000, everyMs: 200 }

/** The work of all items, so many at a time. */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items]
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }))
}

/** When runs of the type were started, by the clock of the Temporal server, once there are so many. Ascending, milliseconds since 1970. */
export const startsOf = (client: Client, type: string, count: number): Promise<number[]> => until(`${count} runs of ${type} have started`, async () => {
  const found: number[] = []
  for await (const { startTime } of client.workflow.list({ query: `WorkflowType='${type}'` })) found.push(startTime.getTime())
  return found.length >= count && found.toSorted((a, b) => a - b)
}, PATIENCE)

/** A second, from the first start to the last. */
export const rateOf = (starts: readonly number[]): number => rounded((starts.length * 1000) / ((starts.at(-1) ?? 0) - (starts[0] ?? 0)))
