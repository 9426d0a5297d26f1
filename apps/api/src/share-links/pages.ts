import { sharePath, type Locale } from '@intellidocs/contracts'
import type { Shown, ShownDocument } from '@intellidocs/domain'
import { documentOf, html, none, type Html } from './html.ts'
import { words, type Words } from './words.ts'

/** Where a page stands: its link, and the language it is read in. */
export type Place = { readonly token: string; readonly locale: Locale }
type Asked = Extract<Shown, { kind: 'ask' }>

const linkOf = ({ token }: Place, below = ''): string => `${sharePath}/${encodeURIComponent(token)}${below}`
const below = (place: Place, id: string, more = ''): string => linkOf(place, `/d/${encodeURIComponent(id)}${more}`)

/** A page of words alone; the same for everybody who reads this language. */
export function plainPage(locale: Locale, what: 'gone' | 'limited' | 'failed'): string {
  const said = words[locale]
  return documentOf({ lang: locale, title: said[what], body: html`<p>${said[`${what}Why`]}</p>` })
}

/** What it takes to open the link. `email`: as it was typed. */
export function askPage(place: Place, { password, email: forAddresses }: Asked, { said, email }: { said?: 'sent' | 'refused'; email?: string } = {}): string {
  const w = words[place.locale]
  const address = html`<p id="why">${w.emailWhy}</p>
<label for="email">${w.email}</label><input id="email" name="email" type="email" autocomplete="email" required aria-describedby="why" value="${email ?? ''}">
<button class="other" formaction="${linkOf(place, '/code')}" formnovalidate>${w.send}</button>
<label for="code">${w.code}</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required>`
  const body = html`${said === undefined ? none : said === 'sent' ? html`<p role="status">${w.sent}</p>` : html`<p role="alert" class="alert">${w.refused}</p>`}
<form method="post" action="${linkOf(place)}">
${password ? html`<label for="password">${w.password}</label><input id="password" name="password" type="password" autocomplete="off" required>` : none}
${forAddresses ? address : none}
<p>${w.askedWhy}</p>
<button>${w.open}</button>
</form>`
  return documentOf({ lang: place.locale, title: w.asked, body })
}

function untilOf(w: Words, expiresAt: Date | null): Html {
  if (expiresAt === null) return none
  return html`<p>${w.until(new Intl.DateTimeFormat(w.formats, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(expiresAt))}</p>`
}

const noteOf = (w: Words, note: string): Html => (note === '' ? none : html`<h2>${w.note}</h2><p class="note">${note}</p>`)

/** One page at a time: so each that is looked at is asked for, and pages that nobody looks at are not made. */
function viewerOf(place: Place, { id, name, pictures }: ShownDocument, { page, at }: { page: number; at: (page: number) => string }): Html {
  const w = words[place.locale]
  if (pictures === 0) return html`<p>${w.noPicture}</p>`
  const shown = Math.min(page, pictures)
  const step = (to: number, text: string): Html => (to < 1 || to > pictures ? none : html`<a href="${at(to)}">${text}</a>`)
  return html`<h2>${w.page(shown, pictures)}</h2>
<img src="${below(place, id, `/pages/${shown}`)}" alt="${w.pageOf(shown, name)}">
<nav aria-label="${w.pages}">${step(shown - 1, w.previous)} ${step(shown + 1, w.next)}</nav>`
}

const downloadOf = (place: Place, { id, downloads }: ShownDocument): Html =>
  (downloads ? html`<p><a class="action" href="${below(place, id, '/content')}" download>${words[place.locale].download}</a></p>` : none)

export function documentPage(place: Place, { document, note, expiresAt }: Omit<Extract<Shown, { kind: 'document' }>, 'kind'>, page: number): string {
  const w = words[place.locale]
  const body = html`${noteOf(w, note)}
${downloadOf(place, document)}
${viewerOf(place, document, { page, at: (to) => linkOf(place, `?page=${to}`) })}
${untilOf(w, expiresAt)}`
  return documentOf({ lang: place.locale, title: document.name, body })
}

/** A document of a folder's link. */
export function documentBelowPage(place: Place, { document, expiresAt }: { document: ShownDocument; expiresAt: Date | null }, page: number): string {
  const w = words[place.locale]
  const body = html`<nav aria-label="${w.documents}"><a href="${linkOf(place)}">${w.back}</a></nav>
${downloadOf(place, document)}
${viewerOf(place, document, { page, at: (to) => below(place, document.id, `?page=${to}`) })}
${untilOf(w, expiresAt)}`
  return documentOf({ lang: place.locale, title: document.name, body })
}

export function folderPage(place: Place, { name, note, documents, nextCursor, expiresAt }: Extract<Shown, { kind: 'folder' }>): string {
  const w = words[place.locale]
  const list = documents.length === 0 ? html`<p>${w.empty}</p>` : html`<ul>${documents.map((one) => html`<li><a href="${below(place, one.id)}">${one.name}</a></li>`)}</ul>`
  const body = html`${noteOf(w, note)}
<h2>${w.documents}</h2>
${list}
${nextCursor === null ? none : html`<p><a class="action" href="${linkOf(place, `?cursor=${encodeURIComponent(nextCursor)}`)}">${w.more}</a></p>`}
${untilOf(w, expiresAt)}`
  return documentOf({ lang: place.locale, title: name, body })
}
