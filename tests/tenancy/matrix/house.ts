import { Readable } from 'node:stream'
import { flowContract, rolePermissions } from '@intellidocs/contracts'
import { hashToken, newId, randomToken } from '@intellidocs/kernel'
import pg from 'pg'
import { startTestApi, type TestApi } from '../../../apps/api/src/api.testkit.ts'
import { defaultRateLimits } from '../../../apps/api/src/rate-limits.ts'
import { content, issueCertificate, signer } from '../../../packages/certificate/src/certificate.testkit.ts'
import { mintApiKey } from '../../../packages/domain/src/modules/users/api-key.ts'
import { customPermissions, readScopes, type Who } from './callers.ts'
import { delegationRows, runRows, taskRows } from './flow-rows.ts'
import { holdRows, ruleRows, shareRows } from './kept-rows.ts'
import type { Thing } from './things.ts'

/** Stands in every name that an organization has: an answer that holds it tells of that organization. */
export type Org = { readonly id: string; readonly slug: string; readonly mark: string; readonly ownerId: string; readonly colleagueId: string; readonly sha256: string; readonly size: number }
export type Caller = { readonly who: Who; readonly userId: string | null; readonly token: string | null; readonly headers: Readonly<Record<string, string>> }
export type House = {
  readonly api: TestApi
  readonly admin: pg.Client
  readonly ours: Org
  readonly theirs: Org
  /** Somebody new of this standing. The one of each that the cases share owns what is theirs. */
  caller(who: Who): Promise<Caller>
  /** A new one, in the organization or of the person; answers its id. */
  make(thing: Exclude<Thing, 'upload'>, state: string, place: { org: Org; userId: string | null }): Promise<string>
  /** Begins an upload of ten bytes; answers its id. */
  upload(sender: Caller, org: Org): Promise<string>
  close(): Promise<void>
}

/** Not the hash of any password. */
const NO_PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
const plenty = { points: 10_000_000, seconds: 60 }
const always = { pair: plenty, account: plenty, address: plenty }
const rateLimits = {
  actor: plenty, address: plenty,
  attempts: { ...defaultRateLimits.attempts, signIn: always, secondFactor: always, mailedToken: always, passwordReset: always, signUp: always, invitation: always, invitationMail: always, unsubscribe: always, shareOpen: always, shareCode: always, shareCodeMail: always, uploadLink: always, uploadReceipt: always },
}

type Db = Pick<House, 'admin'>
/** Rows past all services, so that an object costs one round trip. The values are ids and words of the cases. */
const rows = async ({ admin }: Db, statements: readonly string[]): Promise<void> => { await admin.query(statements.join(';')) }

const account = (id: string, name: string, { status = 'active', platformAdmin = false }: { status?: string; platformAdmin?: boolean } = {}): string =>
  `insert into user_account (id, email, name, password_hash, email_verified_at, status, platform_admin)
    values ('${id}', '${name}-${id}@example.test', '${name}', '${NO_PASSWORD}', now(), '${status}', ${platformAdmin})`

function membership(org: Pick<Org, 'id'>, userId: string, { role, roleId = null, status = 'active' }: { role: string; roleId?: string | null; status?: string }): string {
  return `insert into membership (org_id, user_id, role, role_id, status) values ('${org.id}', '${userId}', '${role}', ${roleId === null ? 'null' : `'${roleId}'`}, '${status}')`
}

type Place = { readonly org: Org; readonly id: string; readonly state: string; readonly userId: string | null }

