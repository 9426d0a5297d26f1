import { mailContract, unsubscribePath, type Locale, type Mail, type MailTemplate } from '@intellidocs/contracts'
import { defuse, escapeHtml, fill, type Values } from './fill.ts'
import { english } from './templates/en.ts'
import { portuguese } from './templates/pt.ts'
import type { Language, MailWords } from './templates/template.ts'

/** `unsubscribe` is the address that ends mails of its kind; absent for those that nobody can do without. */
export type RenderedMail = { readonly subject: string; readonly text: string; readonly html: string; readonly unsubscribe?: string }

export const languages: Readonly<Record<Locale, Language>> = { en: english, pt: portuguese }

/** The page of the front end that a template's token belongs to; the others link to the front end itself. */
const pages: Partial<Record<MailTemplate, string>> = { 'verify-email': 'verify-email', 'reset-password': 'reset-password', 'invitation': 'accept-invitation' }

/** Every path that the words of a template may name. */
export const allowedPaths = (template: MailTemplate): string[] => [...Object.keys(mailContract.mailData[template].shape), 'link']

/** Subject and both parts in the mail's language. `publicUrl` is the front end's address without a slash at its end, of which the link is made. */
export function renderMail(mail: Mail, publicUrl: string): RenderedMail {
  const language = languages[mail.locale]
  const words = language.templates[mail.template]
  const unsubscribe = 'unsubscribe' in mail.data ? `${publicUrl}${unsubscribePath}?token=${encodeURIComponent(mail.data.unsubscribe)}` : undefined
  const values = new Map([...valuesOf(mail.data, language), ['link', linkOf(mail, publicUrl)], ...(unsubscribe === undefined ? [] : [['unsubscribe', unsubscribe] as const])])
  const items = 'items' in mail.data ? mail.data.items.map((item) => valuesOf(item, language)) : []
  const parts = { words, values, items }
  return {
    subject: fill(words.subject, values), text: textPart(parts), html: htmlPart(parts, mail.locale), ...(unsubscribe === undefined ? {} : { unsubscribe }),
  }
}

/** The token stands behind `#`: no server on the way writes it into its log, and no page hands it on as a referrer. */
function linkOf(mail: Mail, publicUrl: string): string {
  const page = pages[mail.template]
  return page !== undefined && 'token' in mail.data ? `${publicUrl}/${page}#token=${encodeURIComponent(mail.data.token)}` : publicUrl
}

const moments = new Set(['at', 'expiresAt'])
/** Made by the product. Everything else somebody typed, or sent as their program's name. */
const ours = new Set(['token', 'address', 'code', 'sha256'])

function valuesOf(data: object, { formats, values }: Language): Values {
  const moment = new Intl.DateTimeFormat(formats, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const said = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return new Map(said.map(([path, value]): [string, string] =>
    [path, moments.has(path) ? `${moment.format(new Date(value))} UTC` : values[path]?.[value] ?? (ours.has(path) ? value : defuse(value))]))
}

type Parts = { readonly words: MailWords; readonly values: Values; readonly items: readonly Values[] }

function textPart({ words: { before, item = '', action, after, leave }, values, items }: Parts): string {
  const list = items.map((one) => `- ${fill(item, one)}`).join('\n')
  const filled = (paragraphs: readonly string[]): string[] => paragraphs.map((paragraph) => fill(paragraph, values))
  const links = leave === undefined ? [] : [`${leave}: {{unsubscribe}}`]
  return `${[...filled(before), ...(items.length === 0 ? [] : [list]), ...filled([`${action}: {{link}}`, ...after, ...links])].join('\n\n')}\n`
}

/** No image, no style sheet and no script: nothing of a mail is fetched, and nobody learns that it was read. */
function htmlPart({ words: { subject, before, item = '', action, after, leave }, values, items }: Parts, locale: Locale): string {
  const filled = (words: string, of: Values = values): string => fill(escapeHtml(words), of, escapeHtml)
  const paragraph = (words: string): string => `<p>${filled(words)}</p>`
  const anchor = (place: string, words: string): string => `<p><a href="${filled(place)}">${filled(words)}</a></p>`
  return [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${filled(subject)}</title></head>`,
    '<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">',
    ...before.map(paragraph),
    ...(items.length === 0 ? [] : ['<ul>', ...items.map((one) => `<li>${filled(item, one)}</li>`), '</ul>']),
    anchor('{{link}}', action),
    ...after.map(paragraph),
    ...(leave === undefined ? [] : [anchor('{{unsubscribe}}', leave)]),
    '</body></html>', '',
  ].join('\n')
}
