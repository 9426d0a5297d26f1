import type { Who } from './callers.ts'
import type { Entry } from './entry.ts'

const byKey = { inPerson: 'auth.forbidden' } as const
const ownerInPerson = (who: Who) => (who.role === 'owner' && who.by === 'session' ? null : 'auth.forbidden' as const)
const id = { input: (ids: Readonly<Record<string, unknown>>) => ({ id: ids['id'] }) }
const userId = { input: (ids: Readonly<Record<string, unknown>>) => ({ userId: ids['userId'] }) }
const inGroup = {
  ids: { groupId: 'anyGroup', userId: 'anyMember' }, input: (ids: Readonly<Record<string, unknown>>) => ({ groupId: ids['groupId'], userId: ids['userId'] }),
} as const

/** Organizations, their members, invitations, groups and roles; audit. */
export const orgsTable: Readonly<Record<string, Entry>> = {
  'orgs.create': { says: 'Makes an organization that the caller owns.', ...byKey, input: (_, unique) => ({ name: unique, slug: unique }) },
  'orgs.list': { says: "Lists the caller's organizations; a key sees its own.", input: () => ({}) },
  'orgs.get': { says: 'Reads the organization.' },
  'orgs.update': { says: 'Renames the organization.', input: () => ({ name: 'Ours' }) },
  'orgs.delete': {
    says: 'Begins the end of the organization, which owners can take back for some days; an owner in person, who types its short name.',
    may: ownerInPerson, input: () => ({ slug: 'another' }), ends: ['org.confirm'],
  },
  'orgs.undelete': { says: 'Takes the deletion back; an owner of an organization that is being deleted, in person.', ...byKey, ends: ['org.not_found'] },
  'orgs.leave': { says: 'Ends the own membership; the last owner cannot.', membersOnly: 'org.not_found', ...byKey, self: true },
  'orgs.transferOwnership': {
    says: 'Makes a member owner and the caller an admin; an owner in person.', may: ownerInPerson, self: true, ids: { userId: 'anyMember' }, ...userId, ends: ['member.state'],
  },
  'orgs.members.list': { says: 'Lists the members.', input: () => ({}) },
  'orgs.members.setRole': {
    says: 'Gives a member another role: neither may hold more than the caller, and neither is owner where a key asks.', ids: { userId: 'memberToUnseat' },
    input: (ids) => ({ userId: ids['userId'], role: 'viewer' }),
    also: [{ ids: { userId: 'memberToUnseat', roleId: 'heldRole' }, input: (ids) => ({ userId: ids['userId'], role: 'custom', roleId: ids['roleId'] }) }],
  },
  'orgs.members.suspend': { says: 'Shuts a member out, keys and open connections included.', ids: { userId: 'memberToUnseat' }, ...userId, ends: ['member.state'] },
  'orgs.members.resume': { says: 'Lets a suspended member in again.', ids: { userId: 'weakerMember' }, ...userId, ends: ['member.state'] },
  'orgs.members.remove': { says: 'Ends a membership with its keys, groups and grants.', ids: { userId: 'memberToUnseat' }, ...userId },
  'orgs.invitations.create': {
    says: 'Invites an address into a role that holds no more than the caller; the link is mailed there and told to nobody else; not by a key.', inPerson: 'auth.session_required',
    input: (_, unique) => ({ email: `${unique}@example.test`, role: 'viewer' }),
    also: [{ ids: { roleId: 'heldRole' }, input: (ids, unique) => ({ email: `${unique}@example.test`, role: 'custom', roleId: ids['roleId'] }) }],
  },
  'orgs.invitations.list': { says: 'Lists open invitations, never their tokens.', input: () => ({}) },
  'orgs.invitations.revoke': { says: 'Ends an invitation.', ids: { id: 'anyInvitation' }, ...id },
  'orgs.invitations.accept': {
    says: 'Joins by the token of an invitation to the own address.', ...byKey, input: (_, unique) => ({ token: unique }), ends: ['invitation.invalid'],
  },
  'orgs.groups.list': { says: 'Lists the groups.', input: () => ({}) },
  'orgs.groups.create': { says: 'Makes a group.', input: (_, unique) => ({ name: unique }) },
  'orgs.groups.update': { says: 'Renames a group.', ids: { id: 'anyGroup' }, input: (ids, unique) => ({ id: ids['id'], name: unique }) },
  'orgs.groups.delete': { says: 'Deletes a group with what was granted to it.', ids: { id: 'anyGroup' }, ...id },
  'orgs.groups.addMember': { says: 'Puts a member into a group; where something is granted to it, nobody themselves and a key nobody, unless the caller is in it.', ...inGroup },
  'orgs.groups.removeMember': { says: 'Takes a member out of a group.', ...inGroup },
  'orgs.groups.members': { says: 'Lists the members of a group.', ids: { groupId: 'anyGroup' }, input: (ids) => ({ groupId: ids['groupId'] }) },
  'orgs.roles.list': { says: "Lists the organization's own roles.", input: () => ({}) },
  'orgs.roles.create': { says: 'Makes a role that holds no more than the caller.', input: (_, unique) => ({ name: unique, permissions: ['documents:read'] }) },
  'orgs.roles.update': { says: 'Changes a role that holds no more than the caller.', ids: { id: 'heldRole' }, input: (ids, unique) => ({ id: ids['id'], name: unique }) },
  'orgs.roles.delete': { says: 'Deletes a role that nobody holds.', ids: { id: 'heldRole' }, ...id },
  'audit.list': {
    says: 'Reads who did what.', input: () => ({}),
    also: [{ ids: { actorId: { rule: 'anyMember', absent: 'ok' } }, input: (ids) => ({ actorId: ids['actorId'] }) }],
  },
  'audit.verify': { says: 'Checks the chain of seals.', input: () => ({}) },
  'audit.key': { says: 'Reads the public key of checkpoints.' },
  'audit.export': { says: 'Names where the export is to be read.', input: () => ({}) },
  'audit.checkpoint': { says: 'Signs how far the chain has come.' },
  'orgs.supportAccess.grant': {
    says: 'Lets administrators of the installation read for a time; an owner in person.', input: () => ({ hours: 1, reason: 'a reason of the cases' }),
    inPerson: 'auth.forbidden',
  },
  'orgs.supportAccess.list': { says: 'Lists what was let, and who of the installation looked and why.', input: () => ({}) },
  'orgs.supportAccess.revoke': { says: 'Ends such a consent at once; an owner in person.', ids: { id: 'openConsent' }, input: (ids) => ({ id: ids['id'] }), inPerson: 'auth.forbidden' },
}
