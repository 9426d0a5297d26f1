import { analyticsContract, type FlowFigures, type ProcessingFigures, type SearchFigures, type Times, type UsageFigures, type UserId } from '@intellidocs/contracts'
import { Argument, Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { listMembers } from '../lookup-people.ts'
import { count, formatBytes, formatTable, printable } from '../output.ts'

const kinds = ['overview', 'documents', 'processing', 'flows', 'search', 'sharing', 'usage'] as const
type Kind = (typeof kinds)[number]
type Period = { from?: string; to?: string; by?: analyticsContract.Grain }
type Options = Period & { csv?: true }

export const configureStats = (command: Command): Command => command
  .description('figures of the organization, by days of its time zone')
  .addArgument(new Argument('[what]', 'which').choices([...kinds]).default('overview'))
  .option('--from <day>', 'the first day, such as 2026-11-01 (default: 30 days up to --to)')
  .option('--to <day>', 'the last day (default: today)')
  .addOption(new Option('--by <grain>', 'what a line is of').choices([...analyticsContract.grains]).default('day'))
  .option('--csv', 'the table as CSV on stdout and nothing else')

export async function stats(context: CliContext, [what = 'overview']: string[], options: Options): Promise<Result> {
  if (options.csv === true && context.out.json) throw new UsageError('Either --json or --csv.')
  const of = kinds.find((kind) => kind === what) ?? 'overview'
  const period = periodOf(options)
  if (options.csv === true) {
    const { content, fileName } = await context.client.api.analytics.export.query({ of, format: 'csv', ...period })
    context.streams.stdout.write(content)
    return done({ fileName })
  }
  return done(await shown[of](context, period))
}

type Asked = { from?: string; to?: string; grain: analyticsContract.Grain }
const periodOf = ({ from, to, by = 'day' }: Period): Asked => ({ grain: by, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })

/** `12 %`; a dash where there is nothing to be a part of. */
const percent = (part: number | null): string => (part === null ? '–' : `${Math.round(part * 100)} %`)
/** What people say of milliseconds. */
function span(ms: number | null): string {
  if (ms === null) return '–'
  const units = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']] as const
  const [size, unit] = units.find(([least]) => ms >= least) ?? [1, 'ms']
  return `${Number((ms / size).toFixed(size === 1 ? 0 : 1))} ${unit}`
}
const timeCells = ({ count: n, p50Ms, p95Ms, maxMs }: Times): string[] => [String(n), span(p50Ms), span(p95Ms), span(maxMs)]
const TIME_HEAD = ['count', 'half within', '95 % within', 'longest']

function printTable({ out }: CliContext, head: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const line of formatTable([head.map((cell) => out.colors.dim(cell)), ...rows])) out.print(line)
}

function printFrame({ out }: CliContext, { from, to, zone, rebuilding }: { from: string; to: string; zone: string; rebuilding: boolean }): void {
  out.print(out.colors.bold(`${from} to ${to}, ${printable(zone)}`))
  if (rebuilding) out.note('The figures are being built anew; these are of before.')
}

/** Days on which nothing happened are left out. */
const busy = <T extends Readonly<Record<string, unknown>>>(series: readonly T[]): T[] => series.filter((row) => Object.values(row).some((value) => typeof value === 'number' && value !== 0))

