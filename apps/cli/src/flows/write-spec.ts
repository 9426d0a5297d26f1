import type { IntelliDocsClient } from '@intellidocs/client'
import { stringify } from 'yaml'
import { asFarAsListed, listGroups, listMembers } from '../lookup-people.ts'

/** What an id behind a key is called, in a definition as `flows apply` takes it; the id itself where there is no such name. */
export type NamesOfIds = { readonly user: ReadonlyMap<string, string>; readonly group: ReadonlyMap<string, string> }

/** Of everybody and every group that the caller may list; a name that two groups share names neither. */
export async function namesOfIds(client: IntelliDocsClient): Promise<NamesOfIds> {
  const [members, groups] = await Promise.all([asFarAsListed(listMembers(client)), asFarAsListed(listGroups(client))])
  const shared = new Set(groups.map(({ name }) => name.toLowerCase()).filter((name, at, names) => names.indexOf(name) !== at))
  return {
    user: new Map(members.map(({ userId, email }) => [userId, email])),
    group: new Map(groups.filter(({ name }) => !shared.has(name.toLowerCase())).map(({ id, name }) => [id, name])),
  }
}

/** A definition as people write it: what `flows apply` reads. */
export const asYaml = (spec: unknown, names: NamesOfIds): string => stringify(withNames(spec, names), { lineWidth: 150 })

function withNames(value: unknown, names: NamesOfIds): unknown {
  if (Array.isArray(value)) return value.map((item) => withNames(item, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]: [string, unknown]) => {
    // Data, whatever its fields are called.
    if (key === 'metadata') return [key, inner]
    if ((key === 'user' || key === 'group') && typeof inner === 'string') return [key, names[key].get(inner) ?? inner]
    return [key, withNames(inner, names)]
  }))
}