function documentRows({ org, id, state }: Place): string[] {
  const version = newId()
  const visibility = state === 'restricted' ? 'restricted' : 'org'
  const readers = [`user:${org.ownerId}`, ...(visibility === 'org' ? [`org:${org.id}`] : [])]
  return [
    'begin', 'set local session_replication_role = replica',
    `insert into document (id, org_id, owner_id, name, visibility, lifecycle, current_version_id, trashed_at, tags, metadata) values ('${id}', '${org.id}', '${org.ownerId}',
      'a ${org.mark} ${state}.txt', '${visibility}', '${state === 'trashed' ? 'trashed' : 'active'}', '${version}', ${state === 'trashed' ? 'now()' : 'null'},
      '{${org.mark}}', '{"mark": "${org.mark}"}')`,
    `insert into document_version (id, org_id, document_id, number, file_name, sha256, size, mime, state, pages, created_by) values ('${version}', '${org.id}', '${id}', 1,
      '${org.mark}.txt', '${org.sha256}', ${org.size}, 'text/plain', '${state === 'processing' ? 'processing' : 'ready'}', 1, '${org.ownerId}')`,
    `insert into page (org_id, version_id, number, text, source, attempt) values ('${org.id}', '${version}', 1, 'matrix ${org.mark}', 'text', 1)`,
    ...readers.map((principal) => `insert into document_reader (org_id, principal, created_at, document_id)
      select '${org.id}', '${principal}', created_at, id from document where id = '${id}'`),
    `insert into document_tag (org_id, document_id, tag, created_at) select org_id, id, tags[1], created_at from document where id = '${id}'`,
    'commit',
  ]
}

function folderRows({ org, id, state }: Place): string[] {
  const made = `insert into folder (id, org_id, name, created_by, visibility) values ('${id}', '${org.id}', '${org.mark} ${id}', '${org.ownerId}', '${state === 'open' ? 'org' : 'restricted'}')`
  if (state === 'open') return [made]
  return [made, `insert into access_grant (id, org_id, folder_id, principal, level, granted_by) values ('${newId()}', '${org.id}', '${id}', 'user:${org.ownerId}', 'manage', '${org.ownerId}')`]
}

/** Asks the owners; its name tells whose it is. */
function flowRows({ org, id, state }: Place): string[] {
  const spec = JSON.stringify(flowContract.flowSpec.parse({ name: `${org.mark} ${id}`, stages: [{ key: 'a', name: 'A', ask: [{ role: 'owner' }], decide: { rule: 'any' } }], fourEyes: false }))
  const status = state === 'archived' ? 'archived' : 'active'
  return [
    `insert into flow (id, org_id, name, status, draft, version, created_by, archived_at) values ('${id}', '${org.id}', '${org.mark} ${id}', '${status}', '${spec}', ${state === 'draft' ? 0 : 1},
      '${org.ownerId}', ${state === 'archived' ? 'now()' : 'null'})`,
    ...(state === 'draft' ? [] : [`insert into flow_version (org_id, flow_id, version, spec, published_by) values ('${org.id}', '${id}', 1, '${spec}', '${org.ownerId}')`]),
  ]
}

function keyRow({ org, id, userId }: Place, { expired = false, revoked = false, scopes }: { expired?: boolean; revoked?: boolean; scopes: readonly string[] }, key = mintApiKey()): string {
  const moment = (set: boolean): string => (set ? "now() - interval '1 day'" : 'null')
  return `insert into api_key (id, org_id, user_id, name, prefix, secret_hash, scopes, expires_at, revoked_at) values ('${id}', '${org.id}', '${userId ?? org.ownerId}',
    '${org.mark} key', '${key.prefix}', '${key.secretHash}', '{${scopes.join(',')}}', ${moment(expired)}, ${moment(revoked)})`
}

const sessionRow = (userId: string, token: string, publicId: string): string =>
  `insert into session (id, user_id, expires_at, public_id) values ('${hashToken(token)}', '${userId}', now() + interval '29 days', '${publicId}')`

/** The certificate of a run that is over. */
const certificateRow = ({ org, id }: Place): string => {
  const body = issueCertificate(signer, { ...content(), org: { ...content().org, name: org.mark } }).replaceAll("'", "''")
  return `insert into flow_certificate (org_id, run_id, body, issued_at) values ('${org.id}', '${id}', '${body}', now())`
}

const endpointRow = ({ org, id, state }: Place): string =>
  `insert into webhook_endpoint (id, org_id, owner_id, url, description, secret, state, paused_why, paused_at) values ('${id}', '${org.id}', '${org.ownerId}',
    'https://hooks.example.org/${org.mark}', '${org.mark}', '\\x00', ${state === 'paused' ? "'paused', 'asked', now()" : "'active', null, null"})`

