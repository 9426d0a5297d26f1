import { isIP } from 'node:net'
import { isAbsolute, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import type { BlobsConfig } from './config.types.ts'
import { failpointActions, failpointNames, type Failpoint } from './failpoint.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** The trimmed value; undefined when unset or empty, so that `NAME=` in a file means the default. */
export function text(env: Env, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? undefined : value
}

export function list(env: Env, name: string): string[] {
  return (text(env, name) ?? '').split(/[\s,]+/).filter((item) => item !== '')
}

export function oneOf<const T extends readonly string[]>(env: Env, name: string, allowed: T, byDefault: T[number]): T[number] {
  const value = text(env, name) ?? byDefault
  const found = allowed.find((item) => item === value)
  if (found === undefined) throw new ConfigError(name, `one of ${allowed.join(', ')}`)
  return found
}

export function flag(env: Env, name: string): boolean | undefined {
  const value = text(env, name)
  if (value === undefined) return undefined
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw new ConfigError(name, 'true or false')
}

export function portNumber(env: Env, name: string, byDefault: number): number {
  const value = text(env, name) ?? String(byDefault)
  const port = /^\d{1,5}$/.test(value) ? Number(value) : -1
  if (port < 0 || port > 65_535) throw new ConfigError(name, 'a whole number from 0 to 65535; 0 lets the system choose')
  return port
}

export function countOf(env: Env, name: string, byDefault: number): number {
  const value = text(env, name) ?? String(byDefault)
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new ConfigError(name, 'a whole number from 1 to 999999999')
  return Number(value)
}

function parsed(name: string, value: string, protocols: readonly string[], allowed: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !protocols.includes(url.protocol) || url.hostname === '') throw new ConfigError(name, allowed)
  return url
}

const web = ['http:', 'https:']

/** An http(s) address without credentials, query, fragment or trailing slash. */
export function webUrl(name: string, value: string): string {
  const allowed = 'an address such as https://docs.example.org'
  const url = parsed(name, value, web, allowed)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') throw new ConfigError(name, allowed)
  return url.href.replace(/\/+$/, '')
}

/** `https://host[:port]` exactly, as browsers send it. `*` is not one. */
export function origin(name: string, value: string): string {
  const allowed = 'origins such as https://docs.example.org, separated by commas, without a path'
  const url = parsed(name, value, web, allowed)
  if (url.origin !== value.replace(/\/$/, '').toLowerCase()) throw new ConfigError(name, allowed)
  return url.origin
}

export function postgresUrl(name: string, value: string): string {
  parsed(name, value, ['postgres:', 'postgresql:'], 'an address such as postgresql://user:password@host:5432/database')
  return value
}

export function hostAndPort(name: string, value: string, expected = 'host:port, such as temporal.example.org:7233'): string {
  const match = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(value)
  const port = Number(match?.[1] ?? 0)
  if (port < 1 || port > 65_535) throw new ConfigError(name, expected)
  return value
}

/** An address, or a range that is not everything. */
function isRange(value: string): boolean {
  const [address = '', bits, more] = value.split('/')
  const family = isIP(address)
  const width = bits === undefined || /^\d{1,3}$/.test(bits) ? Number(bits ?? 1) : -1
  return family !== 0 && more === undefined && width >= 1 && width <= (family === 4 ? 32 : 128)
}

export function addressRange(name: string, value: string): string {
  if (isRange(value)) return value
  throw new ConfigError(name, 'addresses or ranges such as 10.0.0.5 or 10.0.0.0/8, separated by commas')
}

/** Proxies are named one by one: trusting every sender lets each of them choose the address that limits are counted on. */
export function proxyRange(name: string, value: string): string {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(value) || isRange(value)) return value
  throw new ConfigError(name, 'addresses or ranges such as 10.0.0.5 or 10.0.0.0/8, or loopback, linklocal, uniquelocal, separated by commas')
}

export function blobs(env: Env, dataDir: string): BlobsConfig {
  const allowed = 'file:<folder> or s3://bucket?endpoint=https://…&region=…&prefix=…'
  const value = text(env, 'BLOBS') ?? `file:${resolve(dataDir, 'blobs')}`
  if (value.startsWith('file:')) {
    const dir = value.slice('file:'.length).replace(/^\/\/(?=\/)/, '')
    if (dir === '' || dir.startsWith('//')) throw new ConfigError('BLOBS', allowed)
    return { kind: 'file', dir: isAbsolute(dir) ? dir : resolve(dir) }
  }
  const url = parsed('BLOBS', value, ['s3:'], allowed)
  const known = ['endpoint', 'region', 'prefix']
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname) || [...url.searchParams.keys()].some((key) => !known.includes(key))) {
    throw new ConfigError('BLOBS', allowed)
  }
  const endpoint = url.searchParams.get('endpoint')
  const region = url.searchParams.get('region')
  const prefix = url.searchParams.get('prefix')
  return {
    kind: 's3', bucket: url.hostname,
    ...(endpoint === null ? {} : { endpoint: webUrl('BLOBS', endpoint) }),
    ...(region === null ? {} : { region }),
    ...(prefix === null ? {} : { prefix }),
  }
}

/** 32 bytes as 64 hexadecimal digits or as base64. Keys of few different bytes (examples, all zeros) are refused. */
export function secretKey(name: string, value: string): Buffer {
  const form = /^[0-9a-f]{64}$/i.test(value) ? 'hex' : /^[A-Za-z0-9+/_-]{43}=?$/.test(value) ? 'base64' : null
  const bytes = form === null ? null : Buffer.from(value, form)
  if (bytes?.length !== 32 || new Set(bytes).size < 16) {
    throw new ConfigError(name, '32 random bytes as 64 hexadecimal digits (openssl rand -hex 32)')
  }
  return bytes
}

/** `name:action[@n]` separated by commas. Faults are for tests: whoever runs in production must not be able to switch one on. */
export function failpoints(env: Env): Failpoint[] {
  const wanted = list(env, 'FAILPOINT')
  if (wanted.length > 0 && text(env, 'NODE_ENV') === 'production') throw new ConfigError('FAILPOINT', 'nothing in production')
  return wanted.map((value) => {
    const [, name, action, at = '1'] = /^([a-z_]+):([a-z]+)(?:@([1-9]\d{0,8}))?$/.exec(value) ?? []
    const place = failpointNames.find((known) => known === name)
    const deed = failpointActions.find((known) => known === action)
    if (place === undefined || deed === undefined) {
      throw new ConfigError('FAILPOINT', `name:action or name:action@n of ${failpointNames.join(', ')} and ${failpointActions.join(', ')}`)
    }
    return { name: place, action: deed, at: Number(at) }
  })
}
