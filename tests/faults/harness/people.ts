import { rolePermissions, type UserId } from '@intellidocs/contracts'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import type { Org } from './orgs.ts'
import { ADMIN, type Stack } from './stack.ts'

/** A member with an account and an API key of their own. */
export type Person = { readonly userId: UserId; readonly email: string; readonly client: IntelliDocsClient }

/** Written past every wall, with the administrator's password; from then on somebody like everybody. */
export async function joinPerson({ sql, api: { url } }: Stack, org: Org, name: string): Promise<Person> {
  const email = `${name}@example.org`
  const [row] = await sql<{ id: UserId }>(`
    with person as (insert into user_account (id, email, name, password_hash, email_verified_at)
      select gen_random_uuid(), $1, $2, password_hash, now() from user_account where email = $3 returning id)
    insert into membership (org_id, user_id, role) select $4::uuid, id, 'editor' from person returning user_id as id`, [email, name, ADMIN.ADMIN_EMAIL, org.id])
  if (row === undefined) throw new Error('there is no administrator')
  const inPerson = await signIn(url, org, email)
  const { secret } = await inPerson.api.users.apiKeys.create.mutate({ name: 'faults', scopes: [...rolePermissions.editor] })
  await inPerson.close()
  return { userId: row.id, email, client: createIntelliDocsClient({ url, token: secret }) }
}

/** In person, for what no key may do. */
export async function signIn(url: string, org: Org, email: string = ADMIN.ADMIN_EMAIL): Promise<IntelliDocsClient> {
  const anonymous = createIntelliDocsClient({ url })
  const { token } = await anonymous.api.auth.signIn.mutate({ email, password: ADMIN.ADMIN_PASSWORD, transport: 'token' })
  if (token === null) throw new Error(`${email} has no session`)
  return createIntelliDocsClient({ url, token, org: org.slug })
}
