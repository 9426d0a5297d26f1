import { destination as toFile, pino, type LogFn } from 'pino'
import { cleanFields, createValueRedactor } from './log-redaction.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

type Write = { (fields: object, message: string): void; (message: string): void }

/** JSON lines. Errors go under the key `err`. Fields named like secrets and registered values never reach the line. */
export type Log = {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  child(fields: Record<string, unknown>): Log
  /** Registers a secret; from now on its text is replaced in every line of this log and of its children. Values under 6 characters are ignored. */
  redact(value: string): void
}

/**
 * Opens a log that writes to standard error, synchronously, so that the last lines before an exit are not lost.
 * `write` takes its place in tests.
 */
export function createLog({ level, name, write }: { level: LogLevel; name: string; write?: (line: string) => void }): Log {
  const values = createValueRedactor()
  const sink = write === undefined ? toFile({ fd: 2, sync: true }) : { write }
  const root = pino({
    level, name, base: { pid: process.pid },
    formatters: { level: (label) => ({ level: label }), log: (fields) => cleanFields(fields), bindings: (fields) => cleanFields(fields) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    serializers: { err: (cleaned: unknown) => cleaned },
    hooks: { streamWrite: values.clean },
  }, sink)
  return wrap(root, values.register)
}

type Level = 'debug' | 'info' | 'warn' | 'error'
type Base = { readonly [K in Level]: LogFn } & { child(bindings: Record<string, unknown>): Base }

function wrap(logger: Base, register: (value: string) => void): Log {
  const at = (level: Level): Write => (first: object | string, message?: string) => {
    if (typeof first === 'string') logger[level](first)
    else logger[level](first, message)
  }
  return {
    debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'),
    child: (fields) => wrap(logger.child(cleanFields(fields)), register),
    redact: register,
  }
}
