import { mailContract, type Locale, type Mail, type MailTemplate } from '@intellidocs/contracts'
import { defuse, escapeHtml, fill, type Values } from './fill.ts'
import { english } from './templates/en.ts'
import { portuguese } from './templates/pt.ts'
import type { Language, MailWords } from './templates/template.ts'

export type RenderedMail = { readonly subject: string; readonly text: string; readonly html: string }

export const languages: Readonly<Record<Locale, Language>> = { en: english, pt: portuguese }

/** The page of the front end that a template's token belongs to; the others link to the front end itself. */
const pages: Partial<Record<MailTemplate, string>> = { 'verify-email': 'verify-email', 'reset-password': 'reset-password', 'invitation': 'accept-invitation' }

/** Every path that the words of a template may name. */
export const allowedPaths = (template: MailTemplate): string[] => [...Object.keys(mailContract.mailData[template].shape), 'link']

/** Subject and both parts in the mail's language. `publicUrl` is the front end's address without a slash at its end, of which the link is made. */
export function renderMail(mail: Mail, publicUrl: string): RenderedMail {
  const language = languages[mail.locale]
  const words = language.templates[mail.template]
  const values = valuesOf(mail, language, linkOf(mail, publicUrl))
  return { subject: fill(words.subject, values), text: textPart(words, values), html: htmlPart(words, values, mail.locale) }
}

/** The token stands behind `#`: no server on the way writes it into its log, and no page hands it on as a referrer. */
function linkOf(mail: Mail, publicUrl: string): string {
  const page = pages[mail.template]
  return page !== undefined && 'token' in mail.data ? `${publicUrl}/${page}#token=${encodeURIComponent(mail.data.token)}` : publicUrl
}

const moments = new Set(['at', 'expiresAt'])
/** Made by the product. Everything else somebody typed, or sent as their program's name. */
const ours = new Set(['token', 'address'])

function valuesOf({ data }: Mail, { formats, values }: Language, link: string): Values {
  const moment = new Intl.DateTimeFormat(formats, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const shown = Object.entries(data).map(([path, value]): [string, string] =>
    [path, moments.has(path) ? `${moment.format(new Date(value))} UTC` : values[path]?.[value] ?? (ours.has(path) ? value : defuse(value))])
  return new Map([...shown, ['link', link]])
}

function textPart({ before, action, after }: MailWords, values: Values): string {
  const paragraphs = [...before, `${action}: {{link}}`, ...after]
  return `${paragraphs.map((paragraph) => fill(paragraph, values)).join('\n\n')}\n`
}

/** No image, no style sheet and no script: nothing of a mail is fetched, and nobody learns that it was read. */
function htmlPart({ subject, before, action, after }: MailWords, values: Values, locale: Locale): string {
  const filled = (words: string): string => fill(escapeHtml(words), values, escapeHtml)
  const paragraph = (words: string): string => `<p>${filled(words)}</p>`
  return [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${filled(subject)}</title></head>`,
    '<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">',
    ...before.map(paragraph),
    `<p><a href="${filled('{{link}}')}">${filled(action)}</a></p>`,
    ...after.map(paragraph),
    '</body></html>', '',
  ].join('\n')
}
