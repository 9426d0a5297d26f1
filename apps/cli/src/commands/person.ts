import { open } from 'node:fs/promises'
import { userId as userIdSchema, usersContract, type UserId } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { findMember } from '../lookup-people.ts'
import { count, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

const PERSON = 'address or name of a member; the id, also of somebody who belongs to the organization no more; or the address of somebody from outside'

export const configurePersonExport = (command: Command): Command => command
  .description('what the organization holds about somebody, as JSON lines; without a name, about you')
  .argument('[person]', PERSON)
  .requiredOption('-o, --output <file>', 'a new file, which only you may read')

/** One line a record, as it comes: memory does not grow with what is held. */
export async function personExport({ client, out, signal }: CliContext, [person]: string[], { output }: { output: string }): Promise<Result> {
  const about = person === undefined ? null : await personOf(client, person)
  const page = (cursor: string | undefined) => {
    const from = cursor === undefined ? {} : { cursor }
    return about === null ? client.api.retention.exportMyself.query(from) : client.api.retention.exportPerson.query({ ...about, ...from })
  }
  const first = await page(undefined)
  const file = await open(output, 'wx', 0o600)
  let records = 0
  try {
    for (let next = first; ;) {
      signal.throwIfAborted()
      for (const record of next.records) await file.appendFile(`${JSON.stringify(record)}\n`)
      records += next.records.length
      if (next.nextCursor === null) break
      next = await page(next.nextCursor)
    }
  } finally {
    await file.close()
  }
  out.print(`${printable(output)}: ${count(records, 'record')} about ${printable(person ?? 'you')}.`)
  return done({ userId: first.userId, pseudonym: first.pseudonym, output, records })
}

type EraseOptions = { readonly yes?: boolean; readonly everywhere?: boolean }

export const configurePersonErase = (command: Command): Command => withYes(command)
  .description('end a membership and forget name and address; what was decided stays, under a pseudonym')
  .argument('<person>', PERSON)
  .option('--everywhere', 'the account itself and all its memberships, by its address; for whoever runs the installation, on the server')
  .addHelpText('after', `
Documents stay with the organization and go to its first owner. What goes and what stays is in docs/privacy.md.`)

export async function personErase(context: CliContext, [person = '']: string[], { yes, everywhere }: EraseOptions): Promise<Result> {
  if (everywhere === true) return eraseEverywhere(context, person, yes)
  const { client, out } = context
  const about = await personOf(client, person)
  const ends = 'email' in about ? 'a member who has that address loses the organization' : 'they lose the organization'
  await confirm(context, { sentence: `${printable(person)}: ${ends}, and name and address are forgotten in it. Nothing brings them back.`, word: person, yes })
  const erased = await client.api.retention.erasePerson.mutate(about)
  out.print(`${printable(person)} is "${erased.pseudonym}" from now on.`)
  if (erased.flowsNaming.length > 0) {
    out.print('Flows go on naming the address; take it out with "intellidocs flows apply":')
    for (const { flowId, version, path } of erased.flowsNaming) out.print(`  ${flowId}, ${version === null ? 'the draft' : `version ${version}`}: ${printable(path)}`)
  }
  if (erased.documentsHeld > 0) {
    out.print(`${count(erased.documentsHeld, 'document')} still name them as the sender, as a legal hold is on it. Run this again once it is released.`)
  }
  if (erased.certificatesHeld > 0) {
    out.print(`${count(erased.certificatesHeld, 'certificate')} still name them, as a legal hold is on the documents. Run this again, by their id, once it is released: ${erased.userId ?? ''}`)
  }
  return done(erased)
}

async function eraseEverywhere(context: CliContext, typed: string, yes: boolean | undefined): Promise<Result> {
  const parsed = usersContract.email.safeParse(typed)
  if (!parsed.success) throw new UsageError(`${printable(typed)} is no e-mail address.`)
  const email = parsed.data
  const sentence = `The account ${printable(email)} ends, with all its memberships, and is forgotten. Be sure that it is they who ask.`
  await confirm(context, { sentence, word: email, yes })
  // Database and modules are dear to load, and few commands need them.
  const { openModules } = await import('../open-modules.ts')
  const { modules, close } = await openModules(context.env)
  try {
    const ended = await modules.users.endAccountOf({ email })
    if (ended === null) throw new CommandError(`No account has the address ${printable(email)}.`)
    context.out.print(`The account ${printable(email)} has ended, in ${count(ended.orgs.length, 'organization')}. A mail tells them.`)
    return done(ended)
  } catch (error) {
    if (error instanceof AppError && error.code === 'account.last_owner') throw new CommandError(`${printable(email)} is the last owner of an organization: make somebody else an owner first.`)
    throw error
  } finally {
    await close()
  }
}

/** Somebody who is no member any more is named by their id alone. An address is asked for as it is: it need not be a member's. */
async function personOf(client: CliContext['client'], named: string): Promise<{ userId: UserId } | { email: string }> {
  const id = userIdSchema.safeParse(named)
  if (id.success) return { userId: id.data }
  const address = usersContract.email.safeParse(named)
  return address.success ? { email: address.data } : { userId: (await findMember(client, named)).userId }
}
