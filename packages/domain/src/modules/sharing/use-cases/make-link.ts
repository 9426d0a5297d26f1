import { sharePath, type DocumentId, type FolderId, type Share, type ShareId, type SharePolicy, type SharePreset } from '@intellidocs/contracts'
import { AppError, hashToken, newId, randomToken, userPrincipal, type Actor, type Tx } from '@intellidocs/kernel'
import type { SharingDeps } from '../sharing.deps.ts'
import { fits, longestUntil, mayShare } from '../sharing.policy.ts'
import type { NewShare, Settings } from '../sharing.types.ts'
import { audited, showShare, subjectOf } from '../show-share.ts'

/** As somebody says them; what is absent is not said. */
export type Said = {
  readonly note?: string | undefined; readonly password?: string | null | undefined; readonly emails?: readonly string[] | undefined
  readonly expiresAt?: string | null | undefined; readonly viewLimit?: number | null | undefined; readonly downloadLimit?: number | null | undefined
  readonly download?: boolean | undefined; readonly notify?: boolean | undefined
}
type To = { readonly documentId: DocumentId; readonly version: number | null } | { readonly folderId: FolderId }
type Input = To & Said & { readonly preset?: string | undefined }

const DAY_MS = 86_400_000

/** @throws AppError share.policy, with what is allowed */
export function mustFit(policy: SharePolicy, share: Parameters<typeof fits>[1]): void {
  const { links, maxDays, passwordRequired } = policy
  if (!fits(policy, share)) throw new AppError('share.policy', { details: { links, maxDays, passwordRequired } })
}

/** @throws AppError document.not_found, version.not_found, folder.not_found, auth.forbidden, document.state for what is in the trash */
async function mustBeSharedBy(deps: SharingDeps, tx: Tx, { actor, to }: { actor: Actor; to: To }): Promise<void> {
  if ('folderId' in to) {
    const [folder] = await deps.documents.shared.folders(tx, actor, [to.folderId])
    if (folder === undefined) throw new AppError('folder.not_found')
    if (!mayShare(folder.level)) throw new AppError('auth.forbidden')
    return
  }
  const newest = await deps.documents.shared.document(tx, actor, { id: to.documentId, version: null })
  if (newest === null) throw new AppError('document.not_found')
  if (!mayShare(newest.level)) throw new AppError('auth.forbidden')
  if (newest.lifecycle !== 'active') throw new AppError('document.state')
  if (to.version !== null && await deps.documents.shared.document(tx, actor, { id: to.documentId, version: to.version }) === null) throw new AppError('version.not_found')
}

function presetOf({ presets }: SharePolicy, name: string | undefined): SharePreset | null {
  if (name === undefined) return null
  const found = presets.find((preset) => preset.name.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw new AppError('share.preset')
  return found
}

type Making = { readonly said: Said; readonly preset: SharePreset | null; readonly policy: SharePolicy; readonly passwordHash: string | null; readonly now: Date }

function settingsOf({ said, preset, policy, passwordHash, now }: Making): Settings {
  const longest = longestUntil(policy, now)
  const ofPreset = preset?.days === null || preset === null ? null : new Date(now.getTime() + preset.days * DAY_MS)
  // Nobody said until when: as long as the preset says, and where the policy has a longest life, no longer than that.
  const unsaid = ofPreset === null || (longest !== null && longest < ofPreset) ? longest : ofPreset
  const { note = '', emails = [], expiresAt, viewLimit, downloadLimit, download, notify } = said
  return {
    note, passwordHash, emails: [...new Set(emails)], expiresAt: expiresAt === undefined ? unsaid : expiresAt === null ? null : new Date(expiresAt),
    viewLimit: viewLimit === undefined ? preset?.viewLimit ?? null : viewLimit, downloadLimit: downloadLimit === undefined ? preset?.downloadLimit ?? null : downloadLimit,
    download: download ?? preset?.download ?? true, notify: notify ?? preset?.notify ?? false,
  }
}

/**
 * Makes a link, whose address is answered this once. Nobody else is told of it.
 * @throws AppError share.policy, share.preset, and what `mustBeSharedBy` says
 */
export async function makeLink(deps: SharingDeps, actor: Actor, input: Input): Promise<{ share: Share; url: string }> {
  const { preset: presetName, ...said } = input
  const passwordHash = said.password === undefined || said.password === null ? null : await deps.passwords.hash(said.password)
  const token = randomToken()
  const now = deps.clock.now()
  const id = newId() as ShareId
  return deps.runInTx(actor, async (tx) => {
    await mustBeSharedBy(deps, tx, { actor, to: input })
    const policy = await deps.rules.get(tx, actor.orgId)
    const settings = settingsOf({ said, preset: presetOf(policy, presetName), policy, passwordHash, now })
    mustFit(policy, { ...settings, createdAt: now })
    const subject = 'folderId' in input ? { documentId: null, folderId: input.folderId, version: null } : { documentId: input.documentId, folderId: null, version: input.version }
    const share: NewShare = { id, ...subject, ...settings, createdBy: actor.userId, createdAt: now, tokenHash: hashToken(token) }
    await deps.links.insert(tx, actor.orgId, share)
    await deps.outbox.append(tx, actor, {
      type: 'sharing.created.v1', payload: { shareId: id, ...subjectOf(share) }, audience: [userPrincipal(actor.userId)],
      audit: { subjectType: 'share', subjectId: id, data: { ...subject, before: null, after: audited(deps, actor.orgId, settings) } },
    })
    const made = await deps.links.listed(tx, actor, id)
    if (made === null) throw new Error('a link that was made is not there')
    return { share: showShare(made, now), url: `${deps.filesUrl}${sharePath}/${token}` }
  })
}
