import type { Entry } from './entry.ts'

const id = { ids: { id: 'anyEndpoint' }, input: (ids) => ({ id: ids['id'] }) } as const satisfies Partial<Entry>
const personal = { inPerson: 'auth.session_required' } as const

/** Endpoints of webhooks, and what was delivered to them. */
export const webhooksTable: Readonly<Record<string, Entry>> = {
  'webhooks.endpoints.create': {
    says: 'Makes an endpoint that hears as its maker reads, at a public address; not by a key.', ...personal,
    input: (_, unique) => ({ url: `https://hooks.example.org/${unique}` }), ends: ['webhook.limit'],
  },
  'webhooks.endpoints.list': { says: 'Lists the endpoints, never their secrets.', input: () => ({}) },
  'webhooks.endpoints.update': {
    says: 'Changes, pauses or resumes an endpoint; who changes its address hears as themselves from then on; not by a key.', ...personal, ids: id.ids,
    input: (ids, unique) => ({ id: ids['id'], description: unique, state: 'active' }),
  },
  'webhooks.endpoints.delete': { says: 'Deletes an endpoint with its log and what waits.', ...id },
  'webhooks.endpoints.rotateSecret': { says: 'Makes a new secret, beside which the one before signs for 24 hours; not by a key.', ...personal, ...id },
  'webhooks.endpoints.test': { says: 'Sends an event of its own to the endpoint.', ...id, ends: ['webhook.paused'] },
  'webhooks.deliveries.list': {
    says: 'Lists what was sent to an endpoint; what was said and answered is shown to those who may hear of the event.',
    ids: { endpointId: 'anyEndpoint' }, input: (ids) => ({ endpointId: ids['endpointId'] }),
  },
  'webhooks.deliveries.redeliver': { says: 'Sends a delivery again.', ids: { id: 'anyDelivery' }, input: (ids) => ({ id: ids['id'] }) },
}
