/** Names under which secrets travel, compared without case, dashes and underscores. */
const secretNames = new RegExp(`^(${[
  '.*(password|passwd|passphrase|secret|apikey|privatekey|secretkey|authorization|cookie|credential)s?(hash)?',
  '.*token', 'bearer', 'pin', 'otp', 'totp', 'databaseurl', 'databaseadminurl', 'smtpurl',
].join('|')})$`)
/** Shapes of secrets inside running text: credentials in a URL, API keys, bearer headers. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^\s:/@"\\]*:)[^\s@"\\/]+@/g, '$1[redacted]@'],
  [/\b(idk_[A-Za-z0-9]+_)[A-Za-z0-9_-]{8,}/g, '$1[redacted]'],
  [/\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, '$1[redacted]'],
]
const MARK = '[redacted]'
const MAX_DEPTH = 8
const MAX_ITEMS = 100

const isSecretName = (name: string): boolean => secretNames.test(name.replace(/[-_\s]/g, '').toLowerCase())

/** A copy of `fields` fit for a log line: secrets by name replaced, errors spelled out with their causes, cycles and depth cut. */
export function cleanFields(fields: object): Record<string, unknown> {
  const seen = new Set<object>([fields])
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isSecretName(name) ? MARK : clean(value, 1, seen)]))
}

function clean(value: unknown, depth: number, seen: Set<object>): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return '[circular]'
  if (depth > MAX_DEPTH) return '[deep]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  seen.add(value)
  try {
    return cleanObject(value, depth, seen)
  } finally {
    seen.delete(value)
  }
}

function cleanObject(value: object, depth: number, seen: Set<object>): unknown {
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => clean(item, depth + 1, seen))
  if (value instanceof Map || value instanceof Set) return clean([...value], depth + 1, seen)
  const entries = Object.entries(value).slice(0, MAX_ITEMS)
    .map(([name, item]) => [name, isSecretName(name) ? MARK : clean(item, depth + 1, seen)] as const)
  if (!(value instanceof Error)) return Object.fromEntries(entries)
  const cause = value.cause === undefined ? {} : { cause: clean(value.cause, depth + 1, seen) }
  return { ...Object.fromEntries(entries), type: value.name, message: value.message, stack: value.stack, ...cause }
}

/** Replaces registered values, and anything of a secret's shape, in finished lines. */
export function createValueRedactor(): { register(value: string): void; clean(line: string): string } {
  const values = new Set<string>()
  return {
    register: (value) => {
      // Shorter ones would blank out ordinary words, and so tell what they are.
      if (value.length < 6) return
      values.add(value)
      values.add(JSON.stringify(value).slice(1, -1))
    },
    clean: (line) => {
      let out = line
      for (const value of values) out = out.replaceAll(value, MARK)
      for (const [shape, by] of secretShapes) out = out.replace(shape, by)
      return out
    },
  }
}
