import { locales, mailContract, mailTemplates, type Locale, type Mail, type MailTemplate } from '@intellidocs/contracts'
import { describe, expect, test } from 'vitest'
import { allowedPaths, languages, renderMail } from './render-mail.ts'

const PUBLIC_URL = 'https://docs.example.org/app'
const token = 'tok-en_0123456789abcdef'
const [expiresAt, at] = ['2026-11-23T09:05:00.000Z', '2026-11-22T18:30:00.000Z']

const data: { readonly [K in MailTemplate]: unknown } = {
  'verify-email': { name: 'Ada', token, expiresAt }, 'account-exists': { name: 'Ada' }, 'reset-password': { name: 'Ada', token, expiresAt },
  'password-changed': { name: 'Ada', at }, 'new-device': { name: 'Ada', device: 'Firefox on Linux', address: '192.0.2.7', at },
  'second-factor-changed': { name: 'Ada', change: 'off', at }, 'api-key-created': { name: 'Ada', keyName: 'Nightly', orgName: 'Harbour', at },
  'invitation': { inviter: 'Grace', orgName: 'Harbour', token, expiresAt }, 'account-deleted': { name: 'Ada', at },
  'share-code': { code: '01234567', expiresAt },
  'org-deletion-scheduled': { name: 'Ada', orgName: 'Harbour', by: 'Grace', at },
  'notification': { name: 'Ada', orgName: 'Harbour', what: 'shared', title: 'Lease.pdf', unsubscribe: token },
  'upload-receipt': { orgName: 'Harbour', at, count: '2', items: [{ title: 'Lease.pdf', size: '1024', sha256: 'a'.repeat(64) }, { title: 'Map & <plan>', size: '7', sha256: 'b'.repeat(64) }] },
  'digest': { name: 'Ada', orgName: 'Harbour', count: '23', items: [{ what: 'task_assigned', title: 'Lease.pdf' }, { what: 'mentioned', title: 'Map & <plan>' }], unsubscribe: token },
}
const mailOf = (template: MailTemplate, locale: Locale, over: object = {}): Mail =>
  mailContract.mail.parse({ to: 'ada@example.org', locale, template, data: { ...(data[template] as object), ...over } })

