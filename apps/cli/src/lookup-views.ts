import type { IntelliDocsClient } from '@intellidocs/client'
import type { SearchView } from '@intellidocs/contracts'
import { CommandError, UsageError } from './failure.ts'
import { printable } from './output.ts'

/** A view by its id or name, case aside; the caller's own before one that somebody shares. */
export async function findView({ api }: IntelliDocsClient, named: string, own: boolean): Promise<SearchView> {
  const { items } = await api.search.views.list.query({})
  const matches = items.filter((view) => (view.own || !own) && (view.id === named.toLowerCase() || view.name.toLowerCase() === named.normalize('NFC').toLowerCase()))
  const [first, ...others] = matches.some((view) => view.own) ? matches.filter((view) => view.own) : matches
  if (first === undefined) throw new CommandError(`There is no view called "${printable(named)}"${own ? ' of yours' : ''}.`)
  if (others.length > 0) throw new UsageError(`${others.length + 1} views are called "${printable(named)}". Name one by its id: ${[first, ...others].map(({ id }) => id).join(', ')}.`)
  return first
}