/** With an endpoint and an event of its own. */
function deliveryRows({ org, id, state, userId }: Place): string[] {
  const endpointId = newId()
  return [
    endpointRow({ org, id: endpointId, state: 'active', userId }),
    `with e as (insert into event (org_id, type, actor_id, payload)
      values ('${org.id}', 'orgs.member-resumed.v1', '${org.ownerId}', '{"userId": "${org.colleagueId}"}') returning id)
      insert into webhook_delivery (id, org_id, endpoint_id, event_id, event_type, lane, state, next_at, created_at, ended_at, response)
      select '${id}', '${org.id}', '${endpointId}', e.id, 'orgs.member-resumed.v1', '${org.colleagueId}', '${state}', now(), now(), ${state === 'pending' ? 'null' : 'now()'}, '${org.mark}' from e`,
  ]
}

const factorRow = (userId: string): string => `insert into second_factor (user_id, secret, confirmed_at, last_step) values ('${userId}', '\\x00', now(), 0)`

const accountRows = ({ id, state }: Place): string[] =>
  [account(id, 'account', { status: state === 'suspended' ? state : 'active' }), ...(state === 'with a second factor' ? [factorRow(id)] : [])]

/** Its short name is typed to delete it. */
function organizationRows({ id, state }: Place): string[] {
  const [suspendedAt, reason] = state === 'suspended' ? ['now()', "'a test'"] : ['null', 'null']
  return [`insert into org (id, slug, name, status, suspended_at, suspended_reason, purge_at) values ('${id}', 'o-${id}', 'Organization', '${state}', ${suspendedAt}, ${reason},
    ${state === 'deleting' ? "now() + interval '30 days'" : 'null'})`]
}

const consentRow = (orgId: string, { id, state }: Pick<Place, 'id' | 'state'>): string =>
  `insert into support_access (id, org_id, reason, granted_by, granted_at, ends_at) values ('${id}', '${orgId}', 'a test', '${id}', now() - interval '2 hours',
    now() + interval '${state === 'over' ? '-1' : '1'} hour')`

/** Asked by the caller, or by another administrator, for an account of its own. */
function resetRows({ id, state, userId }: Place): string[] {
  const [of, asker] = [newId(), newId()]
  const by = state === 'own' ? userId ?? asker : asker
  const decided = state === 'decided' ? `'refused', now() + interval '1 day', '${by}', now()` : `'open', now() + interval '${state === 'expired' ? '-1' : '1'} day', null, null`
  return [
    account(of, 'account'), factorRow(of), account(asker, 'asker', { platformAdmin: true }),
    `insert into second_factor_reset (id, user_id, reason, asked_by, state, expires_at, decided_by, decided_at) values ('${id}', '${of}', 'a test', '${by}', ${decided})`,
  ]
}

/** Of the caller's, the owner's where they are no member; or of the colleague's. Into a folder of the owner's, by which nothing has come yet. */
function uploadRequestRows({ org, id, state, userId }: Place): string[] {
  const folderId = newId()
  return [
    ...folderRows({ org, id: folderId, state: 'open', userId: null }),
    `insert into upload_request (id, org_id, folder_id, created_by, token_hash, title, note, max_files, max_file_bytes, max_total_bytes, expires_at, revoked_at, created_at)
      values ('${id}', '${org.id}', '${folderId}', '${state === "another's" ? org.colleagueId : userId ?? org.ownerId}', '${hashToken(newId())}', '${org.mark}', '', 5, 100, 500,
      now() + interval '1 day', ${state === 'revoked' ? 'now()' : 'null'}, now())`,
  ]
}

