import { uploadLinkPath, type Locale } from '@intellidocs/contracts'
import type { ReceivedFile, Refusal, UploadLinkShown } from '@intellidocs/domain'
import { documentOf, html, none, type Html } from '../link-pages/html.ts'
import { words, type Words } from './words.ts'

/** Where a page stands: its link, and the language it is read in. */
export type Place = { readonly token: string; readonly locale: Locale }
type Form = Extract<UploadLinkShown, { kind: 'form' }>
/** Why a file is not in: of itself, or because the form was cut short. */
export type WhyNot = Refusal | 'full' | 'limited' | 'password' | 'early' | 'failed' | 'too_many'
/** `name` null: all files of the form that are not named. */
export type NotTaken = { readonly name: string | null; readonly why: WhyNot }
/** What became of a form. `mailed`: where the receipt goes. */
export type Receipt = { readonly received: readonly ReceivedFile[]; readonly refused: readonly NotTaken[]; readonly at: Date; readonly mailed: string | null }

const linkOf = ({ token }: Place, below = ''): string => `${uploadLinkPath}/${encodeURIComponent(token)}${below}`
const momentOf = (w: Words, at: Date): string => new Intl.DateTimeFormat(w.formats, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at)

/** In the largest unit of which there is one at least, by 1024. */
function sizeOf(w: Words, bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return new Intl.NumberFormat(w.formats, { style: 'unit', unit: units[power] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: 1 }).format(bytes / 1024 ** power)
}

/** A page of words alone; the same for everybody who reads this language. */
export function plainPage(locale: Locale, what: 'gone' | 'limited' | 'failed' | 'foreign'): string {
  const said = words[locale]
  return documentOf({ lang: locale, title: said[what], body: html`<p>${said[`${what}Why`]}</p>` })
}

export function askPage(place: Place, { refused }: { refused: boolean }): string {
  const w = words[place.locale]
  const body = html`${refused ? html`<p role="alert" class="alert">${w.refused}</p>` : none}
<form method="post" action="${linkOf(place, '/unlock')}">
<label for="password">${w.password}</label><input id="password" name="password" type="password" autocomplete="off" required>
<button>${w.open}</button>
</form>`
  return documentOf({ lang: place.locale, title: w.asked, body })
}

/** What tells of the sender comes before the files: it is read by then. */
export function formPage(place: Place, form: Form): string {
  const w = words[place.locale]
  const limits = w.limits({ files: form.filesLeft, each: sizeOf(w, form.maxFileBytes), all: sizeOf(w, form.bytesLeft) })
  const body = html`<p>${w.to(form.orgName)}</p>
${form.note === '' ? none : html`<h2>${w.note}</h2><p class="note">${form.note}</p>`}
<form method="post" action="${linkOf(place)}" enctype="multipart/form-data">
<input type="hidden" name="pass" value="${form.pass}">
<input type="hidden" name="submission" value="${form.submission}">
<label for="name">${w.name}</label><input id="name" name="name" autocomplete="name" maxlength="100">
<label for="email">${w.email}</label><input id="email" name="email" type="email" autocomplete="email" maxlength="254" aria-describedby="email-why">
<p id="email-why">${w.emailWhy}</p>
<label for="file">${w.files}</label><input id="file" name="file" type="file" multiple required aria-describedby="limits">
<p id="limits">${limits}${form.kinds === null ? '' : ` ${w.kinds(form.kinds.map((kind) => w.kind[kind]).join(', '))}`}</p>
<button>${w.send}</button>
</form>
<p>${w.until(momentOf(w, form.expiresAt))}</p>`
  return documentOf({ lang: place.locale, title: w.title(form.title), body })
}

const receivedOf = (w: Words, received: readonly ReceivedFile[]): Html => html`<ul>
${received.map(({ name, size, sha256 }) => html`<li>${name}<br>${w.bytes(String(size))}<br>SHA-256 <code>${sha256}</code></li>`)}
</ul>`

export function receiptPage(place: Place, { received, refused, at, mailed }: Receipt): string {
  const w = words[place.locale]
  const kept = html`<p>${w.receivedAt(momentOf(w, at))}</p>
${receivedOf(w, received)}
<p>${mailed === null ? w.notMailed : w.mailed(mailed)} ${w.keep}</p>`
  const left = html`<h2>${w.notTaken}</h2>
<ul>${refused.map(({ name, why }) => html`<li>${name ?? w.others}: ${w.why[why]}</li>`)}</ul>`
  const body = html`${received.length === 0 ? none : kept}
${refused.length === 0 ? none : left}
<p><a class="action" href="${linkOf(place)}">${w.more}</a></p>`
  return documentOf({ lang: place.locale, title: received.length === 0 ? w.nothing : w.received, body })
}