/** Each asks for its figures, prints them, and answers them as they came. */
const shown: Readonly<Record<Kind, (context: CliContext, asked: Asked) => Promise<unknown>>> = {
  overview: async (context, asked) => {
    const found = await context.client.api.analytics.overview.query(asked)
    const { now, total, before, series } = found
    printFrame(context, found)
    context.out.print(`Now ${count(now.documents, 'document')} and ${now.trashed} in the trash, ${formatBytes(now.bytes)}.`)
    printTable(context, ['', 'documents', 'versions', 'size', 'pages read', 'ready', 'failed', 'people'],
      [['all', total] as const, ['as long before', before] as const, ...busy(series).map((row) => [row.at, row] as const)].map(([name, row]) => [
        name, String(row.documents), String(row.versions), formatBytes(row.bytes), String(row.pages), String(row.ready), String(row.failed), String(row.people),
      ]))
    return found
  },
  documents: async (context, asked) => {
    const found = await context.client.api.analytics.documents.query(asked)
    printFrame(context, found)
    printTable(context, ['', 'new', 'versions', 'size', 'trashed', 'restored', 'purged', 'pages read'],
      [['all', found.total] as const, ...busy(found.series).map((row) => [row.at, row] as const)].map(([name, row]) => [
        name, String(row.added), String(row.versions), formatBytes(row.bytes), String(row.trashed), String(row.restored), String(row.purged), String(row.pages),
      ]))
    if (found.types.length > 0) printTable(context, ['type', 'read', 'pages'], found.types.map(({ mime, read, pages }) => [printable(mime), String(read), String(pages)]))
    return found
  },
  processing: async (context, asked) => {
    const found = await context.client.api.analytics.processing.query(asked)
    printProcessing(context, found)
    return found
  },
  flows: async (context, { from, to }) => {
    const found = await context.client.api.analytics.flows.query({ limit: 200, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
    await printFlows(context, found)
    return found
  },
  search: async (context, asked) => {
    const found = await context.client.api.analytics.search.query({ ...asked, limit: 50 })
    printSearch(context, found)
    return found
  },
  sharing: async (context, asked) => {
    const found = await context.client.api.analytics.sharing.query(asked)
    printFrame(context, found)
    printTable(context, ['links', 'made', 'taken back', 'opened', 'downloads'], [['all', found.total] as const, ...busy(found.series).map((row) => [row.at, row] as const)]
      .map(([name, row]) => [name, String(row.created), String(row.revoked), String(row.opened), String(row.downloaded)]))
    return found
  },
  usage: async (context) => {
    const found = await context.client.api.analytics.usage.query()
    printUsage(context, found)
    return found
  },
}

function printProcessing(context: CliContext, found: ProcessingFigures): void {
  const { total, ocrShare, waited, turnaround, stages, failures, queue, series } = found
  printFrame(context, found)
  context.out.print(`${total.ready} read, ${total.failed} not; ${count(total.pages, 'page')}, ${percent(ocrShare)} of them from pixels.`)
  if (queue.maxSeconds !== null) context.out.print(`The oldest that waited did so for ${span(queue.maxSeconds * 1_000)} at most, ${span((queue.meanSeconds ?? 0) * 1_000)} on average.`)
  printTable(context, ['', ...TIME_HEAD], [['waited', ...timeCells(waited)], ['all of it', ...timeCells(turnaround)], ...stages.map((one) => [one.stage, ...timeCells(one)])])
  for (const { reason, count: n } of failures) context.out.print(`${n} ${reason}`)
  printTable(context, ['', 'read', 'not', 'pages', 'from pixels'], busy(series).map((row) => [row.at, String(row.ready), String(row.failed), String(row.pages), String(row.ocrPages)]))
}

async function printFlows(context: CliContext, found: FlowFigures): Promise<void> {
  printFrame(context, found)
  if (found.items.length === 0) context.out.print('No flow ran.')
  for (const { name, flowId, started, ended, cycle, stages, bottleneck } of found.items) {
    const ends = Object.entries(ended).map(([outcome, n]) => `${n} ${outcome}`).join(', ') || 'none over'
    context.out.print(`${context.out.colors.bold(printable(name ?? flowId))}: ${started} started, ${ends}; half within ${span(cycle.p50Ms)}`)
    printTable(context, ['stage', 'of the time', 'late', ...TIME_HEAD], stages.map((one) => [
      `${printable(one.stage)}${one.stage === bottleneck && stages.length > 1 ? ' (most of it)' : ''}`, percent(one.share), String(one.late), ...timeCells(one),
    ]))
  }
  if (found.people === null) return
  const names = new Map((await listMembers(context.client)).map((member) => [member.userId, member.name]))
  const calledOf = ({ userId, pseudonym }: { userId: UserId | null; pseudonym: string | null }): string => (userId === null ? pseudonym ?? '' : names.get(userId) ?? userId)
  printTable(context, ['who decided', ...TIME_HEAD], found.people.map((one) => [printable(calledOf(one)), ...timeCells(one)]))
}

function printSearch(context: CliContext, found: SearchFigures): void {
  const { total, emptyRate, took, positions, words, series } = found
  printFrame(context, found)
  context.out.print(`${count(total.queries, 'query', 'queries')}, ${percent(emptyRate)} without a hit; half answered within ${span(took.p50Ms)}. ${count(total.opened, 'hit')} opened.`)
  printTable(context, ['', 'queries', 'without a hit', 'opened'], busy(series).map((row) => [row.at, String(row.queries), String(row.empty), String(row.opened)]))
  const opened = positions.filter((one) => one.opened > 0)
  if (opened.length > 0) printTable(context, ['place', 'opened'], opened.map((one) => [one.position, String(one.opened)]))
  if (words === null) context.out.print('Words are not kept here.')
  else printTable(context, ['words', 'queries', 'without a hit', 'opened'], words.items.map((one) => [printable(one.words), String(one.queries), String(one.empty), String(one.opened)]))
}

function printUsage(context: CliContext, { plan, lines, day, zone }: UsageFigures): void {
  const told = (meter: string, n: number): string => (meter === 'bytes' ? formatBytes(n) : String(n))
  context.out.print(context.out.colors.bold(`Plan ${printable(plan)}, ${day}, ${printable(zone)}`))
  printTable(context, ['', 'used', 'of', 'by the end of the month', 'full'], lines.map(({ meter, used, limit, forecast }) => [
    meter, told(meter, used), limit === null ? 'no limit' : told(meter, limit),
    forecast === null ? '–' : `${told(meter, forecast.expected)} (${told(meter, forecast.low)} to ${told(meter, forecast.high)})`, forecast?.limitOn ?? '–',
  ]))
}

type SettingOptions = { zone?: string; words?: 'hashed' | 'kept'; people?: 'shown' | 'hidden' }
export const configureStatsSettings = (command: Command): Command => command
  .description('the time zone of the figures, and what they keep and show; changes what is given')
  .option('--zone <zone>', 'a time zone such as Europe/Lisbon; all days are built anew')
  .addOption(new Option('--words <how>', 'words of queries').choices(['hashed', 'kept']))
  .addOption(new Option('--people <how>', 'decisions of each person').choices(['shown', 'hidden']))

export async function statsSettings({ client, out }: CliContext, _: string[], { zone, words, people }: SettingOptions): Promise<Result> {
  const changes = { ...(zone === undefined ? {} : { zone }), ...(words === undefined ? {} : { words }), ...(people === undefined ? {} : { perPerson: people === 'shown' }) }
  const settings = Object.keys(changes).length === 0 ? await client.api.analytics.settings.get.query() : await client.api.analytics.settings.set.mutate(changes)
  out.print(`Time zone ${printable(settings.zone)}${settings.rebuilding ? ' (days are being built anew)' : ''}. Words of queries are ${settings.words}. Decisions of each person are ${settings.perPerson ? 'shown' : 'hidden'}.`)
  return done(settings)
}
