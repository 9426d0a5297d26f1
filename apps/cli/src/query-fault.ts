import { IntelliDocsError } from '@intellidocs/client'
import { queryFault, type QueryFault } from '@intellidocs/contracts'
import type { CliContext } from './context.ts'
import { columnsOf, printable } from './output.ts'

/** What of a long query is shown in front of its fault, and behind it. */
const BEFORE = 40
const BEHIND = 30

/** The query, and below it what is wrong. */
export function pointer(query: string, { start, end }: Pick<QueryFault, 'start' | 'end'>): [string, string] {
  const from = start > BEFORE ? start - BEFORE : 0
  const to = query.length > end + BEHIND ? end + BEHIND : query.length
  const before = `${from > 0 ? '… ' : ''}${printable(query.slice(from, start))}`
  const at = printable(query.slice(start, end))
  return [`${before}${at}${printable(query.slice(end, to))}${to < query.length ? ' …' : ''}`, `${' '.repeat(columnsOf(before))}${'^'.repeat(Math.max(1, columnsOf(at)))}`]
}

/** Asks, and where the query cannot be read, shows the place before what is said of it. */
export async function pointingAt<T>({ out }: Pick<CliContext, 'out'>, query: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const fault = error instanceof IntelliDocsError && error.appCode === 'search.query_invalid' ? queryFault.safeParse(error.details).data : undefined
    if (fault !== undefined && !out.json) for (const line of pointer(query, fault)) out.note(line)
    throw error
  }
}
