import { AppError, noSource } from '@intellidocs/kernel'
import type { Modules } from './modules.ts'

export type BootstrapInput = { email?: string | undefined; password?: string | undefined; orgName: string; orgSlug: string }
export type Bootstrapped = {
  email: string
  orgSlug: string
  /** Only when it was made here; the one time it can be read. */
  generatedPassword: string | null
}

/**
 * The administrator and the first organization of an empty installation; null when it is not empty. Safe to call at every start and
 * from several processes at once: one of them does it. What a cut-off first start left is completed, with a new password.
 */
export async function bootstrap(modules: Pick<Modules, 'users' | 'orgs'>, input: BootstrapInput): Promise<Bootstrapped | null> {
  const administrator = await modules.users.createAdministrator({ email: input.email ?? 'admin@intellidocs.local', password: input.password })
  if (administrator === null) return null
  const person = { userId: administrator.userId, platformAdmin: true, requestId: 'bootstrap', source: noSource }
  try {
    await modules.orgs.create({ person, actor: null, via: 'session' }, { name: input.orgName, slug: input.orgSlug })
  } catch (error) {
    // Another process completed the same first start in between; it shows the password.
    if (error instanceof AppError && error.code === 'org.slug_taken') return null
    throw error
  }
  await administrator.settle()
  return { email: administrator.email, orgSlug: input.orgSlug, generatedPassword: administrator.generated ? administrator.password : null }
}

