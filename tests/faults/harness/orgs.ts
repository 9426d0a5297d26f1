import { rolePermissions } from '@intellidocs/contracts'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'

/** An organization, and how to be its member at an API. The clients know it by an API key, so they can be in no other one. */
export type Org = {
  readonly id: string
  readonly slug: string
  client(url: string): IntelliDocsClient
  /** Who calls, for plain HTTP. */
  readonly headers: Readonly<Record<string, string>>
}

/** The organization of the first start, and another one. */
export async function joinOrgs(url: string, person: { email: string; password: string }): Promise<[Org, Org]> {
  const anonymous = createIntelliDocsClient({ url })
  const { token, orgs: [main] } = await anonymous.api.auth.signIn.mutate({ ...person, transport: 'token' })
  if (token === null || main === undefined) throw new Error('the first account has no session or no organization')
  const other = await createIntelliDocsClient({ url, token }).api.orgs.create.mutate({ name: 'Other', slug: 'other' })
  return [await keyed(url, token, { id: main.orgId, slug: main.slug }), await keyed(url, token, { id: other.id, slug: other.slug })]
}

async function keyed(url: string, token: string, { id, slug }: { id: string; slug: string }): Promise<Org> {
  const owner = createIntelliDocsClient({ url, token, org: slug })
  const { secret } = await owner.api.users.apiKeys.create.mutate({ name: 'faults', scopes: [...rolePermissions.admin] })
  return { id, slug, client: (at) => createIntelliDocsClient({ url: at, token: secret }), headers: { authorization: `Bearer ${secret}` } }
}
