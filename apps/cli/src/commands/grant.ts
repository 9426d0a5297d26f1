import { documentsContract, grantsContract, levels } from '@intellidocs/contracts'
import { Argument, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findPrincipal, principalNames } from '../lookup-people.ts'
import { findTarget, onTarget, toldTarget } from '../lookup-target.ts'
import { capital, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

const TARGET = 'document or folder, by id or name; Name/ is always a folder'
const PRINCIPAL = 'org, or a member or group by address, name or id; user:… and group:… tell them apart'

export const configureGrant = (command: Command): Command => command
  .description('give access to a document, or to a folder and all that is below it')
  .argument('<target>', TARGET)
  .argument('<principal>', PRINCIPAL)
  .addArgument(new Argument('<level>', 'look; also change; also share').choices([...levels]))

export async function grant({ client, out }: CliContext, [named = '', to = '', level = '']: string[]): Promise<Result> {
  const [target, principal] = [await findTarget(client, named), await findPrincipal(client, to)]
  const set = await client.api.documents.grants.set.mutate({ ...onTarget(target), principal, level: grantsContract.level.parse(level) })
  out.print(`${printable(to)} has ${set.level} on ${toldTarget(target)} now.`)
  return done({ grant: set })
}

export const configureGrantList = (command: Command): Command => command
  .description('what is granted on a document or folder itself; "explain" also says what is inherited').argument('<target>', TARGET)

export async function grantList({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const target = await findTarget(client, named)
  const grants = await listAll((page) => client.api.documents.grants.list.query({ ...page, ...onTarget(target) }))
  const nameOf = await principalNames(client)
  const rows = grants.map(({ principal, level, createdAt }) => [level, createdAt.slice(0, 10), nameOf(principal)])
  for (const line of formatTable(rows)) out.print(line)
  if (grants.length === 0) out.print(`Nothing is granted on ${toldTarget(target)} itself.`)
  return done({ ...onTarget(target), grants })
}

export const configureGrantRemove = (command: Command): Command => command
  .description('take access away; it acts at once').argument('<target>', TARGET).argument('<principal>', PRINCIPAL)

export async function grantRemove({ client, out }: CliContext, [named = '', to = '']: string[]): Promise<Result> {
  const [target, principal] = [await findTarget(client, named), await findPrincipal(client, to)]
  const { removed } = await client.api.documents.grants.remove.mutate({ ...onTarget(target), principal })
  const told = toldTarget(target)
  out.print(removed ? `${printable(to)} has no grant on ${told} any more.` : `${printable(to)} had no grant on ${told} itself.`)
  return done({ ...onTarget(target), principal, removed })
}

export const configureVisibility = (command: Command): Command => withYes(command)
  .description('show a document or folder to the whole organization, or only to those it is granted to')
  .argument('<target>', TARGET)
  .addArgument(new Argument('<visibility>', 'who sees it').choices([...documentsContract.visibility.options]))

export async function visibility(context: CliContext, [named = '', wanted = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { client, out } = context
  const target = await findTarget(client, named)
  const to = documentsContract.visibility.parse(wanted)
  const sentence = `Everybody in the organization but guests sees ${toldTarget(target)} then.`
  if (to === 'org') await confirm(context, { sentence, word: 'org', yes })
  const { documents } = client.api
  const changed = 'documentId' in target
    ? { document: await documents.update.mutate({ id: target.documentId, visibility: to }) }
    : { folder: await documents.folders.setVisibility.mutate({ id: target.folderId, visibility: to }) }
  const seen = to === 'org' ? 'is for the whole organization' : 'is only for those it is granted to'
  out.print(`${capital(toldTarget(target))} ${seen} now.`)
  return done(changed)
}