const cases = mailTemplates.flatMap((template) => locales.map((locale) => [template, locale] as const))
const links = (part: string): string[] => part.match(/https?:[^\s"<]+/g) ?? []
const unescape = (html: string): string => html.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** What the line of an item may name. */
const ofItems = (template: MailTemplate): string[] => (template === 'upload-receipt' ? ['{{title}}', '{{size}}', '{{sha256}}'] : ['{{what}}', '{{title}}'])

describe('every template, in every language', () => {
  test('is there, and nothing else is', () => {
    for (const locale of locales) expect(Object.keys(languages[locale].templates).toSorted()).toEqual([...mailTemplates].toSorted())
    expect(cases.length).toBeGreaterThanOrEqual(20)
  })

  test.each(cases)('%s (%s) names allowed paths only', (template, locale) => {
    const { subject, before, item = '', action, after, leave = '' } = languages[locale].templates[template]
    expect((item.match(/\{\{.*?\}\}/g) ?? []).filter((place) => !ofItems(template).includes(place))).toEqual([])
    const named = [subject, ...before, action, ...after, leave].join('\n').match(/\{\{.*?\}\}/g) ?? []
    const allowed = allowedPaths(template).filter((path) => path !== 'link').map((path) => `{{${path}}}`)
    expect(named.filter((place) => !allowed.includes(place))).toEqual([])
    // What stands in a subject is shown where a locked screen shows it.
    expect(subject).not.toMatch(/token|expiresAt|unsubscribe/)
  })

  test.each(cases)('%s (%s) carries the same links in text and HTML: one, and in what can be done without the one that ends it', (template, locale) => {
    const { text, html, unsubscribe } = renderMail(mailOf(template, locale), PUBLIC_URL)
    const [link, ...more] = links(text)
    expect([more, links(html)]).toEqual([unsubscribe === undefined ? [] : [unsubscribe], [link, ...more]])
    expect(unsubscribe).toBe(template === 'notification' || template === 'digest' ? `${PUBLIC_URL}/api/v1/unsubscribe?token=${token}` : undefined)
    expect(link?.startsWith(PUBLIC_URL)).toBe(true)
    const once = template === 'verify-email' || template === 'reset-password' || template === 'invitation'
    expect(link?.endsWith(`#token=${token}`)).toBe(once)
    expect(link?.split('#')[0]).not.toContain(token)
  })

  test.each(cases)('%s (%s) says the same in text and HTML, and says all that it was told', (template, locale) => {
    const { subject, text, html } = renderMail(mailOf(template, locale), PUBLIC_URL)
    const body = unescape((html.split('<body')[1] ?? '').replace(/^[^>]*>/, '').replaceAll('<li>', '- ').replace(/<a href="([^"]*)">([^<]*)<\/a>/g, '$2: $1').replace(/<[^>]*>/g, '\n'))
    const lines = (part: string): string[] => part.split('\n').filter((line) => line.trim() !== '')
    expect(lines(body)).toEqual(lines(text))
    const { items = [], ...said } = data[template] as Record<string, string> & { items?: { title: string }[] }
    for (const [path, value] of [...Object.entries(said), ...items.map(({ title }) => ['title', title] as const)]) {
      if (!['at', 'expiresAt', 'change', 'what'].includes(path)) expect(`${subject}\n${text}`.replaceAll('\u2060', '')).toContain(value)
    }
    expect(`${subject}${text}${html}`).not.toMatch(/\{\{|\}\}|undefined|\[object/)
    expect(html).not.toMatch(/<(img|script|link|style|iframe)\b|url\(/i)
  })
})

test('the two languages differ in every subject', () => {
  for (const template of mailTemplates) expect(languages.pt.templates[template].subject).not.toBe(languages.en.templates[template].subject)
})

test('moments are told in the reader\'s language, and say that they are UTC', () => {
  expect(renderMail(mailOf('password-changed', 'en'), PUBLIC_URL).text).toContain('22 November 2026 at 18:30 UTC')
  expect(renderMail(mailOf('password-changed', 'pt'), PUBLIC_URL).text).toContain('22 de novembro de 2026 às 18:30 UTC')
})

test('a name that is HTML stays a name', () => {
  const { text, html, subject } = renderMail(mailOf('invitation', 'en', { inviter: '<img src=x onerror=alert(1)>', orgName: '"A" & {{token}}' }), PUBLIC_URL)
  expect(html).not.toContain('<img')
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; invites you to the organization &quot;A&quot; &amp; {{token}}')
  expect(subject).toBe('<img src=x onerror=alert(1)> invites you to "A" & {{token}}')
  expect(text).toContain('"A" & {{token}}')
})

test('every kind that is mailed has its words in both languages', () => {
  const kinds = mailContract.mailData.notification.shape.what.options
  for (const locale of locales) expect(Object.keys(languages[locale].values['what'] ?? {}).toSorted()).toEqual([...kinds].toSorted())
})

test('a name that is a link leads nowhere, in no part and no subject', () => {
  const evil = 'http://evil.example/now'
  for (const [template, over] of [['invitation', { inviter: evil, orgName: evil }], ['new-device', { name: evil, device: evil }], ['api-key-created', { keyName: evil }]] as const) {
    const { text, html, subject } = renderMail(mailOf(template, 'en', over), PUBLIC_URL)
    for (const part of [text, html, subject]) expect(part).not.toMatch(/evil\.example|http:\/\/evil/)
    expect(text.replaceAll('\u2060', '')).toContain(evil)
    expect(html.match(/href="[^"]*"/g)?.map((link) => link.startsWith(`href="${PUBLIC_URL}`))).toEqual([true])
  }
})

test.each(locales)('the code stands on a line of its own, so that it is whole in a file of mail, too (%s)', (locale) => {
  for (const template of ['verify-email', 'reset-password', 'invitation'] as const) {
    expect(renderMail(mailOf(template, locale), PUBLIC_URL).text.split('\n')).toContain(token)
  }
})

describe('refused before it is queued', () => {
  const refused = (over: object): boolean => !mailContract.mail.safeParse({ to: 'ada@example.org', locale: 'en', template: 'account-exists', data: { name: 'Ada' }, ...over }).success
  test.each([
    { to: 'a@example.org, b@example.org' }, { to: 'a@example.org\r\nBcc: b@example.org' }, { to: 'Ada <a@example.org>' }, { locale: 'xx' }, { template: 'other' },
    { data: {} }, { data: { name: 'Ada', token } }, { data: { name: 'A\r\nBcc: b@example.org' } }, { data: { name: 'A\u0000' } }, { data: { name: 'A\u202eB' } },
    { data: { name: 'A\u2028B' } }, { data: { name: '' } }, { data: { name: 'x'.repeat(101) } }, { subject: 'mine' },
    { template: 'notification', data: { ...(data.notification as object), title: 'Lease\r\nBcc: eve@example.org' } },
    { template: 'notification', data: { ...(data.notification as object), what: 'security' } }, { template: 'digest', data: { ...(data.digest as object), items: [] } },
    { template: 'digest', data: { ...(data.digest as object), items: [{ what: 'shared', title: 'a\nb' }] } }, { template: 'digest', data: { ...(data.digest as object), count: '2\n' } },
    { template: 'verify-email', data: { name: 'Ada', token: 'a b', expiresAt } }, { template: 'verify-email', data: { name: 'Ada', token, expiresAt: 'tomorrow' } },
  ])('%j', (over) => expect(refused(over)).toBe(true))
  test('what has none of these faults is not', () => expect(refused({})).toBe(false))
})
