import type { Entry } from './entry.ts'

const inPerson = { inPerson: 'auth.session_required' } as const
const userId = { input: (ids: Readonly<Record<string, unknown>>) => ({ userId: ids['userId'] }) }

/** What is held about one person. */
export const privacyTable: Readonly<Record<string, Entry>> = {
  'retention.exportPerson': {
    says: 'Reads what the organization holds about somebody who holds no more than the caller, or belongs to it no more, or came from outside by a link; without the names of documents that the caller may not read; not by a key.',
    ...inPerson, ids: { userId: 'weakerMember' }, ...userId,
  },
  'retention.exportMyself': {
    says: 'Reads what the organization holds about the caller.', membersOnly: 'org.not_found', inPerson: 'auth.forbidden', ownWords: true, input: () => ({}),
  },
  'retention.erasePerson': {
    says: 'Ends a membership, and forgets name and address of somebody who holds no more than the caller, or belongs to it no more, or came from outside by a link; not by a key.',
    ...inPerson, ids: { userId: 'memberToUnseat' }, ...userId,
  },
}
