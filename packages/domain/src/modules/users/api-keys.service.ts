import { z } from 'zod'
import { rolePermissions, type Page, type Permission } from '@intellidocs/contracts'
import { AppError, cursorTime, decodeCursor, encodeCursor, newId, type Actor, type Clock, type Outbox, type RunInTx } from '@intellidocs/kernel'
import { mintApiKey } from './api-key.ts'
import type { ApiKeysRepository, StoredKey } from './api-keys.repository.ts'
import { mayCreateKey, mayRevokeKey } from './users.policy.ts'

type Shown = Omit<StoredKey, 'userId' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'> & {
  createdAt: string; expiresAt: string | null; lastUsedAt: string | null; revokedAt: string | null
}

/** API keys of the actor's organization. */
export type ApiKeysService = {
  /**
   * `secret` is the whole key and is never readable again. Without scopes: what an editor holds, as far as the actor does.
   * `auth.forbidden` for scopes that the actor lacks and for keys making keys.
   */
  create(actor: Actor, input: NewKeyInput): Promise<{ key: Shown; secret: string }>
  /** The actor's own keys, newest first, revoked ones included. */
  list(actor: Actor, input: { limit: number; cursor?: string | undefined }): Promise<Page<Shown>>
  /** Ends a key at once; a second time changes nothing. `api_key.not_found` also for keys that are not the actor's to end. */
  revoke(actor: Actor, input: { id: string }): Promise<Shown>
}
type NewKeyInput = { name: string; scopes?: Permission[] | undefined; expiresInDays: number | null }
type Deps = { runInTx: RunInTx; outbox: Outbox; clock: Clock; repository: ApiKeysRepository }

const dayMs = 86_400_000
const position = z.strictObject({ at: cursorTime, id: z.uuid() })

function show({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: StoredKey): Shown {
  return {
    id, name, prefix, scopes, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null, revokedAt: revokedAt?.toISOString() ?? null,
  }
}

async function create(deps: Deps, actor: Actor, input: NewKeyInput) {
  const scopes = input.scopes ?? rolePermissions.editor.filter((scope) => actor.permissions.has(scope))
  if (!mayCreateKey(actor, scopes)) throw new AppError('auth.forbidden')
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
    return { key: show(key), secret: text }
  })
}

export function createApiKeysService(deps: Deps): ApiKeysService {
  return {
    create: (actor, input) => create(deps, actor, input),
    async list(actor, { limit, cursor }) {
      const after = cursor === undefined ? null : decodeCursor(position, cursor)
      const rows = await deps.runInTx(actor, (tx) => deps.repository.list(tx, actor, { limit, after }), { readOnly: true })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return { items: shown.map(show), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last.position) : null }
    },
    revoke: (actor, { id }) => deps.runInTx(actor, async (tx) => {
      const key = await deps.repository.find(tx, actor.orgId, id)
      if (key === null || !mayRevokeKey(actor, key)) throw new AppError('api_key.not_found')
      const revoked = await deps.repository.revoke(tx, { orgId: actor.orgId, id }, deps.clock.now())
      if (revoked === null) return show(key)
      await deps.outbox.append(tx, actor, {
        type: 'users.api-key-revoked.v1', payload: { apiKeyId: revoked.id },
        audit: { subjectType: 'apiKey', subjectId: revoked.id, data: { prefix: revoked.prefix } },
      })
      return show(revoked)
    }),
  }
}
