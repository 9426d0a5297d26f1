import { z } from 'zod'
import { fieldName, fieldValue, tagName } from './documents.ts'
import { level } from './grants.ts'
import { flowId, folderId, groupId, userId } from './ids.ts'
import { memberRole } from './permissions.ts'
import { nameLine, text } from './text.ts'

/** Names stages, branches and hooks within a flow. */
export const flowKey = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a lower-case letter, then letters, digits and dashes, 40 at most')

/** By the clock, or by the days and hours of the flow's calendar. */
export const duration = z.union([z.strictObject({ hours: z.number().positive().max(8784) }), z.strictObject({ workingDays: z.int().min(1).max(260) })])
export type Duration = z.infer<typeof duration>

/**
 * Whom a task is for; a group or a role is a task for each of its active members when the stage opens. `field`: the member whose e-mail address or id
 * the document holds in that field. `requester`: whoever started the run.
 */
export const assignee = z.union([
  z.strictObject({ user: userId }), z.strictObject({ group: groupId }), z.strictObject({ role: memberRole.exclude(['custom']) }),
  z.strictObject({ field: fieldName }), z.strictObject({ requester: z.literal(true) }),
])
export type Assignee = z.infer<typeof assignee>

/** What a condition may ask of a document; `metadata.<field>` for its fields, `tag` and `folder` with `is`. Sizes are bytes. */
export const factName = z.union([
  z.enum(['name', 'type', 'pages', 'size', 'language', 'folder', 'tag']),
  z.string().regex(/^metadata\.(?!constructor$)[a-z][a-z0-9_]{0,39}$/, 'a fact of a document, or metadata.<field>'),
])
const compared = z.union([
  z.strictObject({ fact: factName, is: fieldValue }), z.strictObject({ fact: factName, isNot: fieldValue }),
  z.strictObject({ fact: factName, above: z.number() }), z.strictObject({ fact: factName, below: z.number() }),
  z.strictObject({ fact: factName, oneOf: z.array(fieldValue).min(1).max(100) }), z.strictObject({ fact: factName, exists: z.boolean() }),
])
type Compared = z.infer<typeof compared>
export type Condition = Compared | { all: Condition[] } | { any: Condition[] } | { not: Condition }
/** Four levels are enough for any rule that somebody reads; the limit keeps a hostile one from being deep. */
const deeper = (inner: z.ZodType<Condition>): z.ZodType<Condition> => z.union([
  compared, z.strictObject({ all: z.array(inner).min(1).max(20) }), z.strictObject({ any: z.array(inner).min(1).max(20) }), z.strictObject({ not: inner }),
])
export const condition = deeper(deeper(deeper(deeper(compared))))

/**
 * When a stage is decided, of the people it asked. `all`: each approves, one rejection ends it. `any`: the first approval; rejected once all did. `quorum`: that many
 * approvals; rejected once they cannot come together any more. `veto`: that many approvals (all when absent), and one rejection ends it.
 */
export const decisionRule = z.union([
  z.strictObject({ rule: z.literal('all') }), z.strictObject({ rule: z.literal('any') }),
  z.strictObject({ rule: z.literal('quorum'), approvals: z.int().min(1).max(1000) }),
  z.strictObject({ rule: z.literal('veto'), approvals: z.int().min(1).max(1000).optional() }),
])
export type DecisionRule = z.infer<typeof decisionRule>

const reminder = z.union([z.strictObject({ before: duration }), z.strictObject({ every: duration })])
/** After that time without a decision of the stage, more people are asked (`add`), or others instead of those who have not answered (`replace`). */
const escalation = z.strictObject({ after: duration, to: z.array(assignee).min(1).max(10), how: z.enum(['add', 'replace']) })

export const flowStage = z.strictObject({
  key: flowKey,
  name: nameLine,
  /** Skipped where it does not hold when the stage is reached. */
  when: condition.optional(),
  ask: z.array(assignee).min(1).max(50),
  decide: decisionRule,
  deadline: duration.optional(),
  reminders: z.array(reminder).max(5).default([]),
  escalation: z.array(escalation).max(5).default([]),
  /** What the end of the deadline does. `wait`: nothing; the tasks are overdue. */
  onDeadline: z.enum(['wait', 'expire', 'reject']).default('wait'),
  /** `end` the run, go back to an earlier stage and ask again from there, or wait for a new version and begin this stage again. */
  onReject: z.union([z.literal('end'), z.literal('new-version'), z.strictObject({ back: flowKey })]).default('end'),
  /** What a new version of the document does to this stage: its decisions stand, those who decided are asked again, or the run begins anew. */
  onNewVersion: z.enum(['keep', 'ask-again', 'restart']).default('ask-again'),
  /** To whom a task goes whose person left or cannot read the document any more; absent: to the owners of the organization. `drop`: nobody, if others are left. */
  ifAway: z.union([assignee, z.literal('drop')]).optional(),
})
export type FlowStage = z.infer<typeof flowStage>

