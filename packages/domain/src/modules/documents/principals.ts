import type { GroupId, Principal, UserId } from '@intellidocs/contracts'

/** What a principal's text names. @throws Error for a text that a grant cannot hold */
export function principalOf(text: string): Principal {
  const [kind, id] = text.split(':')
  if (kind === 'org') return { org: true }
  if (kind === 'user') return { user: id as UserId }
  if (kind === 'group') return { group: id as GroupId }
  throw new Error('a grant to an unknown kind of principal')
}
