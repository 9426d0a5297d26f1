import type { OrgId, Page, StalledHook, StalledHookSelection, WebhookDeliveryId, WebhookEndpointId } from '@intellidocs/contracts'
import { AppError, positionedPage, windowOf, type Log, type PageInput, type Person } from '@intellidocs/kernel'
import type { AdminUnit } from './admin.unit.ts'
import type { SelectionTokens } from './selection.ts'
import type { FoundHook, StalledHooksRepository } from './stalled-hooks.repository.ts'
import { workThrough, type Counted, type On, type Worked } from './work-through.ts'

/** How the module whose they are acts on one, as the product, in its organization. False: it went on meanwhile, or may not be acted on. */
export type HooksAdministration = {
  resume(of: { orgId: OrgId; endpointId: WebhookEndpointId }): Promise<boolean>
  release(of: { orgId: OrgId; deliveryId: WebhookDeliveryId }): Promise<boolean>
  drop(of: { orgId: OrgId; deliveryId: WebhookDeliveryId }): Promise<boolean>
}
type Deps = { readonly unit: AdminUnit; readonly tokens: SelectionTokens; readonly log: Log; readonly repository: StalledHooksRepository; readonly hooks: HooksAdministration }

/** The webhooks' parking lot: looked at, counted, and then acted on, no more than was counted and a hundred at a time. */
export type StalledHooksService = {
  list(input: PageInput & StalledHookSelection): Promise<Page<StalledHook>>
  count(person: Person, selection: StalledHookSelection): Promise<Counted>
  /** `admin.selection`: not what was counted. */
  release(person: Person, input: On<StalledHookSelection>): Promise<Worked>
  /** The same. `input.invalid`: endpoints are their organization's to delete. */
  drop(person: Person, input: On<StalledHookSelection>): Promise<Worked>
}

const show = ({ position: _, since, ...hook }: FoundHook): StalledHook => ({ ...hook, since: since.toISOString() })

export function createStalledHooksService(deps: Deps): StalledHooksService {
  const { unit, tokens, repository, hooks } = deps
  const work = (person: Person, { selection, token, why }: On<StalledHookSelection>, deed: { action: 'admin.webhooks-released' | 'admin.webhooks-dropped'; one: (hook: FoundHook) => Promise<boolean> }) =>
    workThrough(deps, person, {
      selection, token, action: deed.action, called: 'webhooks', told: { kind: selection.kind, reason: why }, work: deed.one,
      find: (tx, page) => repository.list(tx, selection, page), count: (tx, asOf) => repository.count(tx, selection, asOf),
    })
  const ofDelivery = ({ orgId, id }: FoundHook) => ({ orgId, deliveryId: id as WebhookDeliveryId })
  return {
    async list({ limit, cursor, ...selection }) {
      const page = windowOf({ limit, cursor })
      return positionedPage(await unit.look((tx) => repository.list(tx, selection, { ...page, until: null })), limit, show)
    },
    async count(person, selection) {
      const token = tokens.issue({ selection, by: person.userId })
      return { count: await unit.look((tx) => repository.count(tx, selection, { until: null })), token }
    },
    release: (person, input) => work(person, input, {
      action: 'admin.webhooks-released',
      one: (hook) => (hook.kind === 'delivery' ? hooks.release(ofDelivery(hook)) : hooks.resume({ orgId: hook.orgId, endpointId: hook.id as WebhookEndpointId })),
    }),
    async drop(person, input) {
      if (input.selection.kind !== 'delivery') throw new AppError('input.invalid')
      return work(person, input, { action: 'admin.webhooks-dropped', one: (hook) => hooks.drop(ofDelivery(hook)) })
    },
  }
}
