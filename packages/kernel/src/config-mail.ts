import { usersContract } from '@intellidocs/contracts'
import { resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import { text, type Env } from './config-values.ts'
import type { MailConfig } from './config.types.ts'

/** Where nothing is really sent. */
const FOLDER_FROM = { name: 'IntelliDocs', address: 'no-reply@intellidocs.local' }

/** Without `SMTP_URL` mail is put into a folder, in the embedded mode alone: on a server nobody would ever see it. */
export function mailConfig(env: Env, dataDir: string, embedded: boolean): MailConfig {
  const url = text(env, 'SMTP_URL')
  const from = mailFrom(text(env, 'MAIL_FROM'))
  if (url === undefined) {
    if (!embedded) throw new ConfigError('SMTP_URL', 'the server that sends mail, such as smtp://user:password@mail.example.org:587')
    return { kind: 'folder', dir: resolve(dataDir, 'mail'), from: from ?? FOLDER_FROM }
  }
  const server = smtpServer(url)
  if (from === undefined) throw new ConfigError('MAIL_FROM', 'who mail comes from, such as IntelliDocs <no-reply@example.org>')
  return { kind: 'smtp', ...server, from }
}

function smtpServer(value: string): Pick<Extract<MailConfig, { kind: 'smtp' }>, 'host' | 'port' | 'secure' | 'login'> {
  const refused = new ConfigError('SMTP_URL', 'smtp://[user:password@]host[:port] or smtps://…, and nothing behind it')
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') throw refused
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') throw refused
  if ((url.username === '') !== (url.password === '')) throw refused
  const secure = url.protocol === 'smtps:'
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? (secure ? 465 : 587) : Number(url.port), secure,
    login: url.username === '' ? null : { user: decoded(url.username, refused), password: decoded(url.password, refused) },
  }
}

function decoded(part: string, refused: ConfigError): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) throw refused
    throw error
  }
}

/** `address` or `name <address>`. */
function mailFrom(value: string | undefined): MailConfig['from'] | undefined {
  if (value === undefined) return undefined
  const [, name = '', address = ''] = /^(?:([^<>"\p{Cc}]*)<([^<>]*)>)$/u.exec(value) ?? [value, '', value]
  const parsed = usersContract.email.safeParse(address)
  if (!parsed.success) throw new ConfigError('MAIL_FROM', 'an e-mail address, or a name and an address: IntelliDocs <no-reply@example.org>')
  return { name: name.trim() === '' ? null : name.trim(), address: parsed.data }
}
