import type { Readable } from 'node:stream'

/** `too_large`: more than the scanner takes, so nobody knows. What is not `clean` is never treated as if it were. */
export type ScanVerdict =
  | { readonly verdict: 'clean' }
  | { readonly verdict: 'infected'; readonly signature: string }
  | { readonly verdict: 'too_large' }

/** Looks for viruses in bytes. */
export type VirusScanner = {
  /** Reads the source to its end, or destroys it. Throws `ScanError` when there is no verdict, and what the source or the signal throw. */
  scan(source: Readable, signal: AbortSignal): Promise<ScanVerdict>
  /** Resolves when the scanner answers. @throws ScanError */
  ping(): Promise<void>
}

/** The scanner said nothing that could be trusted: away, too slow, or an answer of no known form. Worth another try, never a verdict. */
export class ScanError extends Error {
  readonly kind: 'connection' | 'timeout' | 'answer'

  constructor(kind: ScanError['kind'], message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ScanError'
    this.kind = kind
  }
}
