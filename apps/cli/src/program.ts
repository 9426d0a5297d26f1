import { Command } from 'commander'
import { auditCheckpoint, auditKey, auditList, configureAuditCheckpoint, configureAuditKey, configureAuditList } from './commands/audit.ts'
import { auditExport, configureAuditExport } from './commands/audit-export.ts'
import { auditVerify, configureAuditVerify } from './commands/audit-verify.ts'
import { backup, configureBackup } from './commands/backup.ts'
import { configureDoctor, doctor } from './commands/doctor.ts'
import { configureDownload, download } from './commands/download.ts'
import { configureIngest, ingest } from './commands/ingest.ts'
import { configureLogin, login } from './commands/login.ts'
import { configureLogout, logout } from './commands/logout.ts'
import { configureLs, ls } from './commands/ls.ts'
import { configureRestore, restore } from './commands/restore.ts'
import { configureRm, rm } from './commands/rm.ts'
import { configureSearch, search } from './commands/search.ts'
import { configureShow, show } from './commands/show.ts'
import { configureVerify, verify } from './commands/verify.ts'
import { configureWatch, watch } from './commands/watch.ts'
import { configureWhoami, whoami } from './commands/whoami.ts'
import { DEFAULT_URL, type CliContext, type CommonOptions, type Result } from './context.ts'

export type Work = (context: CliContext) => Promise<Result>
/** Called with what the command line asks for. */
export type OnCommand = (options: CommonOptions, work: Work) => Promise<void>

export type ProgramDeps = { readonly onCommand: OnCommand; readonly version: string; readonly writeOut: (text: string) => void }

/** The command line: names, arguments and options. What a command does stands in its own file. */
export function createProgram(deps: ProgramDeps): Command {
  const program = withCommon(new Command('intellidocs'))
    .description('Documents in, read, found again. Talks to an IntelliDocs installation.')
    .version(deps.version, '-V, --version', 'what this is')
    // An option belongs to the command it stands behind: `download --version 2` is not `--version`.
    .enablePositionalOptions()
    .showSuggestionAfterError()
  // Errors are written once, by whoever runs the program.
  program.exitOverride().configureOutput({ writeOut: deps.writeOut, writeErr: () => undefined })

  type Runner<O> = (context: CliContext, args: string[], options: O) => Promise<Result>
  function add<O>(name: string, configure: (command: Command) => Command, run: Runner<O>): void {
    withCommon(configure(commandOf(program, name))).action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command
      await deps.onCommand(command.optsWithGlobals<CommonOptions>(), (context) => run(context, command.args, command.opts() as O))
    })
  }

  add('login', configureLogin, login)
  add('logout', configureLogout, logout)
  add('whoami', configureWhoami, whoami)
  add('ingest', configureIngest, ingest)
  add('search', configureSearch, search)
  add('ls', configureLs, ls)
  add('show', configureShow, show)
  add('download', configureDownload, download)
  add('rm', configureRm, rm)
  add('restore', configureRestore, restore)
  add('watch', configureWatch, watch)
  add('doctor', configureDoctor, doctor)
  add('verify', configureVerify, verify)
  add('backup', configureBackup, backup)
  add('audit list', configureAuditList, auditList)
  add('audit export', configureAuditExport, auditExport)
  add('audit verify', configureAuditVerify, auditVerify)
  add('audit key', configureAuditKey, auditKey)
  add('audit checkpoint', configureAuditCheckpoint, auditCheckpoint)
  return program
}

/** What commands of two words have in common, by the first. */
const groups: Record<string, string> = { audit: 'who did what: list, export and verify the audit' }

/** `audit list` stands below `audit`, which is made with its first command. */
function commandOf(program: Command, name: string): Command {
  const [first = '', second] = name.split(' ')
  if (second === undefined) return program.command(first)
  const group = program.commands.find((command) => command.name() === first)
    ?? program.command(first).description(groups[first] ?? '').enablePositionalOptions()
  return group.command(second)
}

const withCommon = (command: Command): Command => command
  .option('--json', 'one JSON value on stdout and nothing else')
  .option('--url <url>', `the installation (default: the one signed in to last, else ${DEFAULT_URL})`)
  .option('--org <org>', 'the organization, by id or short name')
