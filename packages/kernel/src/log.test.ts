import { expect, test } from 'vitest'
import { createLog, type Log } from './log.ts'

function logged(write: (log: Log) => void): { lines: Record<string, unknown>[]; text: string } {
  const out: string[] = []
  write(createLog({ level: 'debug', name: 'test', write: (line) => out.push(line) }))
  return { text: out.join(''), lines: out.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test.each([
  'password', 'Password', 'adminPassword', 'new_password', 'passwordHash', 'token', 'sessionToken', 'access-token', 'authorization',
  'Authorization', 'cookie',
  'set-cookie', 'secret', 'secretKey', 'SECRET_KEY', 'apiKey', 'x-api-key', 'credentials', 'DATABASE_URL', 'SMTP_URL', 'privateKey', 'totp',
])('a field called %s is never written, at any depth', (name) => {
  const { text } = logged((log) => {
    log.info({ [name]: 'visible-1' }, 'a')
    log.info({ a: { b: [{ [name]: { c: 'visible-2' } }] } }, 'b')
    log.child({ [name]: 'visible-3' }).warn('c')
    log.error({ err: Object.assign(new Error('x'), { [name]: 'visible-4' }) }, 'd')
    log.info({ map: new Map([['k', { [name]: 'visible-5' }]]) }, 'e')
  })
  expect(text).not.toContain('visible')
  expect(text).toContain('[redacted]')
})

test.each(['requestId', 'apiKeyId', 'pages', 'path', 'tokens'])('a field called %s is written', (name) => {
  expect(logged((log) => log.info({ [name]: 'visible' }, 'a')).lines[0]).toMatchObject({ [name]: 'visible', msg: 'a', level: 'info', name: 'test' })
})

test('a registered value is replaced wherever it stands, in children made before too', () => {
  const secret = 'p"ss\\w0rd'
  const { text, lines } = logged((log) => {
    const child = log.child({ part: 'x' })
    log.redact(secret)
    log.info(`in the message ${secret}`)
    child.error({ err: new Error(`in an error ${secret}`, { cause: new Error(secret) }), list: [secret], [secret]: 1 }, 'x')
  })
  expect(lines).toHaveLength(2)
  expect(text).not.toContain('w0rd')
})

test('secrets are known by their shape inside running text', () => {
  const { text } = logged((log) => {
    log.info('connecting to postgresql://app:pa55word@db:5432/x and s3://key:pa55word@host')
    log.info({ header: 'Bearer abcdefgh12345678' }, 'with idk_pub1_abcdefgh12345678')
  })
  expect(text).not.toMatch(/pa55word|abcdefgh12345678/)
  expect(text).toContain('postgresql://app:[redacted]@db:5432/x')
  expect(text).toContain('idk_pub1_[redacted]')
})

test('a value too short to be told from ordinary words is not registered', () => {
  expect(logged((log) => { log.redact('a'); log.info('a banana') }).lines[0]).toMatchObject({ msg: 'a banana' })
})

test('an error is written with its causes; cycles, depth, big integers and bytes do not break a line', () => {
  const loop: Record<string, unknown> = { id: 10n, at: new Date(0), bytes: Buffer.from('secret bytes') }
  loop['self'] = loop
  const { lines } = logged((log) => {
    log.error({ err: new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'ECONNREFUSED' }) }) }, 'x')
    log.info({ loop }, 'y')
  })
  expect(lines[0]).toMatchObject({ err: { message: 'outer', stack: expect.stringContaining('outer'),
    cause: { message: 'inner', code: 'ECONNREFUSED' } } })
  expect(lines[1]).toMatchObject({ loop: { id: '10', at: '1970-01-01T00:00:00.000Z', bytes: '[12 bytes]', self: '[circular]' } })
})

test('lines below the level are not written', () => {
  const out: string[] = []
  const log = createLog({ level: 'warn', name: 'test', write: (line) => out.push(line) })
  log.info('no')
  log.warn('yes')
  expect(out).toHaveLength(1)
})
