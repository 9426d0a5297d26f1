import type { notificationsContract } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { count, formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

type Notification = notificationsContract.Notification
type Options = { all?: boolean; read?: boolean; limit: number }

export const configureInbox = (command: Command): Command => command
  .description('what you were told and have not read, newest first')
  .option('--all', 'what you have read as well')
  .option('--read', 'mark what is shown as read')
  .option('--limit <n>', 'at most so many', positiveInteger, 50)

export async function inbox({ client, out }: CliContext, _args: string[], options: Options): Promise<Result> {
  const notifications = await listAll((page) => client.api.notifications.list.query({ ...page, unread: options.all !== true }), options.limit)
  for (const line of formatTable(notifications.map(cellsOf))) out.print(line)
  if (notifications.length === 0) out.print('Nothing here.')
  const read = options.read === true ? await markRead(client, notifications) : 0
  if (options.read === true && notifications.length > 0) out.print(`${count(read, 'notification')} marked as read.`)
  return done({ notifications, read })
}

/** As many as a call takes. */
const CHUNK = 200

async function markRead(client: CliContext['client'], notifications: readonly Notification[]): Promise<number> {
  const ids = notifications.filter(({ readAt }) => readAt === null).map(({ id }) => id)
  let read = 0
  for (let at = 0; at < ids.length; at += CHUNK) read += (await client.api.notifications.markRead.mutate({ ids: ids.slice(at, at + CHUNK) })).read
  return read
}

const said: Readonly<Record<notificationsContract.Kind, string>> = {
  task_assigned: 'a task for you', task_reminder: 'a task waits for you', tasks_overdue: 'tasks past their time', run_ended: 'a flow is over', mentioned: 'you were mentioned',
  version_wanted: 'another version is wanted', shared: 'shared with you', processing_failed: 'could not be read', security: 'your account', webhook_paused: 'a webhook was paused', files_received: 'files came by your link',
  link_opened: 'your link was opened', quota_near: 'a limit of the plan is near',
}

const matters: Readonly<Record<notificationsContract.SecurityMatter, string>> = {
  'password-changed': 'the password was changed', 'second-factor-changed': 'the second factor was changed', 'new-device': 'a sign-in from a new device', 'key-created': 'an API key was made',
}

const nearOf = ({ meter, percent }: notificationsContract.Facts): string | undefined => (meter === undefined ? undefined : `${percent ?? 100} % of ${meter}`)

const cellsOf = ({ kind, at, readAt, title, facts }: Notification): string[] => [
  readAt === null ? '•' : ' ', at.slice(0, 16).replace('T', ' '), said[kind], printable(title ?? ''),
  printable(facts.outcome ?? facts.reason ?? (facts.matter === undefined ? undefined : matters[facts.matter]) ?? facts.tasks?.toString() ?? nearOf(facts) ?? (facts.overdue === true ? 'overdue' : '')),
]
