import { CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { createContext, type CommonOptions, type Env } from './context.ts'
import { describeFailure, EXIT } from './failure.ts'
import { createOutput, type Streams } from './output.ts'
import { createProgram, type Work } from './program.ts'
import { createSettingsStore, settingsDir } from './settings.ts'

export type Run = { readonly args: readonly string[]; readonly env: Env; readonly streams: Streams; readonly signal: AbortSignal }

/** Runs one command line. Answers the exit code: 0 as asked, 1 failed, 2 called wrongly, 130 interrupted. Never throws. */
export async function run({ args, env, streams, signal }: Run): Promise<number> {
  let exitCode: number = EXIT.ok
  const writeJson = (value: unknown) => { streams.stdout.write(`${JSON.stringify(value)}\n`) }

  async function onCommand(options: CommonOptions, work: Work): Promise<void> {
    const out = createOutput(streams, { json: options.json === true, noColor: Boolean(env['NO_COLOR']) })
    const context = await createContext({ options, env, streams, signal, out, settings: createSettingsStore(settingsDir(env)) })
    try {
      const { value, ok } = await work(context)
      if (out.json && value !== undefined) writeJson(value)
      if (!ok) exitCode = EXIT.failed
    } finally {
      await context.close()
    }
  }

  try {
    const program = createProgram({ onCommand, version: packageJson.version, writeOut: (text) => { streams.stdout.write(text) } })
    if (args.length === 0) {
      streams.stderr.write(program.helpInformation())
      return EXIT.usage
    }
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok // help and version have said what was asked
    const failure = describeFailure(error)
    if (args.includes('--json')) writeJson({ error: failure.error })
    else streams.stderr.write(`intellidocs: ${failure.message}\n`)
    return failure.exitCode
  }
}
