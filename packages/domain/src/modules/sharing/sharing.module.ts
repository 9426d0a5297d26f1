import type { Actor, AttemptGuard, Clock, Forgetting, Forgotten, Log, MailQueue, MemberActor, Outbox, RunAsIdentity, RunAsSystem, RunInTx, Subscriber, Tx } from '@intellidocs/kernel'
import type { DocumentsModule, PagePictures } from '../documents/index.ts'
import type { Passwords } from '../users/index.ts'
import { codesRepository } from './codes.repository.ts'
import { linksRepository } from './links.repository.ts'
import { rulesRepository } from './rules.repository.ts'
import type { SharingDeps, UseCase } from './sharing.deps.ts'
import { createSharesRouter } from './sharing.router.ts'
import type { Visitor } from './sharing.types.ts'
import { forgetVisitor } from './use-cases/forget-visitor.ts'
import { linkActivity } from './use-cases/link-activity.ts'
import { getLinkPolicy, setLinkPolicy } from './use-cases/link-policy.ts'
import { folderOfLink } from './use-cases/look-at-folder.ts'
import { contentOfLink, documentOfLink, lookAtLink, pictureOfLink, stillOpen } from './use-cases/look-at-link.ts'
import { makeLink } from './use-cases/make-link.ts'
import { listLinks, revokeLink, updateLink } from './use-cases/manage-links.ts'
import { openLink } from './use-cases/open-link.ts'
import { sendCode } from './use-cases/send-code.ts'
import { visitsRepository } from './visits.repository.ts'

const DAY_MS = 86_400_000
/** Removed in one transaction, each with up to 2,000 looks. */
const VISITS_AT_ONCE = 100
/** Longer than a picture can take. */
const LEFT_MS = 3_600_000

export type SharingModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsIdentity: RunAsIdentity; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log; readonly mail: MailQueue
  readonly attemptGuard: AttemptGuard; readonly memberActor: MemberActor; readonly passwords: Passwords; readonly documents: Pick<DocumentsModule, 'shared' | 'list'>
  readonly pictures: PagePictures
  readonly filesUrl: string
  readonly secretKey: Buffer
  /** Days for which visits are kept once they are over. */
  readonly activityDays: number
}

/** What members do with links; each is documented in `use-cases/`. */
function createSharingService(deps: SharingDeps) {
  const on = <Input, Output>(useCase: UseCase<Input, Output>) => (actor: Actor, input: Input): Promise<Output> => useCase(deps, actor, input)
  return {
    create: on(makeLink), list: on(listLinks), update: on(updateLink), revoke: on(revokeLink), activity: on(linkActivity),
    policy: { get: (actor: Actor) => getLinkPolicy(deps, actor), set: on(setLinkPolicy) },
  }
}
export type SharingService = ReturnType<typeof createSharingService>

/** What somebody from outside does who has nothing but a link. */
function createVisiting(deps: SharingDeps) {
  const on = <Input, Output>(useCase: (given: SharingDeps, visitor: Visitor, input: Input) => Promise<Output>) => (visitor: Visitor, input: Input): Promise<Output> =>
    useCase(deps, visitor, input)
  return {
    look: on(lookAtLink), open: on(openLink), sendCode: on(sendCode), document: on(documentOfLink), folder: on(folderOfLink), picture: on(pictureOfLink), content: on(contentOfLink),
    stillOpen: on(stillOpen),
  }
}

/** Public links to documents and folders. */
export function createSharingModule({ attemptGuard, pictures, activityDays, ...given }: SharingModuleDeps) {
  const deps: SharingDeps = {
    ...given, attempts: attemptGuard, pictures, links: linksRepository, visits: visitsRepository, codes: codesRepository, rules: rulesRepository,
  }
  const shares = createSharingService(deps)
  return {
    name: 'sharing',
    routers: { 'documents.shares': createSharesRouter(shares) },
    subscribers: [] as Subscriber[],
    shares,
    visiting: createVisiting(deps),
    /** For somebody who is erased. See `use-cases/forget-visitor.ts`. */
    forget: (tx: Tx, actor: Actor, of: Forgetting): Promise<Forgotten> => forgetVisitor(deps, tx, { ...of, actor }),
    /** Removes codes that ran out, visits that have been over for long, and files that were left. Called by the API now and then. */
    removeExpired: async (): Promise<void> => {
      const now = given.clock.now().getTime()
      await deps.runAsSystem(codesRepository.removeExpired)
      await pictures.clear(new Date(now - LEFT_MS))
      const before = new Date(now - activityDays * DAY_MS)
      while (await deps.runAsSystem((tx) => visitsRepository.removeOld(tx, { before, most: VISITS_AT_ONCE })) === VISITS_AT_ONCE) { /* the next portion */ }
    },
  } as const
}
