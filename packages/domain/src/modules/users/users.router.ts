import { usersContract as contract } from '@intellidocs/contracts'
import { AppError, may, open, orgProcedure, publicProcedure, router, userProcedure, whileReadOnly, whileUnpaid } from '@intellidocs/kernel'
import type { ApiKeysService } from './api-keys.service.ts'
import type { PeopleDeps } from './people.deps.ts'
import { deleteAccount } from './use-cases/delete-account.ts'
import { me } from './use-cases/me.ts'
import { changePassword, requestPasswordReset, resetPassword } from './use-cases/passwords.ts'
import { getProfile, readSecurityLog, updateProfile } from './use-cases/profile.ts'
import { listSessions, revokeOtherSessions, revokeSession, signOut } from './use-cases/sessions.ts'
import { secondFactor, signIn } from './use-cases/sign-in.ts'
import { signUp, verifyEmail } from './use-cases/sign-up.ts'
import { beginTotp, confirmTotp, disableTotp } from './use-cases/totp.ts'

/** Somebody signed in by a session: a key acts for an organization and has no say over the account that made it. */
const ownProcedure = userProcedure.use(({ ctx, next }) => {
  const { sessionToken } = ctx
  if (sessionToken === null) throw new AppError('auth.session_required')
  return next({ ctx: { sessionToken } })
})

export const createAuthRouter = (deps: PeopleDeps) => router({
  signUp: publicProcedure.meta(open).input(contract.signUp.input).output(contract.signUp.output)
    .mutation(({ ctx, input }) => signUp(deps, ctx, input)),
  verifyEmail: publicProcedure.meta(open).input(contract.verifyEmail.input).output(contract.verifyEmail.output)
    .mutation(({ ctx, input }) => verifyEmail(deps, ctx, input)),
  signIn: publicProcedure.meta({ ...open, ...whileReadOnly }).input(contract.signIn.input).output(contract.signIn.output)
    .mutation(({ ctx, input }) => signIn(deps, ctx, input)),
  secondFactor: publicProcedure.meta({ ...open, ...whileReadOnly }).input(contract.secondFactor.input).output(contract.secondFactor.output)
    .mutation(({ ctx, input }) => secondFactor(deps, ctx, input)),
  requestPasswordReset: publicProcedure.meta(open).input(contract.requestPasswordReset.input).output(contract.requestPasswordReset.output)
    .mutation(({ ctx, input }) => requestPasswordReset(deps, ctx, input)),
  resetPassword: publicProcedure.meta(open).input(contract.resetPassword.input).output(contract.resetPassword.output)
    .mutation(({ ctx, input }) => resetPassword(deps, ctx, input)),
  me: userProcedure.output(contract.me.output)
    .query(({ ctx }) => me(deps, ctx)),
  signOut: ownProcedure.meta(whileReadOnly).output(contract.signOut.output)
    .mutation(({ ctx }) => signOut(deps, ctx)),
  changePassword: ownProcedure.input(contract.changePassword.input).output(contract.changePassword.output)
    .mutation(({ ctx, input }) => changePassword(deps, ctx, input)),
  sessions: router({
    list: ownProcedure.input(contract.listSessions.input).output(contract.listSessions.output)
      .query(({ ctx, input }) => listSessions(deps, ctx, input)),
    revoke: ownProcedure.input(contract.revokeSession.input).output(contract.revokeSession.output)
      .mutation(({ ctx, input }) => revokeSession(deps, ctx, input)),
    revokeOthers: ownProcedure.output(contract.revokeOtherSessions.output)
      .mutation(({ ctx }) => revokeOtherSessions(deps, ctx)),
  }),
  totp: router({
    begin: ownProcedure.input(contract.beginTotp.input).output(contract.beginTotp.output)
      .mutation(({ ctx, input }) => beginTotp(deps, ctx, input)),
    confirm: ownProcedure.input(contract.confirmTotp.input).output(contract.confirmTotp.output)
      .mutation(({ ctx, input }) => confirmTotp(deps, ctx, input)),
    disable: ownProcedure.input(contract.disableTotp.input).output(contract.disableTotp.output)
      .mutation(({ ctx, input }) => disableTotp(deps, ctx, input)),
  }),
})

export const createUsersRouter = (deps: PeopleDeps, apiKeys: ApiKeysService) => router({
  get: ownProcedure.output(contract.getProfile.output)
    .query(({ ctx }) => getProfile(deps, ctx)),
  update: ownProcedure.input(contract.updateProfile.input).output(contract.updateProfile.output)
    .mutation(({ ctx, input }) => updateProfile(deps, ctx, input)),
  delete: ownProcedure.input(contract.deleteAccount.input).output(contract.deleteAccount.output)
    .mutation(({ ctx, input }) => deleteAccount(deps, ctx, input)),
  securityLog: ownProcedure.input(contract.securityLog.input).output(contract.securityLog.output)
    .query(({ ctx, input }) => readSecurityLog(deps, ctx, input)),
  apiKeys: router({
    create: orgProcedure.meta(may('keys', 'manage')).input(contract.createApiKey.input).output(contract.createApiKey.output)
      .mutation(({ ctx, input }) => apiKeys.create(ctx, input)),
    list: orgProcedure.meta(may('keys', 'read')).input(contract.listApiKeys.input).output(contract.listApiKeys.output)
      .query(({ ctx, input }) => apiKeys.list(ctx.actor, input)),
    revoke: orgProcedure.meta({ ...may('keys', 'manage'), ...whileUnpaid('deleting') }).input(contract.revokeApiKey.input).output(contract.revokeApiKey.output)
      .mutation(({ ctx, input }) => apiKeys.revoke(ctx, input)),
  }),
})
