import type { auditContract, Feature, SwitchName, DocumentId, FolderId, Mail, Meter, OrgId, UserId } from '@intellidocs/contracts'
import type { z } from 'zod'
import type { Tx } from './unit-of-work.ts'
import type { Actor, Person } from './actor.ts'

/** What is counted by acts; members and endpoints are counted as they stand. */
export type UsageKind = Exclude<Meter, 'members' | 'webhooks'>

/**
 * One metered act. `key` names it within the organization, so that it counts once however often it is written; an amount below nothing gives back. Pages that
 * were read of what was accepted before are counted even where nothing can be added any more.
 */
export type Use = { readonly kind: UsageKind; readonly amount: number; readonly key: string; readonly documentId?: string }

/** What an organization may use and what it used. Implemented by the module `subscriptions`. Each asks in the transaction of the act, a tenant unit. */
export type QuotaGate = {
  /** Writes the acts down with what they are part of. @throws AppError quota.exceeded, plan.read_only: it is all undone */
  consume(tx: Tx, actor: Actor, uses: readonly Use[]): Promise<void>
  /** Before bytes are stored that would only be refused afterwards. @throws AppError plan.read_only */
  mayAdd(tx: Tx, actor: Actor): Promise<void>
  /** Gives back what of the storage a document took, once. */
  giveBack(tx: Tx, actor: Actor, documentId: string): Promise<void>
  /**
   * Whether as many may stand as do now: to be asked once the new one is written. Others who ask wait until the unit ends. `members` are members and open
   * invitations. @throws AppError quota.exceeded, plan.read_only
   */
  hold(tx: Tx, actor: Actor, kind: 'members' | 'webhooks'): Promise<void>
  /** @throws AppError plan.feature */
  mustHave(tx: Tx, actor: Actor, feature: Feature): Promise<void>
  /** The moment from which on the plan lets the audit be read and exported; null: from its beginning. */
  auditSince(tx: Tx, actor: Actor): Promise<Date | null>
}

/** What an administrator may have switched off. Implemented by the module `admin`, as it was a second ago at most. */
export type FeatureSwitches = {
  /** Null for what is no organization's. */
  isOn(name: SwitchName, orgId: OrgId | null): Promise<boolean>
}
/** Where nothing is switched off. */
export const allOn: FeatureSwitches = { isOn: () => Promise.resolve(true) }

/** Mail that leaves after the commit. Implemented by the module `mail`. */
export type MailQueue = {
  /**
   * Queues one mail to one person in the caller's transaction: rolled back, nothing is sent. The actor's organization is the unit's; in an identity
   * unit it is `platformActor`. Throws `input.invalid` for data that do not fit the template, control characters among them.
   */
  enqueue(tx: Tx, actor: Actor, mail: Mail): Promise<void>
}

/** A mail of which no more than this is kept while it waits. */
export type Notice = { readonly userId: UserId; readonly noticeId: string }

/** Mail whose words are made when it leaves, with the rights that its reader has then. Implemented by the module `mail`. */
export type NoticeQueue = {
  /** Queues each as a mail of its own, in the caller's transaction, a tenant unit of the actor's organization. */
  enqueue(tx: Tx, actor: Actor, notices: readonly Notice[]): Promise<void>
  /** The same for digests, which come to thousands at once and do not stand before what somebody waits for. */
  enqueueDigests(tx: Tx, actor: Actor, notices: readonly Notice[]): Promise<void>
}

/** What a notice says now. Implemented by the module `notifications`. Null: there is nothing to send any more. */
export type NoticeMaker = (orgId: OrgId, notice: Notice) => Promise<Mail | null>

/** What is slowed down because it can be guessed, or used to fill somebody's mailbox. */
export type GuardedDeed = 'signIn' | 'signUp' | 'passwordReset' | 'mailedToken' | 'secondFactor' | 'invitation' | 'invitationMail' | 'unsubscribe'
  | 'shareOpen' | 'shareCode' | 'shareCodeMail'
  | 'uploadLink' | 'uploadWaste' | 'uploadReceipt'

/** Slows down repeating. `account` is whose it is about: an e-mail address, an account's id, or the hash of a token. */
export type AttemptGuard = {
  /** Counts one attempt against the account, the address and both together; throws `rate.limited`. */
  attempt(deed: GuardedDeed, from: { ip: string; account: string }): Promise<void>
  /** Counts nothing; throws `rate.limited` where an attempt would. */
  admit(deed: GuardedDeed, from: { ip: string; account: string }): Promise<void>
  /** Forgets what was counted against this account, for whoever proved to be its owner; the address keeps its count. */
  succeeded(deed: GuardedDeed, from: { ip: string; account: string }): Promise<void>
}

/** Invitations, as far as signing up needs them. Implemented by the module `orgs`. */
export type InvitationGate = {
  /**
   * Identity unit: spends the token, which must invite this e-mail address, and makes the person a member. Throws when the token does not hold for
   * the address, or was spent; what the unit did before is then undone.
   */
  accept(tx: Tx, person: Person, invitation: { token: string; email: string }): Promise<void>
}

/**
 * A member as the actor that they are now, for what acts in their name while they are away. Null unless account, membership and organization are
 * active. Implemented by the module `users`.
 */
export type MemberActor = (of: { readonly orgId: OrgId; readonly userId: UserId; readonly requestId?: string }) => Promise<Actor | null>
/** A row of the audit as it stands sealed in the organization's chain: its number, its line (see `packages/audit`), and SHA-256 of that. */
export type SealedRow = { readonly seq: number; readonly hash: string; readonly action: string; readonly at: string; readonly line: string }
export type ProvenRows = {
  readonly rows: readonly SealedRow[]
  /** How far the chain had come when they were looked up, signed. */
  readonly head: z.infer<typeof auditContract.checkpoint>
  /** Of the audit: what `head` is signed with (base64url). */
  readonly publicKey: string
}
export type AuditSubjects = { readonly type: 'flowRun'; readonly ids: readonly string[] }
/** What the audit says about a thing, once nobody can change it unseen any more. Implemented by the module `audit`. */
export type AuditProof = {
  /**
   * Of each of some runs of flows, all under one head: every row about it that was committed by now, in order. One of which there is no row yet, or of which one is not
   * sealed, is absent. @throws AppError audit.broken (in what is looked at of any of them)
   */
  about(actor: Actor, subjects: AuditSubjects): Promise<ReadonlyMap<string, ProvenRows>>
}

/**
 * What stands against a deletion. Implemented by the module `retention`. It is asked in the transaction of the deletion, behind the locks of the rows
 * that go and before any of them does: from then until its end nobody places a hold. It refuses with what stands against it, named for those who may
 * know; the others are told no more than that.
 */
export type DeletionGate = {
  /** Documents with their versions and bytes. @throws AppError retention.held, retention.kept (a rule keeps it for some time) */
  documents(tx: Tx, actor: Actor, ids: readonly DocumentId[]): Promise<void>
  /** A folder without documents, for it may be what holds are on. @throws AppError retention.held */
  folder(tx: Tx, actor: Actor, id: FolderId): Promise<void>
  /** All that the actor's organization has. @throws AppError retention.held */
  organization(tx: Tx, actor: Actor): Promise<void>
  /** Identity unit: somebody's account, whose organizations these are. @throws AppError retention.held */
  account(tx: Tx, of: { readonly userId: UserId; readonly orgs: readonly OrgId[] }): Promise<void>
}

/** Where nothing is ever held. */
export const nothingHeld: DeletionGate = {
  documents: () => Promise.resolve(), folder: () => Promise.resolve(), organization: () => Promise.resolve(), account: () => Promise.resolve(),
}