/** Side by side; the run goes on when each branch whose condition holds is through. */
export const flowBranches = z.strictObject({
  parallel: z.array(z.strictObject({ key: flowKey, when: condition.optional(), stages: z.array(flowStage).min(1).max(20) })).min(2).max(10),
})
export type FlowBranches = z.infer<typeof flowBranches>

export const flowTrigger = z.union([
  z.strictObject({ on: z.literal('manual') }),
  z.strictObject({ on: z.literal('ready'), when: condition.optional() }),
  z.strictObject({ on: z.literal('uploaded'), folderId, when: condition.optional() }),
  z.strictObject({ on: z.literal('tagged'), tag: tagName, when: condition.optional() }),
  z.strictObject({ on: z.literal('changed'), when: condition }),
])
export type FlowTrigger = z.infer<typeof flowTrigger>

export const flowEffect = z.union([
  z.strictObject({ do: z.literal('move'), folderId: folderId.nullable() }),
  z.strictObject({ do: z.literal('tag'), add: z.array(tagName).max(20).default([]), remove: z.array(tagName).max(20).default([]) }),
  z.strictObject({ do: z.literal('set'), metadata: z.record(fieldName, fieldValue.nullable()) }),
  z.strictObject({ do: z.literal('share'), with: z.union([z.strictObject({ user: userId }), z.strictObject({ group: groupId }), z.strictObject({ org: z.literal(true) })]), level }),
  z.strictObject({ do: z.literal('hook'), name: flowKey }),
  z.strictObject({ do: z.literal('start'), flowId }),
])
export type FlowEffect = z.infer<typeof flowEffect>

/** Listing them takes longer than all else that is checked of a definition, so they are listed once. */
let zones: ReadonlySet<string> | undefined
const isZone = (zone: string): boolean => (zones ??= new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])).has(zone)

/** Days of work: 1 is Monday, 7 Sunday. */
export const flowCalendar = z.strictObject({
  timezone: z.string().max(60).refine(isZone, 'a time zone by its IANA name').default('UTC'),
  weekdays: z.array(z.int().min(1).max(7)).min(1).max(7).default([1, 2, 3, 4, 5]),
  holidays: z.array(z.iso.date()).max(400).default([]),
})
export type FlowCalendar = z.infer<typeof flowCalendar>

const effects = z.array(flowEffect).max(10).default([])

/** An approval process as people define it. What is valid here may still not work: `definitions.publish` looks at that. */
export const flowSpec = z.strictObject({
  name: nameLine,
  description: text.max(1000).default(''),
  trigger: flowTrigger.default({ on: 'manual' }),
  stages: z.array(z.union([flowStage, flowBranches])).min(1).max(30),
  /** Neither who asked nor who made the version may decide. */
  fourEyes: z.boolean().default(true),
  /** Decisions only from sessions that were opened with a second factor. */
  secondFactor: z.boolean().default(false),
  /** Whether tasks may be handed on, and to whom; `to` absent: to any active member who reads the document. */
  delegation: z.strictObject({ allowed: z.boolean().default(true), to: z.array(assignee).min(1).max(20).optional() }).default({ allowed: true }),
  calendar: flowCalendar.prefault({}),
  /** How many rounds rejections may make of it, the first included; the rejection of the last one ends the run. New versions that nobody asked for do not count. */
  maxRounds: z.int().min(1).max(20).default(5),
  effects: z.strictObject({ approved: effects, rejected: effects, expired: effects }).prefault({}),
})
export type FlowSpec = z.infer<typeof flowSpec>
export type FlowSpecInput = z.input<typeof flowSpec>

/** A fault of a definition: `path` is its place, such as `stages.1.decide.approvals`. */
export const flowFault = z.strictObject({ path: z.string(), message: z.string() })
export type FlowFault = z.infer<typeof flowFault>

const named = z.registry<{ id: string }>()
for (const [id, schema] of Object.entries({ assignee, condition, decisionRule, duration, fieldValue, flowBranches, flowEffect, flowStage, flowTrigger, tagName })) named.add(schema, { id })

/**
 * The definition of a flow as people write it, as JSON Schema 2020-12 for editors. Tags are to be written in small letters there, and what only the code can tell
 * (a time zone that exists, a text that can be stored) is told when it is sent.
 */
export const flowJsonSchema = (): Record<string, unknown> => ({ title: 'A flow of IntelliDocs', ...z.toJSONSchema(flowSpec, { io: 'input', reused: 'ref', metadata: named }) })
