import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { rolePermissions, type Role } from '@intellidocs/contracts'
import { hashToken } from '@intellidocs/kernel'
import pg from 'pg'

/** How a client shows who it is: a session token or the text of an API key, and the organization. */
export type Login = { readonly userId: string; readonly token: string; readonly org: string }
export type Crowd = { readonly orgId: string; readonly logins: readonly Login[] }

/** Not the hash of any password. */
const NO_PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
const roles: readonly Role[] = ['owner', 'admin', 'editor', 'viewer']

/**
 * An organization with that many accounts of all roles that may hear of folders, every other one signed in and the rest with API keys. As
 * rows: signing in five hundred times is what the limit on sign-ins forbids.
 */
export async function createCrowd(adminUrl: string, accounts: number): Promise<Crowd> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const [orgId, slug] = [randomUUID(), `crowd-${randomBytes(4).toString('hex')}`]
    await client.query('insert into org (id, slug, name) values ($1, $2, $2)', [orgId, slug])
    const logins: Login[] = []
    for (let n = 0; n < accounts; n += 1) {
      const [userId, role] = [randomUUID(), roles[n % roles.length]]
      await client.query('insert into user_account (id, email, name, password_hash) values ($1, $2, $3, $4)', [userId, `${userId}@example.test`, `Member ${n}`, NO_PASSWORD])
      await client.query('insert into membership (org_id, user_id, role) values ($1, $2, $3)', [orgId, userId, role])
      const token = n % 2 === 0 ? await addSession(client, userId) : await addKey(client, { orgId, userId, role: role ?? 'viewer' })
      logins.push({ userId, token, org: slug })
    }
    return { orgId, logins }
  } finally {
    await client.end()
  }
}

async function addSession(client: pg.Client, userId: string): Promise<string> {
  const token = randomBytes(30).toString('base64url')
  await client.query("insert into session (id, user_id, expires_at) values ($1, $2, now() + interval '20 days')", [hashToken(token), userId])
  return token
}

async function addKey(client: pg.Client, { orgId, userId, role }: { orgId: string; userId: string; role: Role }): Promise<string> {
  const [prefix, secret] = [randomBytes(8).toString('hex'), randomBytes(32).toString('base64url')]
  await client.query('insert into api_key (id, org_id, user_id, name, prefix, secret_hash, scopes) values ($1, $2, $3, $4, $5, $6, $7)',
    [randomUUID(), orgId, userId, 'bench', prefix, createHash('sha256').update(secret).digest('hex'), [...rolePermissions[role]]])
  return `idk_${prefix}_${secret}`
}
