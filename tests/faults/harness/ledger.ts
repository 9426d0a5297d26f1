import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { foldLedger, type Ledger, type LedgerLine } from '../../../apps/cli/src/verify/ledger.ts'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

/** What clients know, on disk before they go on: the oracle that `intellidocs verify --ledger` compares the product with. */
export type LedgerFile = {
  readonly path: string
  write(line: WithoutTime<LedgerLine>): void
  read(): Ledger
  close(): void
}

export function openLedger(path: string): LedgerFile {
  const lines: LedgerLine[] = []
  const file = openSync(path, 'a', 0o600)
  return {
    path,
    write(line) {
      const entry = { ...line, at: new Date().toISOString() }
      writeSync(file, `${JSON.stringify(entry)}\n`)
      fsyncSync(file)
      lines.push(entry)
    },
    read: () => foldLedger(lines),
    close: () => { closeSync(file) },
  }
}
