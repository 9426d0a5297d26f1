import type { PlanName, SwitchName } from '@intellidocs/contracts'
import type { Egress } from '@intellidocs/egress'
import type { AnswerModel, Embedder } from '@intellidocs/embedding'
import type { AttemptGuard, Clock, Config, FeatureSwitches, Idempotency, LiveFeed, Log, MemberActor, OutboxWithSubscribers, Subscriber, UnitOfWork } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import { createAdminModule, createSwitches, type Checks } from './modules/admin/index.ts'
import { createAnalyticsModule } from './modules/analytics/index.ts'
import { createAuditModule } from './modules/audit/index.ts'
import { createDocumentsModule, createSearchablePdfs, noPictures, type FolderReadersGateway, type ProcessingGateway } from './modules/documents/index.ts'
import { createIntakeModule } from './modules/intake/index.ts'
import { createMailModule, type Postman } from './modules/mail/index.ts'
import { createNotificationsModule } from './modules/notifications/index.ts'
import { createOrgsModule, type PurgeGateway } from './modules/orgs/index.ts'
import { createNames, createPrivacyModule } from './modules/privacy/index.ts'
import { createRetentionModule } from './modules/retention/index.ts'
import { createSearchModule, type ProposalOutcome } from './modules/search/index.ts'
import { createPagePictures, createSharingModule } from './modules/sharing/index.ts'
import { createSubscriptionsModule, type PaymentService } from './modules/subscriptions/index.ts'
import { closedGuard, createUsersModule } from './modules/users/index.ts'
import { createWebhooksModule, type WebhookGateway } from './modules/webhooks/index.ts'
import { createWorkflowsModule, type DecisionsGateway, type RunsGateway } from './modules/workflows/index.ts'

/** Everything the modules need from outside; made in the `main.ts` of each process. */
export type ModuleDeps = UnitOfWork & {
  readonly clock: Clock
  readonly log: Log
  readonly outbox: OutboxWithSubscribers
  readonly idempotency: Idempotency
  readonly liveFeed: LiveFeed
  readonly blobs: BlobStore
  /** Null when the model could not be loaded: search answers by words. */
  readonly embedder: Embedder | null
  /** Models whose vectors serve until the present one has its own. */
  readonly formerEmbedders?: readonly Embedder[]
  /** Who writes answers; null or absent: they are sentences of documents. */
  readonly answers?: AnswerModel | null
  /** A server that proposes passages to search; absent: Postgres alone does. */
  readonly meilisearch?: Config['meilisearch']
  /** Told of each query by words how asking it went. */
  readonly onProposal?: (outcome: ProposalOutcome) => void
  /** 32 bytes. */
  readonly secretKey: Buffer
  /** Open what they sealed before the key was changed. */
  readonly oldSecretKeys?: readonly Buffer[]
  /** Absent in processes where nobody signs in; there every attempt is refused. */
  readonly attemptGuard?: AttemptGuard
  /** Whether anybody may make an account; absent: only who was invited. */
  readonly signUp?: 'open' | 'invitation'
  /** The worker's way to Temporal; absent in the others, which never run subscribers. */
  readonly processing?: ProcessingGateway
  /** The same for what follows a change of the tree of folders. */
  readonly folderReaders?: FolderReadersGateway
  /** The same for the runs that end organizations. */
  readonly purge?: PurgeGateway
  /** The same for the runs that send to webhooks. */
  readonly webhooks?: WebhookGateway
  /** The way out to addresses that customers name; absent: to public addresses alone. */
  readonly egress?: Egress
  /** The same for the runs of flows. */
  readonly runs?: RunsGateway
  /** How decisions reach Temporal from the process where people make them. */
  readonly decisions?: DecisionsGateway
  /** Days in which the deletion of an organization can be taken back; 30 when absent. */
  readonly orgDeleteGraceDays?: number | undefined
  /** Days for which it is kept who opened a link; 365 when absent. */
  readonly shareActivityDays?: number | undefined
  /** What this process depends on, for administrators; absent in those that serve nobody. */
  readonly checks?: Checks
  /** Of organizations of which nobody said anything; `own`, without limits, when absent. */
  readonly defaultPlan?: PlanName | undefined
  /** The address that links to files begin with, without a slash at its end; absent in processes that make none. */
  readonly filesUrl?: string
  /** Whether what comes is checked for viruses before anybody is given it. */
  readonly scanning?: boolean
  /** A folder for files of which pictures are made; absent in processes that show none. */
  readonly picturesDir?: string
  /** Null or absent: an administrator of the installation sets plans. */
  readonly payments?: PaymentService | null
  /** The worker's way to send mail; absent in the others. */
  readonly postman?: Postman
}

