import { orgsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, userProcedure, whileUnpaid } from '@intellidocs/kernel'
import type { GroupsService } from './groups.service.ts'
import type { InvitationsService } from './invitations.service.ts'
import type { MembersService } from './members.service.ts'
import type { OrgsService } from './orgs.service.ts'
import type { RolesService } from './roles.service.ts'
import type { SupportService } from './support.ts'

export type OrgsServices = { orgs: OrgsService; members: MembersService; invitations: InvitationsService; groups: GroupsService; roles: RolesService; support: SupportService }

export const createOrgsRouter = ({ orgs, members, invitations, groups, roles, support }: OrgsServices) => router({
  create: userProcedure.input(contract.createOrg.input).output(contract.createOrg.output)
    .mutation(({ ctx, input }) => orgs.create(ctx, input)),
  list: userProcedure.input(contract.listOrgs.input).output(contract.listOrgs.output)
    .query(({ ctx, input }) => orgs.list(ctx, input)),
  get: orgProcedure.meta(may('orgs', 'read')).output(contract.getOrg.output)
    .query(({ ctx }) => orgs.get(ctx.actor)),
  update: orgProcedure.meta(may('orgs', 'manage')).input(contract.updateOrg.input).output(contract.updateOrg.output)
    .mutation(({ ctx, input }) => orgs.update(ctx.actor, input)),
  delete: orgProcedure.meta({ ...may('orgs', 'delete'), ...whileUnpaid('deleting') }).input(contract.deleteOrg.input).output(contract.deleteOrg.output)
    .mutation(({ ctx, input }) => orgs.remove(ctx.actor, input)),
  undelete: userProcedure.output(contract.undeleteOrg.output)
    .mutation(({ ctx }) => orgs.undelete(ctx)),
  leave: userProcedure.output(contract.leaveOrg.output)
    .mutation(({ ctx }) => members.leave(ctx)),
  transferOwnership: orgProcedure.meta({ ...may('orgs', 'delete'), ...whileUnpaid('paying') }).input(contract.transferOwnership.input).output(contract.transferOwnership.output)
    .mutation(({ ctx, input }) => members.transferOwnership(ctx.actor, input)),
  members: membersRouter(members),
  invitations: invitationsRouter(invitations),
  groups: groupsRouter(groups),
  roles: rolesRouter(roles),
  supportAccess: supportRouter(support),
})

const membersRouter = (members: MembersService) => router({
  list: orgProcedure.meta(may('members', 'read')).input(contract.listMembers.input).output(contract.listMembers.output)
    .query(({ ctx, input }) => members.list(ctx.actor, input)),
  setRole: orgProcedure.meta(may('members', 'manage')).input(contract.setMemberRole.input).output(contract.setMemberRole.output)
    .mutation(({ ctx, input }) => members.setRole(ctx.actor, input)),
  suspend: orgProcedure.meta({ ...may('members', 'manage'), ...whileUnpaid('protecting') }).input(contract.suspendMember.input).output(contract.suspendMember.output)
    .mutation(({ ctx, input }) => members.suspend(ctx.actor, input)),
  resume: orgProcedure.meta(may('members', 'manage')).input(contract.resumeMember.input).output(contract.resumeMember.output)
    .mutation(({ ctx, input }) => members.resume(ctx.actor, input)),
  remove: orgProcedure.meta({ ...may('members', 'manage'), ...whileUnpaid('deleting') }).input(contract.removeMember.input).output(contract.removeMember.output)
    .mutation(({ ctx, input }) => members.remove(ctx.actor, input)),
})

