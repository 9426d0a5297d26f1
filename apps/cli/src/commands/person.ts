import { open } from 'node:fs/promises'
import { privacyContract, usersContract, type UserId } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { findMember } from '../lookup-people.ts'
import { count, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

const PERSON = 'address or name of a member; or the id, also of somebody who belongs to the organization no more'

export const configurePersonExport = (command: Command): Command => command
  .description('what the organization holds about somebody, as JSON lines; without a name, about you')
  .argument('[person]', PERSON)
  .requiredOption('-o, --output <file>', 'a new file, which only you may read')

/** One line a record, as it comes: memory does not grow with what is held. */
export async function personExport({ client, out, signal }: CliContext, [person]: string[], { output }: { output: string }): Promise<Result> {
  const userId = person === undefined ? null : await personOf(client, person)
  const page = (cursor: string | undefined) => {
    const from = cursor === undefined ? {} : { cursor }
    return userId === null ? client.api.retention.exportMyself.query(from) : client.api.retention.exportPerson.query({ userId, ...from })
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
  const userId = await personOf(client, person)
  await confirm(context, { sentence: `${printable(person)} loses the organization, and their name and address are forgotten in it. Nothing brings them back.`, word: person, yes })
  const erased = await client.api.retention.erasePerson.mutate({ userId })
  out.print(`${printable(person)} is "${erased.pseudonym}" from now on.`)
  if (erased.flowsNaming.length > 0) {
    out.print(`${count(erased.flowsNaming.length, 'flow')} still name the address in who is asked; take it out with "intellidocs flows apply": ${erased.flowsNaming.join(', ')}`)
  }
  if (erased.certificatesHeld > 0) {
    out.print(`${count(erased.certificatesHeld, 'certificate')} still name them, as a legal hold is on the documents. Run this again, by their id, once it is released: ${erased.userId}`)
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

/** Somebody who is no member any more is named by their id alone. */
async function personOf(client: CliContext['client'], named: string): Promise<UserId> {
  const id = privacyContract.erasePerson.input.shape.userId.safeParse(named)
  return id.success ? id.data : (await findMember(client, named)).userId
}
