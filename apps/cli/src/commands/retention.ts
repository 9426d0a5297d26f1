import { signedBy } from '@intellidocs/audit'
import type { IntelliDocsClient } from '@intellidocs/client'
import { retentionContract as contract, type RetentionRule, type RetentionSelection, type RetentionSince, type Tombstone, type TombstoneText } from '@intellidocs/contracts'
import { InvalidArgumentError, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { findFolder, listAll, UUID } from '../lookup.ts'
import { same } from '../lookup-people.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

const RULE = 'id or name'
const listRules = async ({ api }: IntelliDocsClient): Promise<RetentionRule[]> => (await api.retention.rules.list.query()).items

export const configureRules = (command: Command): Command => command.description('how long documents are kept, and when they go')

export async function rules({ client, out }: CliContext): Promise<Result> {
  const [found, { days }] = await Promise.all([listRules(client), client.api.retention.trash.get.query()])
  for (const line of formatTable(found.map((rule) => [rule.id, printable(rule.name), toldOn(rule.on), toldWhat(rule)]))) out.print(line)
  if (found.length === 0) out.print('There are no rules of retention. Make one with "intellidocs retention set NAME".')
  out.print(days === null ? 'The trash keeps what is in it.' : `The trash is emptied after ${count(days, 'day')}.`)
  return done({ rules: found, trash: { days } })
}

function toldOn(on: RetentionSelection): string {
  if ('folderId' in on) return `folder ${on.folderId}`
  if ('type' in on) return `type ${on.type}`
  return 'tag' in on ? `tag ${printable(on.tag)}` : 'everything'
}

function toldWhat({ keepDays, deleteDays, since, needsRelease }: RetentionRule): string {
  const from = since === 'created' ? 'its beginning' : since === 'uploaded' ? 'its present version' : `the date in ${since.field}`
  const parts = [keepDays === null ? null : `kept ${count(keepDays, 'day')}`, deleteDays === null ? null : `deleted after ${count(deleteDays, 'day')}${needsRelease ? ', once released' : ''}`]
  return `${parts.filter((part) => part !== null).join(', ')}, from ${from}`
}

type Setting = { folder?: string; type?: string; tag?: string; all?: boolean; keep?: number; delete?: number; from: RetentionSince; needsRelease?: boolean }

export const configureRuleSet = (command: Command): Command => command
  .description('make a rule of retention, or change the one of this name')
  .argument('<name>', 'what it is called')
  .option('--folder <folder>', 'for what lies in it and below it').option('--type <type>', 'for files of this type: application/pdf, image/*')
  .option('--tag <tag>', 'for what carries it').option('--all', 'for everything')
  .option('--keep <days>', 'so long nobody deletes it', positiveInteger).option('--delete <days>', 'after these it is deleted', positiveInteger)
  .option('--from <moment>', 'created, uploaded, or field:NAME for a date in the metadata', sinceOf, 'created')
  .option('--needs-release', 'delete only what somebody released')

function sinceOf(value: string): RetentionSince {
  const parsed = contract.retentionSince.safeParse(value.startsWith('field:') ? { field: value.slice('field:'.length) } : value)
  if (!parsed.success) throw new InvalidArgumentError('It is created, uploaded, or field:NAME.')
  return parsed.data
}

export async function ruleSet({ client, out }: CliContext, [name = '']: string[], options: Setting): Promise<Result> {
  const { keep = null, delete: after = null, from, needsRelease = false } = options
  if (keep === null && after === null) throw new UsageError('Say --keep, --delete or both.')
  const on = await selectionOf(client, options)
  const known = (await listRules(client)).find((rule) => same(rule.name, name))
  const rule = await client.api.retention.rules.set.mutate({ ...(known === undefined ? {} : { id: known.id }), name, on, since: from, keepDays: keep, deleteDays: after, needsRelease })
  out.print(`${printable(rule.name)}: ${toldOn(rule.on)} is ${toldWhat(rule)}.`)
  return done({ rule })
}

async function selectionOf(client: IntelliDocsClient, { folder, type, tag, all }: Setting): Promise<RetentionSelection> {
  if ([folder, type, tag, all].filter((given) => given !== undefined).length !== 1) throw new UsageError('Say what the rule is for, by one of --folder, --type, --tag and --all.')
  if (folder !== undefined) return { folderId: await findFolder(client, folder) }
  if (type !== undefined) return { type }
  return tag === undefined ? { all: true } : { tag }
}

export const configureRuleRemove = (command: Command): Command => command.description('remove a rule of retention').argument('<rule>', RULE)

export async function ruleRemove({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, name } = await findRule(client, named)
  await client.api.retention.rules.remove.mutate({ id })
  out.print(`${printable(name)} is removed.`)
  return done({ id })
}

async function findRule(client: IntelliDocsClient, named: string): Promise<RetentionRule> {
  const found = (await listRules(client)).find(({ id, name }) => same(id, named) || same(name, named))
  if (found === undefined) throw new CommandError(`There is no rule of retention "${printable(named)}". "intellidocs retention" lists them.`)
  return found
}

export const configureTrash = (command: Command): Command => command
  .description('empty the trash by itself after so many days, or never').argument('<days>', 'a number, or never')

export async function trash({ client, out }: CliContext, [value = '']: string[]): Promise<Result> {
  const { days } = await client.api.retention.trash.set.mutate({ days: value === 'never' ? null : positiveInteger(value) })
  out.print(days === null ? 'The trash keeps what is in it.' : `What is in the trash for ${count(days, 'day')} is deleted, unless something keeps it.`)
  return done({ trash: { days } })
}

export const configureDue = (command: Command): Command => command.description('what waits for a release before it is deleted, oldest first')

export async function due({ client, out }: CliContext): Promise<Result> {
  const releases = await listAll((page) => client.api.retention.releases.list.query(page))
  const rows = releases.map(({ documentId, name, ruleName, wantedAt, released }) => [
    released === null ? 'waits' : 'released', formatMoment(wantedAt), documentId, printable(name ?? '(hidden from you)'), printable(ruleName)])
  for (const line of formatTable(rows)) out.print(line)
  if (releases.length === 0) out.print('Nothing waits for a release.')
  return done({ releases })
}

export const configureRelease = (command: Command): Command => command
  .description('let a document that is due be deleted; "retention due" lists them')
  .argument('<document>', 'its id').argument('<rule>', RULE).requiredOption('--note <text>', 'why; it is kept in the tombstone')

export async function release({ client, out }: CliContext, [document = '', named = '']: string[], { note }: { note: string }): Promise<Result> {
  if (!UUID.test(document)) throw new UsageError('Name the document by its id, as "intellidocs retention due" tells it.')
  const { id: ruleId } = await findRule(client, named)
  const recorded = await client.api.retention.releases.record.mutate({ documentId: document, ruleId, note })
  out.print(`${printable(recorded.name ?? document)} is released and goes with the next sweep, unless something keeps it.`)
  return done({ release: recorded })
}

export const configureTombstones = (command: Command): Command => command
  .description('what is left of documents that rules or the time of the trash deleted, newest first; signatures are verified here')
  .option('--document <id>', 'of this document').option('--key <key...>', 'public keys to believe instead of those that the server tells')

/** Exit 1 where a signature does not hold, or is for another document. */
export async function tombstones({ client, out }: CliContext, _args: string[], { document, key }: { document?: string; key?: string[] }): Promise<Result> {
  const keys = key ?? (await client.api.retention.tombstones.keys.query()).keys.map(({ publicKey }) => publicKey)
  const { org } = await client.api.auth.me.query()
  const listed = await listAll((page) => client.api.retention.tombstones.list.query({ ...page, ...(document === undefined ? {} : { documentId: document }) }))
  const checked = listed.map((stone) => {
    const told = org !== null && signedBy(keys, stone) ? contract.tombstoneTextOf(stone, org) : null
    return { told, stone: { ...stone, rule: told?.rule ?? null, valid: told !== null } }
  })
  for (const line of formatTable(checked.map(({ told, stone }) => rowOf(stone, told)))) out.print(line)
  if (checked.length === 0) out.print('Nothing was deleted by a rule or by the time of the trash.')
  const broken = checked.filter(({ told }) => told === null)
  if (broken.length > 0) throw new CommandError(`The signature of ${count(broken.length, 'tombstone')} does not hold: ${broken.map(({ stone }) => stone.id).join(', ')}.`)
  return done({ tombstones: checked.map(({ stone }) => stone) })
}

/** With the SHA-256 of the last version; of what is not signed nothing is told but that it is there. */
function rowOf({ deletedAt, documentId }: Tombstone, told: TombstoneText | null): string[] {
  const row = [told === null ? 'NOT SIGNED' : 'signed', formatMoment(deletedAt), documentId]
  return told === null ? [...row, '', ''] : [...row, told.rule === null ? 'the time of the trash' : printable(told.rule.name), told.versions.at(-1)?.sha256 ?? '']
}
