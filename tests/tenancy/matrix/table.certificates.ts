import type { Entry } from './entry.ts'

export const certificatesTable: Readonly<Record<string, Entry>> = {
  'workflows.runs.certificate': {
    says: 'Gives the certificate of a run that is over.', ids: { id: 'seesRun' }, input: (ids) => ids, ends: ['certificate.not_yet'],
  },
  'workflows.runs.certificateKey': { says: 'Gives the public key that signs certificates.' },
}
