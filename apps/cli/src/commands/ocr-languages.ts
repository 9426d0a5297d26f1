import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { languageCodes } from '../values.ts'
import { findTarget, onTarget, toldTarget } from '../lookup-target.ts'

type Options = { set?: string[]; clear?: boolean }

export const configureOcrLanguages = (command: Command): Command => command
  .description('in which languages pixels are read: of a document, of a folder and what is below it, or of the organization')
  .argument('[target]', 'document or folder, by id or name; Name/ is always a folder; left out: the organization')
  .option('--set <codes>', 'as tesseract names them, such as deu,eng; auto: also in those of the script that is seen; holds from the next reading on', languageCodes)
  .option('--clear', 'say nothing, so that what is above holds')

export async function ocrLanguages({ client, out }: CliContext, [named]: string[], { set, clear }: Options): Promise<Result> {
  if (set !== undefined && clear === true) throw new UsageError('Give --set or --clear, not both.')
  const { api } = client
  const target = named === undefined ? null : await findTarget(client, named)
  const languages = clear === true ? [] : set
  const told = languages === undefined
    ? await api.documents.ocrLanguages.get.query(target === null ? {} : onTarget(target))
    : target === null
      ? await api.documents.ocrLanguages.setDefault.mutate({ languages })
      : await api.documents.ocrLanguages.set.mutate({ ...onTarget(target), languages })
  const of = target === null ? 'the organization' : toldTarget(target)
  const effective = told.effective.length === 0 ? 'what the installation says' : told.effective.join(', ')
  out.print(`Pixels of ${of} are read in: ${effective}${told.own.length === 0 ? ' (not said here)' : ''}`)
  return done(told)
}