/** Links act for their makers, and for nobody while they are switched off: then they open nothing, as if their makers had left. */
const whileOn = (switches: FeatureSwitches, name: SwitchName, actorOf: MemberActor): MemberActor => async (of) => (await switches.isOn(name, of.orgId) ? actorOf(of) : null)

/** The registry: a line a module, lower ones may use higher ones. Also tells the outbox who listens, so call it once a process. */
export function createModules(deps: ModuleDeps) {
  const switches = createSwitches(deps)
  const mail = createMailModule({ ...deps, makeNotice: (orgId, notice) => notifications.makeNotice(orgId, notice) })
  const notifications = createNotificationsModule({ ...deps, notices: mail.notices })
  const retention = createRetentionModule({ ...deps, discard: (tx, actor, id) => documents.discard(tx, actor, id) })
  const withMail = { ...deps, mail: mail.queue, deletions: retention.gate }
  const subscriptions = createSubscriptionsModule(deps)
  const { quota } = subscriptions
  const orgs = createOrgsModule({ ...withMail, quota })
  const search = createSearchModule(deps)
  const users = createUsersModule({ ...withMail, switches, invitations: orgs.invitationGate })
  const pictures = deps.picturesDir === undefined ? noPictures : createPagePictures({ blobs: deps.blobs, folder: deps.picturesDir })
  const searchable = deps.picturesDir === undefined ? undefined : createSearchablePdfs({ blobs: deps.blobs, folder: deps.picturesDir })
  const documents = createDocumentsModule({ ...deps, pictures, searchable, quota, passages: search.passageIndex, deletions: retention.gate })
  const audit = createAuditModule({ ...deps, quota })
  const names = createNames({ ...deps, called: users.called })
  const workflows = createWorkflowsModule({ ...deps, documents, users: users.acting, called: names, proof: audit.proof, quota, switches })
  const sharing = createSharingModule({
    ...withMail, attemptGuard: deps.attemptGuard ?? closedGuard, memberActor: whileOn(switches, 'shareLinks', users.acting.actorOf), passwords: users.passwords, documents, filesUrl: deps.filesUrl ?? '',
    activityDays: deps.shareActivityDays ?? 365,
    pictures,
  })
  const intake = createIntakeModule({ ...withMail, attemptGuard: deps.attemptGuard ?? closedGuard, memberActor: whileOn(switches, 'uploadRequests', users.acting.actorOf), passwords: users.passwords, documents })
  const webhooks = createWebhooksModule({ ...deps, memberActor: users.acting.actorOf, quota, switches })
  const modules = {
    mail,
    users,
    orgs,
    subscriptions,
    search,
    documents,
    retention,
    workflows,
    notifications,
    sharing,
    intake,
    webhooks,
    analytics: createAnalyticsModule({ ...deps, words: search.queries.words, usage: subscriptions.usage }),
    audit,
    admin: createAdminModule({
      ...deps, orgs: orgs.administration, support: orgs.supportAdministration, users: users.administration, audit, documents: documents.administration, flows: workflows.administration, hooks: webhooks.administration, switches,
      sealed: [documents.sealed, users.sealed, webhooks.sealed],
      openVersions: documents.openVersions, checkBlobs: documents.checkBlobs, indexFaults: search.indexFaults, checks: deps.checks, setPlan: subscriptions.setPlan, mayBeGiven: subscriptions.mayBeGiven,
    }),
    privacy: createPrivacyModule({
      ...deps, called: users.called, endMembership: orgs.endMembership, forgetInvitation: orgs.forgetInvitation,
      takeBackCertificates: workflows.certificates.takeBack, forgetAddress: [sharing.forget, intake.forget, documents.forgetSender],
    }),
  }
  deps.outbox.register(subscribersOf(modules))
  return modules
}

export type Modules = ReturnType<typeof createModules>

type WithSubscribers = { readonly subscribers: readonly Subscriber[] }

/** Every reaction to events, for the relay. */
export const subscribersOf = (modules: Record<string, WithSubscribers>): Subscriber[] =>
  Object.values(modules).flatMap((module) => module.subscribers)