const make: Record<Exclude<Thing, 'upload'>, (place: Place) => string[]> = {
  document: documentRows,
  folder: folderRows,
  flow: flowRows,
  run: (place) => [...runRows(place, { document: documentRows, flow: flowRows }), ...(place.state === 'over' ? [certificateRow(place)] : [])],
  task: (place) => taskRows(place, { document: documentRows, flow: flowRows }),
  delegation: (place) => {
    const other = newId()
    return delegationRows(place, { id: other, rows: make.member({ ...place, id: other, state: 'editor' }) })
  },
  group: ({ org, id }) => [
    `insert into org_group (id, org_id, name) values ('${id}', '${org.id}', '${org.mark} ${id}')`,
    `insert into group_member (org_id, group_id, user_id) values ('${org.id}', '${id}', '${org.colleagueId}')`,
  ],
  role: ({ org, id }) => [`insert into org_role (id, org_id, name, permissions) values ('${id}', '${org.id}', '${org.mark} ${id}', '{documents:read}')`],
  member: ({ org, id, state }) => [
    account(id, org.mark), membership(org, id, { role: state === 'owner' ? 'owner' : 'editor', status: state === 'suspended' ? 'suspended' : 'active' }),
  ],
  invitation: ({ org, id, state }) => [
    `insert into invitation (id, org_id, email, role, token_hash, invited_by, expires_at) values ('${id}', '${org.id}', '${org.mark}-${id}@example.test', 'viewer',
      '${hashToken(newId())}', '${org.ownerId}', now() + interval '${state === 'expired' ? '-1' : '1'} day')`,
  ],
  key: ({ org, id, state, userId }) => [keyRow({ org, id, state, userId: state === "another's" ? org.colleagueId : userId }, { revoked: state === 'revoked', scopes: ['documents:read'] })],
  notification: ({ org, id, state, userId }) => [
    `insert into notification (id, org_id, user_id, source, kind, actor_id, facts, at, in_inbox, mail)
      select '${id}', org_id, user_id, '${id}', 'security', user_id, '{"matter":"key-created"}', now(), true, 'off' from membership
      where org_id = '${org.id}' and user_id = '${state === 'own' ? userId ?? org.ownerId : org.colleagueId}'`,
  ],
  query: ({ org, id, state, userId }) => [`insert into search_query (id, org_id, user_id, mode, hits, took_ms, hash, words)
    values ('${id}', '${org.id}', '${state === 'own' ? userId ?? org.ownerId : org.colleagueId}', 'keyword', 1, 5, '${org.mark}', '${org.mark}')`],
  view: ({ org, id, state, userId }) => [`insert into search_view (id, org_id, owner_id, name, shared, query, filters, mode, sort)
    values ('${id}', '${org.id}', '${state === 'own' ? userId ?? org.ownerId : org.colleagueId}', '${org.mark} ${id}', true, '${org.mark}', '{}', 'hybrid', 'relevance')`],
  endpoint: (place) => [endpointRow(place)],
  delivery: deliveryRows,
  consent: (place) => [consentRow(place.org.id, place)],
  standingConsent: (place) => {
    const orgId = newId()
    return [...organizationRows({ ...place, id: orgId, state: 'active' }), consentRow(orgId, place)]
  },
  share: (place) => shareRows(place, documentRows),
  hold: holdRows,
  rule: ruleRows,
  organization: organizationRows,
  account: accountRows,
  reset: resetRows,
  uploadRequest: uploadRequestRows,
  session: ({ org, id, state, userId }) => [sessionRow(state === 'own' ? userId ?? org.ownerId : org.colleagueId, randomToken(), id)],
}

async function makeOrg({ api, admin }: { api: TestApi; admin: pg.Client }, { mark, slug }: { mark: string; slug: string }): Promise<Org> {
  const id = newId()
  const [ownerId, colleagueId] = [newId(), newId()]
  const text = Buffer.from(`matrix ${mark}`)
  const { sha256, size } = await api.blobs.put(id, Readable.from([text]), { maxBytes: text.length })
  const org: Org = { id, slug, mark, ownerId, colleagueId, sha256, size }
  await rows({ admin }, [
    `insert into org (id, slug, name) values ('${id}', '${slug}', 'Organization ${slug}')`,
    account(ownerId, mark), account(colleagueId, mark), membership(org, ownerId, { role: 'owner' }), membership(org, colleagueId, { role: 'editor' }),
    // One more than is ever made an admin, suspended or removed by the cases: the rules of the last owner are tested elsewhere.
    ...make.member({ org, id: newId(), state: 'owner', userId: null }),
  ])
  return org
}

