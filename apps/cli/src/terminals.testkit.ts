import { join } from 'node:path'
import { mailContract, PLATFORM_ORG_ID, SYSTEM_USER_ID } from '@intellidocs/contracts'
import { decryptSecret } from '@intellidocs/kernel'
import { TOTP } from 'otpauth'
import { expect } from 'vitest'
import { ADMIN, type ApiProcess } from './api-process.testkit.ts'
import { runCli, type Ran } from './run.testkit.ts'

/** One person's terminal: a config folder of its own. */
export type Terminal = {
  readonly email: string
  readonly env: Record<string, string>
  run(...args: string[]): Promise<Ran>
  piped(stdin: string, ...args: string[]): Promise<Ran>
  /** At a terminal, with these answers to its questions. */
  asked(answers: readonly string[], ...args: string[]): Promise<Ran>
}

export const PASSWORD = 'a good long password'

export function openTerminal(api: ApiProcess, { dir, email }: { dir: string; email: string }): Terminal {
  const env = { XDG_CONFIG_HOME: join(dir, email), INTELLIDOCS_URL: api.url }
  return {
    email, env,
    run: (...args) => runCli(args, { env }),
    piped: (stdin, ...args) => runCli(args, { env, stdin }),
    asked: (answers, ...args) => runCli(args, { env, answers }),
  }
}

/** The owner whom the installation began with. */
export async function openOwner(api: ApiProcess, dir: string): Promise<Terminal> {
  const owner = openTerminal(api, { dir, email: ADMIN.email })
  await ended(owner.piped(ADMIN.password, 'login', '--email', ADMIN.email, '--password-stdin'))
  return owner
}

type Invited = { dir: string; email: string; by: Terminal; role: string }

/** Somebody invited into the owner's organization, signed up by that and signed in. */
export async function openInvited(api: ApiProcess, { dir, email, by, role }: Invited): Promise<Terminal> {
  await ended(by.run('invite', email, '--role', role))
  const terminal = openTerminal(api, { dir, email })
  const name = email.split('@', 1)[0] ?? email
  await ended(terminal.piped(PASSWORD, 'signup', '--email', email, '--name', name, '--password-stdin', '--invitation', await mailedInvitation(api, email)))
  await ended(terminal.piped(PASSWORD, 'login', '--email', email, '--password-stdin'))
  return terminal
}

/** The token of the latest invitation to this address, out of its mail, which waits for the worker. */
export async function mailedInvitation({ database: { database }, env }: ApiProcess, email: string): Promise<string> {
  const { orgId } = await database.run({ kind: 'identity' }, (tx) =>
    tx.invitation.findFirstOrThrow({ where: { email }, orderBy: { createdAt: 'desc' }, select: { orgId: true } }))
  const rows = await database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID }, (tx) => tx.mailMessage.findMany({ orderBy: { id: 'asc' } }))
  const mails = rows.map(({ sealed }) => openMail(env, sealed))
  const mail = mails.findLast(({ to, template }) => to === email && template === 'invitation')
  if (mail?.template !== 'invitation') throw new Error(`no invitation to ${email}`)
  return mail.data.token
}

/** What the installation itself wrote down last of this account's second factor, the mail that tells of it, and how often that is to be sent. */
export async function platformTrail({ database: { database }, env }: ApiProcess, email: string) {
  const { audit, mail } = await database.run({ kind: 'tenant', orgId: PLATFORM_ORG_ID, userId: SYSTEM_USER_ID }, async (tx) => {
    const [audit] = await tx.$queryRaw<{ actor_kind: string; data: unknown }[]>`
      select actor_kind, data from audit where action = 'users.second-factor-changed.v1' order by id desc limit 1`
    const mails = await tx.mailMessage.findMany({ orderBy: { id: 'desc' } })
    const opened = mails.map(({ id, sealed }) => ({ id, mail: openMail(env, sealed) }))
    return { audit, mail: opened.find((one) => one.mail.to === email) }
  })
  const deliveries = await database.run({ kind: 'system' }, (tx) => tx.$queryRaw<unknown[]>`
    select d.event_id from delivery d join event e on e.id = d.event_id where e.payload ->> 'mailId' = ${mail?.id ?? ''} and d.subscriber = 'mail.send'`)
  return { audit, mail: mail?.mail, deliveries: deliveries.length }
}

const openMail = (env: Readonly<Record<string, string>>, sealed: Uint8Array) =>
  mailContract.mail.parse(JSON.parse(decryptSecret([Buffer.from(env['SECRET_KEY'] ?? '', 'hex')], 'mail', sealed).toString('utf8')))

async function ended(running: Promise<Ran>): Promise<Ran> {
  const ran = await running
  if (ran.code !== 0) throw new Error(`ended with ${ran.code}: ${ran.stderr}`)
  return ran
}

/** What a refused command comes to. */
export const refusal = (part: string) => ({ code: 1, stdout: '', stderr: expect.stringContaining(part) as string })

/** What an authenticator app shows; `later` is its next code, which the server takes as well. */
export const codeOf = (secret: string, when: 'now' | 'later'): string =>
  new TOTP({ secret, digits: 6, period: 30, algorithm: 'SHA1' }).generate({ timestamp: Date.now() + (when === 'later' ? 30_000 : 0) })
