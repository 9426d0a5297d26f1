import type { AdminUser } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findAccount } from '../lookup-admin.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { positiveInteger } from '../values.ts'
import { withReason } from './admin-orgs.ts'
import { withYes } from './orgs.ts'

const ACCOUNT = 'address or id'
type Deed = { reason: string; yes?: boolean }

export const configureAdminUsers = (command: Command): Command => command
  .description('the accounts of the installation, newest first').argument('[part]', 'of the name or address')
  .addOption(new Option('--status <status>', 'only these').choices(['active', 'suspended', 'deleted']))
  .option('--limit <n>', 'at most so many', positiveInteger, 50)

export async function adminUsers({ client, out }: CliContext, [part]: string[], { status, limit }: { status?: AdminUser['status']; limit: number }): Promise<Result> {
  const filter = { ...(part === undefined ? {} : { search: part }), ...(status === undefined ? {} : { status }) }
  const users = await listAll((page) => client.api.admin.users.find.query({ ...page, ...filter }), limit)
  const rows = users.map((one) => [
    one.status, one.secondFactor ? 'second factor' : 'password alone', one.platformAdmin ? 'administrator' : '', count(one.sessions, 'session'), one.id,
    `${printable(one.name)} <${printable(one.email)}>`,
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (users.length === 0) out.print('There is none that fits.')
  return done({ users })
}

export const configureAdminUser = (command: Command): Command => command.description('one account, and what it belongs to').argument('<account>', ACCOUNT)

export async function adminUser({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id } = await findAccount(client, named)
  const user = await client.api.admin.users.get.query({ id })
  const seen = user.lastSeenAt === null ? '' : `, last seen ${formatMoment(user.lastSeenAt)}`
  out.print(`${printable(user.name)} <${printable(user.email)}> (${user.id}): ${user.status}, ${user.secondFactor ? 'with' : 'without'} a second factor, ${count(user.sessions, 'session')}${seen}`)
  for (const { slug, role, active } of user.orgs) out.print(`${slug}: ${role}${active ? '' : ', suspended there'}`)
  return done({ user })
}

export const configureAdminSuspendUser = (command: Command): Command => withReason(withYes(command))
  .description('shut an account: its sessions end, its keys open nothing').argument('<account>', ACCOUNT)

export async function adminSuspendUser(context: CliContext, [named = '']: string[], { reason, yes }: Deed): Promise<Result> {
  const { id, email } = await findAccount(context.client, named)
  await confirm(context, { sentence: `${printable(email)} is shut out of everything at once, and so are their keys.`, word: email, yes })
  const user = await context.client.api.admin.users.suspend.mutate({ id, reason })
  context.out.print(`${printable(email)} is shut out until "intellidocs admin resume-user ${printable(email)}".`)
  return done({ user })
}

export const configureAdminResumeUser = (command: Command): Command => command.description('open a suspended account').argument('<account>', ACCOUNT)

export async function adminResumeUser({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, email } = await findAccount(client, named)
  const user = await client.api.admin.users.resume.mutate({ id })
  out.print(`${printable(email)} may come in again.`)
  return done({ user })
}

export const configureAdminSignOut = (command: Command): Command => withReason(command).description('end every session of an account').argument('<account>', ACCOUNT)

export async function adminSignOut({ client, out }: CliContext, [named = '']: string[], { reason }: Deed): Promise<Result> {
  const { id, email } = await findAccount(client, named)
  const ended = await client.api.admin.users.signOut.mutate({ id, reason })
  out.print(`${count(ended.sessions, 'session')} of ${printable(email)} ended.`)
  return done(ended)
}

export const configureAdminResetFactor = (command: Command): Command => withReason(command)
  .description('ask another administrator to take off a second factor that is lost').argument('<account>', ACCOUNT)

export async function adminResetFactor({ client, out }: CliContext, [named = '']: string[], { reason }: Deed): Promise<Result> {
  const { id, email } = await findAccount(client, named)
  const reset = await client.api.admin.users.resetSecondFactor.mutate({ id, reason })
  out.print(`Another administrator takes the second factor of ${printable(email)} off with "intellidocs admin approve-reset ${reset.id}", until ${formatMoment(reset.expiresAt)}.`)
  return done({ reset })
}

export const configureAdminResets = (command: Command): Command => command
  .description('requests to take off a second factor')
  .addOption(new Option('--state <state>', 'only these').choices(['open', 'approved', 'refused', 'expired']))

export async function adminResets({ client, out }: CliContext, _args: string[], { state }: { state?: 'open' | 'approved' | 'refused' | 'expired' }): Promise<Result> {
  const resets = await listAll((page) => client.api.admin.users.resets.list.query({ ...page, ...(state === undefined ? {} : { state }) }), 200)
  for (const line of formatTable(resets.map((one) => [one.state, one.id, formatMoment(one.askedAt), printable(one.email), printable(one.reason)]))) out.print(line)
  if (resets.length === 0) out.print('Nobody asked for one.')
  return done({ resets })
}

const RESET = 'id, as "intellidocs admin resets" tells it'

export const configureAdminApproveReset = (command: Command): Command => withYes(command)
  .description('take off the second factor that another administrator asked for').argument('<reset>', RESET)

export async function adminApproveReset(context: CliContext, [id = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const sentence = 'Whose it is signs in by the password alone then, and their sessions end. Be sure that it is they who ask.'
  await confirm(context, { sentence, word: 'approve', yes })
  const reset = await context.client.api.admin.users.resets.approve.mutate({ id })
  context.out.print(`The second factor of ${printable(reset.email)} is off. A mail tells them.`)
  return done({ reset })
}

export const configureAdminRefuseReset = (command: Command): Command => command.description('refuse such a request, or withdraw your own').argument('<reset>', RESET)

export async function adminRefuseReset({ client, out }: CliContext, [id = '']: string[]): Promise<Result> {
  const reset = await client.api.admin.users.resets.refuse.mutate({ id })
  out.print(`The second factor of ${printable(reset.email)} stays on.`)
  return done({ reset })
}
