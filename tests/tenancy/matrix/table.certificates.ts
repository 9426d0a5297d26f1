import type { Entry } from './entry.ts'

export const certificatesTable: Readonly<Record<string, Entry>> = {
  'workflows.runs.certificate': {
    says: 'Gives the certificate of a run that is over; members:read, as it names people with their addresses.', ids: { id: 'seesRun' }, input: (ids) => ids,
    may: ({ holds }) => (holds.has('members:read') ? null : 'auth.forbidden'), ends: ['certificate.not_yet'],
  },
  'workflows.runs.certificateKey': { says: 'Gives the public key that signs certificates.' },
}
