import { randomBytes } from 'node:crypto'
import { PLATFORM_ORG_ID, type Resealed, type SealedFrom, type SealedKind } from '@intellidocs/contracts'
import { decryptSecret, encryptSecret, newId, secretKeyId } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration, type NewOrg } from './admin.testkit.ts'
import { data, mutate, SECRET_KEY } from './api.testkit.ts'

const [older, present] = [randomBytes(32), SECRET_KEY]
const WEBHOOKS = 'webhook-secret'
const PASSWORDS = 'documents.password'

let house: Administration
let orgs: NewOrg[]
beforeAll(async () => {
  house = await openAdministration({ oldSecretKeys: [older] })
  orgs = [await house.newOrg(), await house.newOrg()]
})
afterAll(() => house.close())

type Counts = Pick<Resealed, 'looked' | 'older' | 'lost'>

/** Portion after portion to the end. */
async function pass(change: boolean): Promise<Record<SealedKind, Counts>> {
  const sums: Record<SealedKind, Counts> = { passwords: { looked: 0, older: 0, lost: 0 }, factors: { looked: 0, older: 0, lost: 0 }, webhooks: { looked: 0, older: 0, lost: 0 } }
  for (let from: SealedFrom | null = null; ;) {
    const { kind, looked, older: behind, lost, next }: Resealed = data<Resealed>(await house.act('keys.reseal', { from, change, reason: REASON }))
    const sum = sums[kind]
    sums[kind] = { looked: sum.looked + looked, older: sum.older + behind, lost: sum.lost + lost }
    if (next === null) return sums
    from = next
  }
}

async function webhook(org: NewOrg, sealed: (purpose: string) => Buffer): Promise<string> {
  const { endpoint: { id } } = data<{ endpoint: { id: string } }>(await mutate(house.api.url, 'webhooks.endpoints.create', { url: 'https://hooks.example.org/in' }, org.headers))
  await house.sql.query('update webhook_endpoint set secret = $2, old_secret = $3, old_secret_until = now() where id = $1', [id, sealed(WEBHOOKS), encryptSecret(older, WEBHOOKS, Buffer.from('before'))])
  return id
}

async function lockedFile(org: NewOrg): Promise<string> {
  const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', headers: { ...org.headers, 'x-file-name': 'a.pdf' }, body: '%PDF-1.7 locked' })
  const { document: { id } } = await sent.json() as { document: { id: string } }
  await house.sql.query('update document_version set password_cipher = $2 where document_id = $1', [id, encryptSecret(older, PASSWORDS, Buffer.from('open sesame'))])
  return id
}

/** Accounts with a second factor under the older key, more than one portion of them, and one that no key opens. */
async function factors(count: number): Promise<void> {
  for (let n = 0; n <= count; n += 1) {
    const id = newId()
    const secret = n === count ? randomBytes(60) : encryptSecret(older, `second-factor/${id}`, randomBytes(20))
    await house.sql.query(`with one as (insert into user_account (id, email, name, password_hash, email_verified_at) values ($1, $2, 'somebody', 'none', now()) returning id)
      insert into second_factor (user_id, secret, confirmed_at, last_step) select id, $3, now(), 0 from one`, [id, `${id}@example.test`, secret])
  }
}

test('all that an older key sealed comes under the present one, of every organization and account, and what no key opens stays as it is', async () => {
  const [one, other] = orgs as [NewOrg, NewOrg]
  const hooks = [await webhook(one, (purpose) => encryptSecret(older, purpose, Buffer.from('whsec_one'))), await webhook(other, (purpose) => encryptSecret(present, purpose, Buffer.from('whsec_other')))]
  const file = await lockedFile(other)
  await factors(520)
  expect(data(await house.look('keys.status'))).toEqual({ present: secretKeyId(present), older: [secretKeyId(older)] })

  const before = { passwords: { looked: 1, older: 1, lost: 0 }, factors: { looked: 521, older: 520, lost: 1 }, webhooks: { looked: 4, older: 3, lost: 0 } }
  expect(await pass(false)).toEqual(before)
  expect(await pass(false)).toEqual(before)
  const lost = await house.sql.query<{ user_id: string; secret: Buffer }>('select user_id, secret from second_factor order by length(secret) desc, user_id')
  expect(await pass(true)).toEqual(before)
  expect(await pass(true)).toEqual({ passwords: { looked: 1, older: 0, lost: 0 }, factors: { looked: 521, older: 0, lost: 1 }, webhooks: { looked: 4, older: 0, lost: 0 } })

  const secrets = await house.sql.query<{ secret: Buffer; old_secret: Buffer }>('select secret, old_secret from webhook_endpoint order by created_at')
  expect(secrets.rows.map(({ secret, old_secret: was }) => [secret, was].map((sealed) => decryptSecret([present], WEBHOOKS, sealed).toString()))).toEqual([['whsec_one', 'before'], ['whsec_other', 'before']])
  expect(hooks).toHaveLength(2)
  const { rows: [locked] } = await house.sql.query<{ password_cipher: Buffer }>('select password_cipher from document_version where document_id = $1', [file])
  expect(decryptSecret([present], PASSWORDS, locked?.password_cipher ?? Buffer.alloc(0)).toString()).toBe('open sesame')
  const unopened = await house.sql.query<{ user_id: string; secret: Buffer }>('select user_id, secret from second_factor')
  const unread = unopened.rows.filter(({ user_id: id, secret }) => { try { decryptSecret([present], `second-factor/${id}`, secret); return false } catch { return true } })
  expect(unread).toEqual(lost.rows.filter(({ user_id: id }) => id === unread[0]?.user_id))
})

test('each pass that changes something stands in the chain of the installation, with its reason and the key by its id', async () => {
  const { rows } = await house.sql.query<{ data: object }>(`select data from audit where org_id = $1 and action = 'admin.keys-resealed'`, [PLATFORM_ORG_ID])
  expect(rows).toEqual([1, 2].map(() => ({ data: { key: secretKeyId(present), reason: REASON } })))
})
