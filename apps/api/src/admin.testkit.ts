import type { AdminOrg } from '@intellidocs/contracts'
import pg from 'pg'
import { ADMIN, data, mutate, query, signIn, startTestApi, type Answer, type TestApi } from './api.testkit.ts'
import { newPerson, signInAs, wideLimits, type Person } from './people.testkit.ts'

export type Headers = Record<string, string>
export type AuditLine = { action: string; actor: string; address: string | null; data: Record<string, unknown> }
export type NewOrg = { id: string; slug: string; owner: Person; headers: Headers }
/** A reason that every deed may have. */
export const REASON = 'unpaid since March'

/** An API with two administrators: the first is the owner of `main`, too, the second a member of nothing. */
export type Administration = {
  readonly api: TestApi
  /** Past all walls. */
  readonly sql: pg.Client
  readonly adminId: string
  readonly second: Person
  act(path: string, input: unknown, headers?: Headers): Promise<Answer>
  look(path: string, input?: unknown, headers?: Headers): Promise<Answer>
  headers(): Headers
  newAdministrator(name: string): Promise<Person>
  giveFactor(userId: string): Promise<void>
  /** What a chain says of one subject, oldest first. */
  trail(orgId: string, subjectId: string): Promise<AuditLine[]>
  actions(orgId: string, subjectId: string): Promise<string[]>
  /** An organization with an owner of its own. */
  newOrg(): Promise<NewOrg>
  /** Opens both accounts and signs them in anew. */
  signInAgain(): Promise<void>
  close(): Promise<void>
}

export async function openAdministration(keys: { oldSecretKeys?: readonly Buffer[] } = {}): Promise<Administration> {
  const api = await startTestApi({ signUp: 'open', rateLimits: wideLimits, ...keys })
  const sql = new pg.Client({ connectionString: api.database.adminUrl })
  await sql.connect()
  const enter = async (): Promise<Headers> => ({ authorization: (await signIn(api.url, ADMIN))['authorization'] ?? '' })
  let admin = await enter()
  let orgs = 0
  const adminId = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, admin)).user.id
  const act: Administration['act'] = (path, input, headers = admin) => mutate(api.url, `admin.${path}`, input, headers)
  const newAdministrator = async (name: string): Promise<Person> => {
    const person = await newPerson(api, name)
    await sql.query('update user_account set platform_admin = true where id = $1', [person.id])
    return person
  }
  const trail: Administration['trail'] = async (orgId, subjectId) => {
    const { rows } = await sql.query<AuditLine>('select action, actor_id::text as actor, address, data from audit where org_id = $1 and subject_id = $2 order by id', [orgId, subjectId])
    return rows
  }
  const second = await newAdministrator('second')
  return {
    api, sql, adminId, second, act, newAdministrator, trail,
    look: (path, input = {}, headers = admin) => query(api.url, `admin.${path}`, input, headers),
    headers: () => admin,
    async giveFactor(userId) {
      await sql.query(`insert into second_factor (user_id, secret, confirmed_at, last_step) values ($1, '\\x00', now(), 0)`, [userId])
    },
    actions: async (orgId, subjectId) => (await trail(orgId, subjectId)).map(({ action }) => action),
    async newOrg() {
      const slug = `org-${(orgs += 1)}`
      const owner = await newPerson(api, `owner-${slug}`)
      const { id } = data<AdminOrg>(await act('orgs.create', { name: slug, slug, owner: owner.email }))
      return { id, slug, owner, headers: { ...owner.headers, 'x-intellidocs-org': slug } }
    },
    async signInAgain() {
      await sql.query(`update user_account set status = 'active' where id = any ($1)`, [[adminId, second.id]])
      admin = await enter()
      second.headers = await signInAs(api, second.email)
    },
    async close() {
      await sql.end()
      await api.close()
    },
  }
}
