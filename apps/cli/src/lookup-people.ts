import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import { roles, type Principal, type UploadRequestShown } from '@intellidocs/contracts'
import { CommandError, UsageError } from './failure.ts'
import { listAll, UUID } from './lookup.ts'
import { printable } from './output.ts'

type Api = IntelliDocsClient['api']
export type Member = Awaited<ReturnType<Api['orgs']['members']['list']['query']>>['items'][number]
export type Group = Awaited<ReturnType<Api['orgs']['groups']['list']['query']>>['items'][number]
export type OwnRole = Awaited<ReturnType<Api['orgs']['roles']['list']['query']>>['items'][number]
export type Invitation = Awaited<ReturnType<Api['orgs']['invitations']['list']['query']>>['items'][number]
export type ApiKey = Awaited<ReturnType<Api['users']['apiKeys']['list']['query']>>['items'][number]

export const listMembers = ({ api }: IntelliDocsClient): Promise<Member[]> => listAll((page) => api.orgs.members.list.query(page))
export const listGroups = ({ api }: IntelliDocsClient): Promise<Group[]> => listAll((page) => api.orgs.groups.list.query(page))
export const listOwnRoles = ({ api }: IntelliDocsClient): Promise<OwnRole[]> => listAll((page) => api.orgs.roles.list.query(page))
export const listInvitations = ({ api }: IntelliDocsClient): Promise<Invitation[]> => listAll((page) => api.orgs.invitations.list.query(page))
export const listKeys = ({ api }: IntelliDocsClient): Promise<ApiKey[]> => listAll((page) => api.users.apiKeys.list.query(page))
export type Endpoint = Awaited<ReturnType<Api['webhooks']['endpoints']['list']['query']>>['items'][number]
export const listEndpoints = ({ api }: IntelliDocsClient): Promise<Endpoint[]> => listAll((page) => api.webhooks.endpoints.list.query(page))

export const listUploadRequests = ({ api }: IntelliDocsClient): Promise<UploadRequestShown[]> => listAll((page) => api.documents.uploadRequests.list.query(page))

/** Whether a name is the one that somebody typed. */
export const same = (a: string, b: string): boolean => a.normalize('NFC').toLowerCase() === b.trim().normalize('NFC').toLowerCase()

/** Nothing for those who may not list it: they are shown ids in place of names. */
export async function asFarAsListed<T>(listing: Promise<T[]>): Promise<T[]> {
  try {
    return await listing
  } catch (error) {
    if (!(error instanceof IntelliDocsError) || error.appCode !== 'auth.forbidden') throw error
    return []
  }
}

/** Names people as the organization knows them; by their ids to who may not list its members, and who left. */
export async function memberNames(client: IntelliDocsClient): Promise<(userId: string) => string> {
  const members = await asFarAsListed(listMembers(client))
  const names = new Map(members.map(({ userId, name, email }) => [userId as string, `${printable(name)} <${printable(email)}>`]))
  return (userId) => names.get(userId) ?? userId
}

/** The same of everybody to whom something may be granted. */
export async function principalNames(client: IntelliDocsClient): Promise<(principal: Principal) => string> {
  const [members, groups] = await Promise.all([asFarAsListed(listMembers(client)), asFarAsListed(listGroups(client))])
  const names = new Map<string, string>([
    ...members.map(({ userId, email }) => [userId, email] as const), ...groups.map(({ id, name }) => [id, `the group ${name}`] as const),
  ])
  return (principal) => {
    if ('org' in principal) return 'everybody but guests'
    const [id, kind] = 'user' in principal ? [principal.user, 'user'] : [principal.group, 'group']
    return printable(names.get(id) ?? `${kind}:${id}`)
  }
}

/** A thing that was named, and how it is told apart from others of its name. */
type Candidate<T> = { readonly it: T; readonly told: string }
type Wanted<T> = { readonly what: keyof typeof LISTED_BY; readonly named: string; readonly found: readonly Candidate<T>[] }

const LISTED_BY = {
  member: 'members', group: 'groups', role: 'roles', endpoint: 'webhooks', 'upload request': 'upload-request', 'open invitation for': 'invite list', 'API key': 'keys', 'member or group': 'members" or "intellidocs groups',
} as const

/** The only one; of several the caller names one in another way. */
function only<T>({ what, named, found }: Wanted<T>): T {
  const [first, ...others] = found
  if (first === undefined) throw new CommandError(`There is no ${what} "${printable(named)}" among those you may see. "intellidocs ${LISTED_BY[what]}" lists them.`)
  if (others.length === 0) return first.it
  throw new UsageError(`"${printable(named)}" may be any of ${found.length}; name one by its id: ${found.map(({ told }) => told).join(', ')}.`)
}

const toldMember = ({ email, userId }: Member): string => `user:${userId} (${printable(email)})`
const toldGroup = ({ name, id }: Group): string => `group:${id} (${printable(name)})`