type Standing = { readonly db: Db; readonly ours: Org; readonly theirs: Org; readonly first: Set<string> }

/** A session of a new member, or a key of one. The first owner, and keys of theirs, are those who own the documents. */
async function newCaller({ db, ours, theirs, first }: Standing, who: Who): Promise<Caller> {
  const organization = { 'x-intellidocs-org': ours.id }
  if (who.name === 'anonymous') return { who, userId: null, token: null, headers: organization }
  const opened = (userId: string, token: string): Caller => ({ who, userId, token, headers: { ...organization, authorization: `Bearer ${token}` } })
  if (who.by === 'key' || who.name === 'expired key' || who.name === 'revoked key') {
    const key = mintApiKey()
    const scopes = who.name === 'key of read scopes' ? readScopes : rolePermissions.owner
    await rows(db, [keyRow({ org: ours, id: newId(), state: 'own', userId: ours.ownerId }, { scopes, expired: who.name === 'expired key', revoked: who.name === 'revoked key' }, key)])
    return opened(ours.ownerId, key.text)
  }
  const token = randomToken()
  const isOwner = who.owns && !first.has(who.name)
  first.add(who.name)
  if (isOwner) {
    await rows(db, [sessionRow(ours.ownerId, token, newId())])
    return opened(ours.ownerId, token)
  }
  const userId = newId()
  await rows(db, [account(userId, 'caller', { platformAdmin: who.platform }), ...placeOf({ who, userId, ours, theirs }), sessionRow(userId, token, newId())])
  return opened(userId, token)
}

function placeOf({ who, userId, ours, theirs }: { who: Who; userId: string; ours: Org; theirs: Org }): string[] {
  if (who.name === 'stranger') return [membership(theirs, userId, { role: 'owner' })]
  if (who.name === 'suspended') return [membership(ours, userId, { role: 'owner', status: 'suspended' })]
  if (who.platform) return []
  if (who.role !== 'custom') return [membership(ours, userId, { role: who.role ?? 'guest' })]
  const roleId = newId()
  return [
    `insert into org_role (id, org_id, name, permissions) values ('${roleId}', '${ours.id}', 'custom ${roleId}', '{${customPermissions.join(',')}}')`,
    membership(ours, userId, { role: 'custom', roleId }),
  ]
}

async function upload(api: TestApi, sender: Caller, org: Org): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/uploads`, {
    method: 'POST', headers: {
      ...sender.headers, 'x-intellidocs-org': org.id, 'tus-resumable': '1.0.0', 'upload-length': '10', 'upload-metadata': `filename ${Buffer.from(`${org.mark}.txt`).toString('base64')}`,
    },
  })
  const id = response.headers.get('location')?.slice(-32)
  if (id === undefined) throw new Error(`an upload of ${sender.who.name} was answered with ${response.status}`)
  return id
}

/** Two organizations on one API, and whatever the cases need of them. */
export async function openHouse(): Promise<House> {
  const api = await startTestApi({ rateLimits })
  // What all tables hold is asked thousands of times: compiling that, or sharing it out among processes, takes longer than reading it.
  const admin = new pg.Client({ connectionString: api.database.adminUrl, options: '-c jit=off -c max_parallel_workers_per_gather=0' })
  await admin.connect()
  const ours = await makeOrg({ api, admin }, { mark: 'oursmarmoset', slug: 'open-to-guests' })
  const theirs = await makeOrg({ api, admin }, { mark: 'zanzibarquokka', slug: 'zanzibarquokka' })
  const db = { admin }
  // Somebody who could approve what another administrator asks for.
  await rows(db, [account(newId(), 'administrator', { platformAdmin: true })])
  const standing = { db, ours, theirs, first: new Set<string>() }
  return {
    api, admin, ours, theirs,
    caller: (who) => newCaller(standing, who),
    async make(thing, state, { org, userId }) {
      const id = newId()
      await rows(db, make[thing]({ org, id, state, userId }))
      return id
    },
    upload: (sender, org) => upload(api, sender, org),
    async close() {
      await admin.end()
      await api.close()
    },
  }
}
