import type { Page, ShareId, ShareVisit } from '@intellidocs/contracts'
import { AppError, positionedPage, windowOf, type Actor, type PageInput } from '@intellidocs/kernel'
import type { SharingDeps } from '../sharing.deps.ts'
import { sees } from '../sharing.policy.ts'
import type { LookedAt } from '../visits.repository.ts'

/** Whoever asks for nothing else for longer went away. */
const LONGEST_LOOK_MS = 10 * 60_000

/** Pages in the order in which they were first looked at, with how often, and for how long until the next request; the last one of a visit counts no time. */
export function pagesOf(looks: readonly LookedAt[]): ShareVisit['pages'] {
  const pages = new Map<string, { of: LookedAt & { page: number }; times: number; ms: number }>()
  for (const look of looks) {
    const { page, documentId, version, at, nextAt } = look
    if (page === null) continue
    const key = `${documentId} ${version} ${page}`
    const seen = pages.get(key) ?? { of: { ...look, page }, times: 0, ms: 0 }
    pages.set(key, { ...seen, times: seen.times + 1, ms: seen.ms + (nextAt === null ? 0 : Math.min(LONGEST_LOOK_MS, nextAt.getTime() - at.getTime())) })
  }
  return [...pages.values()].map(({ of: { documentId, version, page }, times, ms }) => ({ documentId, version, page, times, seconds: Math.round(ms / 1000) }))
}

/** Who opened a link, newest first. @throws AppError share.not_found, input.cursor */
export async function linkActivity(deps: SharingDeps, actor: Actor, { id, ...paging }: PageInput & { id: ShareId }): Promise<Page<ShareVisit>> {
  const page = windowOf(paging)
  const { visits, looks } = await deps.runInTx(actor, async (tx) => {
    const share = await deps.links.find(tx, { orgId: actor.orgId, id })
    if (share === null || !sees(actor, share)) throw new AppError('share.not_found')
    const found = await deps.visits.list(tx, share, page)
    return { visits: found, looks: await deps.visits.looks(tx, actor.orgId, found.map((visit) => visit.id)) }
  }, { readOnly: true })
  return positionedPage(visits, page.limit, ({ id: visitId, email, address, openedAt, lastAt }): ShareVisit => {
    const own = looks.filter((look) => look.visitId === visitId)
    return {
      id: visitId, email, address, openedAt: openedAt.toISOString(), lastAt: lastAt.toISOString(), pages: pagesOf(own),
      downloads: own.filter((look) => look.page === null).map(({ documentId, version, at }) => ({ documentId, version, at: at.toISOString() })),
    }
  })
}