const isMember = ({ userId, email, name }: Member, named: string): boolean => same(userId, named) || same(email, named) || same(name, named)
const isNamed = ({ id, name }: { id: string; name: string }, named: string): boolean => same(id, named) || same(name, named)

/** A member by id, address or name. */
export async function findMember(client: IntelliDocsClient, named: string): Promise<Member> {
  const wanted = withoutPrefix(named, 'user')
  const found = (await listMembers(client)).filter((member) => isMember(member, wanted))
  return only({ what: 'member', named: wanted, found: found.map((it) => ({ it, told: toldMember(it) })) })
}

/** The id of a user by id, address or name. An id is taken as it is: it may be that of somebody who has left. */
export async function findUserId(client: IntelliDocsClient, named: string): Promise<string> {
  const wanted = withoutPrefix(named, 'user')
  return UUID.test(wanted) ? wanted.toLowerCase() : (await findMember(client, wanted)).userId
}

export async function findGroup(client: IntelliDocsClient, named: string): Promise<Group> {
  const wanted = withoutPrefix(named, 'group')
  const found = (await listGroups(client)).filter((group) => isNamed(group, wanted))
  return only({ what: 'group', named: wanted, found: found.map((it) => ({ it, told: toldGroup(it) })) })
}

/** One of the organization's own roles. */
export async function findOwnRole(client: IntelliDocsClient, named: string): Promise<OwnRole> {
  const found = (await listOwnRoles(client)).filter((role) => isNamed(role, named))
  return only({ what: 'role', named, found: found.map((it) => ({ it, told: it.id })) })
}

export type RoleRef = { role: (typeof roles)[number] | 'custom'; roleId: string | null }

/** A role to give: a built-in one by its name, one of the organization's own by name or id. */
export async function findRole(client: IntelliDocsClient, named: string): Promise<RoleRef> {
  const builtIn = roles.find((role) => same(role, named))
  return builtIn === undefined ? { role: 'custom', roleId: (await findOwnRole(client, named)).id } : { role: builtIn, roleId: null }
}

/** An open invitation by its id or the address it is for. */
export async function findInvitation(client: IntelliDocsClient, named: string): Promise<Invitation> {
  const found = (await listInvitations(client)).filter(({ id, email }) => same(id, named) || same(email, named))
  return only({ what: 'open invitation for', named, found: found.map((it) => ({ it, told: it.id })) })
}

/** A key of the caller's by id, prefix or name; of one name, those that still work go before those that do not. */
export async function findKey(client: IntelliDocsClient, named: string): Promise<ApiKey> {
  const found = (await listKeys(client)).filter(({ id, prefix, name }) => same(id, named) || prefix === named || same(name, named))
  const working = found.filter(({ revokedAt }) => revokedAt === null)
  const meant = working.length > 0 ? working : found
  return only({ what: 'API key', named, found: meant.map((it) => ({ it, told: `${it.id} (${it.prefix})` })) })
}

/**
 * To whom something is granted: `org` for everybody but guests, `user:` or `group:` with an id, an address or a name, or any of these without
 * the prefix where only one member or group is meant. An id behind a prefix is not looked up, so that what is granted to somebody gone can be
 * taken away.
 */
export async function findPrincipal(client: IntelliDocsClient, named: string): Promise<Principal> {
  if (same('org', named)) return { org: true }
  const [prefix, id = ''] = named.split(':', 2)
  if (prefix === 'user' && UUID.test(id)) return { user: id.toLowerCase() } as Principal
  if (prefix === 'group' && UUID.test(id)) return { group: id.toLowerCase() } as Principal
  if (prefix === 'user') return { user: (await findMember(client, named)).userId }
  if (prefix === 'group') return { group: (await findGroup(client, named)).id }
  const [members, groups] = await Promise.all([listMembers(client), listGroups(client)])
  const found: Candidate<Principal>[] = [
    ...members.filter((member) => isMember(member, named)).map((member) => ({ it: { user: member.userId }, told: toldMember(member) })),
    ...groups.filter((group) => isNamed(group, named)).map((group) => ({ it: { group: group.id }, told: toldGroup(group) })),
  ]
  return only({ what: 'member or group', named, found })
}

function withoutPrefix(named: string, prefix: 'user' | 'group'): string {
  return named.startsWith(`${prefix}:`) ? named.slice(prefix.length + 1) : named
}

/** One that others hand files in by, by its id or title. */
export async function findUploadRequest(client: IntelliDocsClient, named: string): Promise<UploadRequestShown> {
  const found = (await listUploadRequests(client)).filter(({ id, title }) => same(id, named) || same(title, named))
  return only({ what: 'upload request', named, found: found.map((it) => ({ it, told: it.id })) })
}

/** An endpoint of webhooks by its id, address or description. */
export async function findEndpoint(client: IntelliDocsClient, named: string): Promise<Endpoint> {
  const found = (await listEndpoints(client)).filter(({ id, url, description }) => same(id, named) || url === named || same(description, named))
  return only({ what: 'endpoint', named, found: found.map((it) => ({ it, told: it.id })) })
}
