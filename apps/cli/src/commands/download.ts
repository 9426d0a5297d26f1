import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { downloadFile } from '@intellidocs/client/node'
import { contentForms, type ContentForm } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { findDocument, listAll } from '../lookup.ts'
import { formatBytes, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

type Options = { version?: number; form?: ContentForm; output?: string; force?: boolean }

export const configureDownload = (command: Command): Command => command
  .description('save the original bytes, checked against their SHA-256, or a form of them')
  .argument('<document>', 'id or exact name')
  .option('--version <n>', 'an older version', positiveInteger)
  .addOption(new Option('--form <form>', 'as it came, or a PDF in which recognized words can be found').choices(contentForms).default('original'))
  .option('-o, --output <path>', 'file or folder to write to; left out: the own name, here')
  .option('--force', 'write over a file that is there')

export async function download(context: CliContext, [name = '']: string[], options: Options): Promise<Result> {
  const { client, out, signal } = context
  const document = await findDocument(client, name)
  const versions = await listAll((page) => client.api.documents.versions.list.query({ id: document.id, ...page }))
  const version = versions.find((one) => (options.version === undefined ? one.current : one.number === options.version))
  if (!version) throw new CommandError(`"${printable(document.name)}" has no version ${options.version ?? ''}.`)
  const { form = 'original' } = options
  const isOriginal = form === 'original'
  const path = await targetPath(options, safeFileName(isOriginal ? version.fileName : `${version.fileName.replace(/\.[^.]{1,5}$/, '')}.pdf`))
  const sha256 = isOriginal ? version.sha256 : null
  const size = await downloadFile(client, document.id, { path, sha256, version: version.number, form, signal })
  out.print(`${printable(path)}  ${formatBytes(size)}`)
  return done({ id: document.id, version: version.number, form, path, size, sha256 })
}

async function targetPath({ output, force }: Options, fileName: string): Promise<string> {
  const isFolder = output !== undefined && await stat(output).then((facts) => facts.isDirectory(), () => false)
  const path = output === undefined ? fileName : isFolder ? join(output, fileName) : output
  const exists = await access(path).then(() => true, () => false)
  if (exists && !force) throw new CommandError(`${path} is already there. Write over it with --force, or elsewhere with --output.`)
  return path
}

/** The name was chosen by whoever uploaded the file: it must not leave the folder, hide, or drive the terminal. */
export function safeFileName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]/gu, '_').replace(/^\.+/, '_').trim().slice(0, 200)
  return plain === '' || /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(plain) ? `_${plain}` : plain
}
