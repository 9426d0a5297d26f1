import { usersContract as contract } from '@intellidocs/contracts'
import { may, open, orgProcedure, publicProcedure, router, userProcedure } from '@intellidocs/kernel'
import type { ApiKeysService } from './api-keys.service.ts'
import type { AuthService } from './auth.service.ts'

export const createAuthRouter = (auth: AuthService) => router({
  signIn: publicProcedure.meta(open).input(contract.signIn.input).output(contract.signIn.output)
    .mutation(({ ctx, input }) => auth.signIn(ctx, input)),
  signOut: userProcedure.output(contract.signOut.output)
    .mutation(({ ctx }) => auth.signOut(ctx)),
  me: userProcedure.output(contract.me.output)
    .query(({ ctx }) => auth.me(ctx)),
})

export const createUsersRouter = (apiKeys: ApiKeysService) => router({
  apiKeys: router({
    create: orgProcedure.meta(may('keys', 'manage')).input(contract.createApiKey.input).output(contract.createApiKey.output)
      .mutation(({ ctx, input }) => apiKeys.create(ctx.actor, input)),
    list: orgProcedure.meta(may('keys', 'read')).input(contract.listApiKeys.input).output(contract.listApiKeys.output)
      .query(({ ctx, input }) => apiKeys.list(ctx.actor, input)),
    revoke: orgProcedure.meta(may('keys', 'manage')).input(contract.revokeApiKey.input).output(contract.revokeApiKey.output)
      .mutation(({ ctx, input }) => apiKeys.revoke(ctx.actor, input)),
  }),
})