const invitationsRouter = (invitations: InvitationsService) => router({
  create: orgProcedure.meta(may('members', 'manage')).input(contract.createInvitation.input).output(contract.createInvitation.output)
    .mutation(({ ctx, input }) => invitations.create(ctx, input)),
  list: orgProcedure.meta(may('members', 'manage')).input(contract.listInvitations.input).output(contract.listInvitations.output)
    .query(({ ctx, input }) => invitations.list(ctx.actor, input)),
  revoke: orgProcedure.meta({ ...may('members', 'manage'), ...whileUnpaid('deleting') }).input(contract.revokeInvitation.input).output(contract.revokeInvitation.output)
    .mutation(({ ctx, input }) => invitations.revoke(ctx.actor, input)),
  accept: userProcedure.input(contract.acceptInvitation.input).output(contract.acceptInvitation.output)
    .mutation(({ ctx, input }) => invitations.accept(ctx, input)),
})

const groupsRouter = (groups: GroupsService) => router({
  list: orgProcedure.meta(may('members', 'read')).input(contract.listGroups.input).output(contract.listGroups.output)
    .query(({ ctx, input }) => groups.list(ctx.actor, input)),
  create: orgProcedure.meta(may('groups', 'manage')).input(contract.createGroup.input).output(contract.createGroup.output)
    .mutation(({ ctx, input }) => groups.create(ctx.actor, input)),
  update: orgProcedure.meta(may('groups', 'manage')).input(contract.updateGroup.input).output(contract.updateGroup.output)
    .mutation(({ ctx, input }) => groups.update(ctx.actor, input)),
  delete: orgProcedure.meta({ ...may('groups', 'manage'), ...whileUnpaid('deleting') }).input(contract.deleteGroup.input).output(contract.deleteGroup.output)
    .mutation(({ ctx, input }) => groups.remove(ctx.actor, input)),
  addMember: orgProcedure.meta(may('groups', 'manage')).input(contract.addGroupMember.input).output(contract.addGroupMember.output)
    .mutation(({ ctx, input }) => groups.addMember(ctx.actor, input)),
  removeMember: orgProcedure.meta({ ...may('groups', 'manage'), ...whileUnpaid('protecting') }).input(contract.removeGroupMember.input).output(contract.removeGroupMember.output)
    .mutation(({ ctx, input }) => groups.removeMember(ctx.actor, input)),
  members: orgProcedure.meta(may('members', 'read')).input(contract.listGroupMembers.input).output(contract.listGroupMembers.output)
    .query(({ ctx, input }) => groups.members(ctx.actor, input)),
})

const rolesRouter = (roles: RolesService) => router({
  list: orgProcedure.meta(may('members', 'read')).input(contract.listRoles.input).output(contract.listRoles.output)
    .query(({ ctx, input }) => roles.list(ctx.actor, input)),
  create: orgProcedure.meta(may('roles', 'manage')).input(contract.createRole.input).output(contract.createRole.output)
    .mutation(({ ctx, input }) => roles.create(ctx.actor, input)),
  update: orgProcedure.meta(may('roles', 'manage')).input(contract.updateRole.input).output(contract.updateRole.output)
    .mutation(({ ctx, input }) => roles.update(ctx.actor, input)),
  delete: orgProcedure.meta({ ...may('roles', 'manage'), ...whileUnpaid('deleting') }).input(contract.deleteRole.input).output(contract.deleteRole.output)
    .mutation(({ ctx, input }) => roles.remove(ctx.actor, input)),
})

const supportRouter = (support: SupportService) => router({
  grant: orgProcedure.meta(may('orgs', 'delete')).input(contract.grantSupport.input).output(contract.grantSupport.output)
    .mutation(({ ctx, input }) => support.grant(ctx.actor, input)),
  list: orgProcedure.meta(may('orgs', 'manage')).input(contract.listSupport.input).output(contract.listSupport.output)
    .query(({ ctx, input }) => support.list(ctx.actor, input)),
  revoke: orgProcedure.meta({ ...may('orgs', 'delete'), ...whileUnpaid('protecting') }).input(contract.revokeSupport.input).output(contract.revokeSupport.output)
    .mutation(({ ctx, input }) => support.revoke(ctx.actor, input)),
})
