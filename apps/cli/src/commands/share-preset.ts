import type { SharePolicy } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { count, formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

type Preset = SharePolicy['presets'][number]
type Api = CliContext['client']['api']

const presetsOf = async (api: Api): Promise<Preset[]> => (await api.documents.shares.policy.get.query()).presets
const isNamed = (name: string) => (preset: Preset): boolean => preset.name.toLowerCase() === name.normalize('NFC').trim().toLowerCase()

/** What a link gets that is made by it. */
function told({ days, viewLimit, downloadLimit, download, notify }: Preset): string {
  const said = [
    days === null ? '' : `for ${count(days, 'day')}`, viewLimit === null ? '' : count(viewLimit, 'view'), downloadLimit === null ? '' : count(downloadLimit, 'download'),
    download ? '' : 'for looking only', notify ? 'tells of each opening' : '',
  ]
  return said.filter((part) => part !== '').join(', ') || 'no limits'
}

export const configureSharePresetList = (command: Command): Command => command.description('settings for links that your organization keeps under a name')

export async function sharePresetList({ client, out }: CliContext): Promise<Result> {
  const presets = await presetsOf(client.api)
  for (const line of formatTable(presets.map((preset) => [printable(preset.name), told(preset)]))) out.print(line)
  if (presets.length === 0) out.print('There are no presets. Make one with "intellidocs share-preset set NAME".')
  return done({ presets })
}

export const configureSharePresetSet = (command: Command): Command => command
  .description('keep settings for links under a name; one that is there already is replaced').argument('<name>', 'how it is called with "share create --preset"')
  .option('--days <n>', 'how long a link opens', positiveInteger)
  .option('--views <n>', 'how often it can be opened', positiveInteger)
  .option('--downloads <n>', 'how often it can be downloaded', positiveInteger)
  .option('--view-only', 'pictures of pages only, with who looks drawn into them')
  .option('--notify', 'its maker is told when it is opened')

type Settings = { days?: number; views?: number; downloads?: number; viewOnly?: boolean; notify?: boolean }

export async function sharePresetSet({ client, out }: CliContext, [name = '']: string[], { days, views, downloads, viewOnly = false, notify = false }: Settings): Promise<Result> {
  const preset: Preset = { name, days: days ?? null, viewLimit: views ?? null, downloadLimit: downloads ?? null, download: !viewOnly, notify }
  const others = (await presetsOf(client.api)).filter((one) => !isNamed(name)(one))
  const { presets } = await client.api.documents.shares.policy.set.mutate({ presets: [...others, preset] })
  out.print(`Links made with --preset "${printable(name)}": ${told(preset)}.`)
  return done({ presets })
}

export const configureSharePresetRemove = (command: Command): Command => command
  .description('forget a preset; links that were made with it stay as they are').argument('<name>', 'how it is called')

export async function sharePresetRemove({ client, out }: CliContext, [name = '']: string[]): Promise<Result> {
  const before = await presetsOf(client.api)
  if (!before.some(isNamed(name))) throw new CommandError(`There is no preset "${printable(name)}". "intellidocs share-preset" lists them.`)
  const { presets } = await client.api.documents.shares.policy.set.mutate({ presets: before.filter((one) => !isNamed(name)(one)) })
  out.print(`The preset "${printable(name)}" is gone.`)
  return done({ presets })
}
