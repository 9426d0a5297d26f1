import { rolePermissions, type Page, type Permission } from '@intellidocs/contracts'
import {
  AppError, newId, positionedPage, windowOf, type Actor, type Clock, type MailQueue, type Outbox, type PageInput, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import { mintApiKey } from './api-key.ts'
import type { ApiKeysRepository, StoredKey } from './api-keys.repository.ts'
import { deviceOf } from './device.ts'
import type { Recipient, SecurityLogRepository } from './security-log.repository.ts'
import { mayCreateKey, mayRevokeKey } from './users.policy.ts'

type Shown = Omit<StoredKey, 'userId' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'> & {
  createdAt: string; expiresAt: string | null; lastUsedAt: string | null; revokedAt: string | null
}

/** API keys of the actor's organization. */
export type ApiKeysService = {
  /**
   * `secret` is the whole key and is never readable again. Without scopes: what an editor holds, as far as the actor does.
   * `auth.session_required` for keys making keys, `auth.forbidden` for scopes that the actor lacks. Its owner gets a mail.
   */
  create(caller: KeyCaller, input: NewKeyInput): Promise<{ key: Shown; secret: string }>
  /** The actor's own keys, newest first, revoked ones included. */
  list(actor: Actor, input: PageInput): Promise<Page<Shown>>
  /** Ends a key at once; a second time changes nothing. `api_key.not_found` also for keys that are not the actor's to end. */
  revoke(caller: KeyCaller, input: { id: string }): Promise<Shown>
}
export type KeyCaller = { actor: Actor; userAgent?: string | null | undefined }
type NewKeyInput = { name: string; scopes?: Permission[] | undefined; expiresInDays: number | null }
type Deps = {
  runInTx: RunInTx; outbox: Outbox; clock: Clock; mail: MailQueue; repository: ApiKeysRepository; securityLog: Pick<SecurityLogRepository, 'writeOfMember'>
}

const dayMs = 86_400_000

function show({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: StoredKey): Shown {
  return {
    id, name, prefix, scopes, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null, revokedAt: revokedAt?.toISOString() ?? null,
  }
}

async function create(deps: Deps, { actor, userAgent }: KeyCaller, input: NewKeyInput) {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  const scopes = input.scopes ?? rolePermissions.editor.filter((scope) => actor.permissions.has(scope))
  if (!mayCreateKey(actor, scopes)) throw new AppError('auth.forbidden', { details: { permission: scopes.find((scope) => !actor.permissions.has(scope)) } })
  const { text, prefix, secretHash } = mintApiKey()
  const createdAt = deps.clock.now()
  const expiresAt = input.expiresInDays === null ? null : new Date(createdAt.getTime() + input.expiresInDays * dayMs)
  return deps.runInTx(actor, async (tx) => {
    const { name } = input
    const { orgId, userId } = actor
    const key = await deps.repository.insert(tx, { id: newId(), orgId, userId, name, prefix, secretHash, scopes, createdAt, expiresAt })
    await deps.outbox.append(tx, actor, {
      type: 'users.api-key-created.v1', payload: { apiKeyId: key.id },
      audit: { subjectType: 'apiKey', subjectId: key.id, data: { name, scopes, prefix, expiresAt: expiresAt?.toISOString() ?? null } },
    })
    const owner = await note(deps, tx, { actor, userAgent, key, kind: 'key-created' })
    if (owner === null) throw new AppError('auth.forbidden')
    const orgName = await deps.repository.orgName(tx, orgId)
    await deps.mail.enqueue(tx, actor, {
      to: owner.email, locale: owner.locale, template: 'api-key-created', data: { name: owner.name, keyName: name, orgName, at: createdAt.toISOString() },
    })
    return { key: show(key), secret: text }
  })
}

/** To the security log of the key's owner; null when they are no member any more. */
function note(deps: Deps, tx: Tx, { actor, userAgent, key, kind }: KeyCaller & { key: StoredKey; kind: 'key-created' | 'key-revoked' }): Promise<Recipient | null> {
  return deps.securityLog.writeOfMember(tx, {
    userId: key.userId, kind, address: actor.source.address, device: deviceOf(userAgent),
    data: { key: key.id, name: key.name, prefix: key.prefix, orgId: actor.orgId },
  })
}

export function createApiKeysService(deps: Deps): ApiKeysService {
  return {
    create: (caller, input) => create(deps, caller, input),
    async list(actor, input) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.repository.list(tx, actor, page), { readOnly: true })
      return positionedPage(rows, page.limit, show)
    },
    revoke: ({ actor, userAgent }, { id }) => deps.runInTx(actor, async (tx) => {
      const key = await deps.repository.find(tx, actor.orgId, id)
      if (key === null || !mayRevokeKey(actor, key)) throw new AppError('api_key.not_found')
      const revoked = await deps.repository.revoke(tx, { orgId: actor.orgId, id }, deps.clock.now())
      if (revoked === null) return show(key)
      await deps.outbox.append(tx, actor, {
        type: 'users.api-key-revoked.v1', payload: { apiKeyId: revoked.id },
        audit: { subjectType: 'apiKey', subjectId: revoked.id, data: { prefix: revoked.prefix } },
      })
      await note(deps, tx, { actor, userAgent, key: revoked, kind: 'key-revoked' })
      return show(revoked)
    }),
  }
}
