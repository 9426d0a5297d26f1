import { sharePath, type FolderId, type Locale } from '@intellidocs/contracts'
import type { Shown, ShownDocument, ShownFolder, ShownText } from '@intellidocs/domain'
import { documentOf, html, none, type Html } from '../link-pages/html.ts'
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

type Said = { readonly said?: 'sent' | 'refused'; readonly email?: string }

/**
 * What it takes to open the link. `email`: as it was typed. A link for certain addresses asks for the address first, and for all else once a code was sent: in a form
 * of its own, since Enter presses the first button of a form.
 */
export function askPage(place: Place, asked: Asked, { said, email = '' }: Said = {}): string {
  const w = words[place.locale]
  const told = said === undefined ? none : said === 'sent' ? html`<p role="status">${w.sent}</p>` : html`<p role="alert" class="alert">${w.refused}</p>`
  const first = asked.email && said === undefined
  return documentOf({ lang: place.locale, title: w.asked, body: html`${told}
${first ? addressForm(place, email) : openForm(place, asked, email)}
${asked.email && !first ? againForm(place, email) : none}` })
}

const emailField = (w: Words, email: string): Html =>
  html`<label for="email">${w.email}</label><input id="email" name="email" type="email" autocomplete="email" required value="${email}">`

function addressForm(place: Place, email: string): Html {
  const w = words[place.locale]
  return html`<form method="post" action="${linkOf(place, '/code')}">
<p>${w.emailWhy}</p>
${emailField(w, email)}
<p><button>${w.send}</button></p>
</form>`
}

function openForm(place: Place, { password, email: forAddresses }: Asked, email: string): Html {
  const w = words[place.locale]
  return html`<form method="post" action="${linkOf(place)}">
${forAddresses ? html`${emailField(w, email)}
<label for="code">${w.code}</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required>` : none}
${password ? html`<label for="password">${w.password}</label><input id="password" name="password" type="password" autocomplete="off" required>` : none}
<p>${w.askedWhy}</p>
<button>${w.open}</button>
</form>`
}

/** For whom the mail did not reach. */
const againForm = (place: Place, email: string): Html => html`<form method="post" action="${linkOf(place, '/code')}">
<input type="hidden" name="email" value="${email}"><button class="other">${words[place.locale].again}</button>
</form>`

function untilOf(w: Words, expiresAt: Date | null): Html {
  if (expiresAt === null) return none
  return html`<p>${w.until(new Intl.DateTimeFormat(w.formats, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(expiresAt))}</p>`
}

const noteOf = (w: Words, note: string): Html => (note === '' ? none : html`<h2>${w.note}</h2><p class="note">${note}</p>`)

type Steps = { readonly page: number; readonly at: (page: number, part?: number) => string }
const stepsOf = (w: Words, previous: string | null, next: string | null): Html => {
  const link = (to: string | null, text: string): Html => (to === null ? none : html`<a href="${to}">${text}</a>`)
  return html`<nav aria-label="${w.pages}">${link(previous, w.previous)} ${link(next, w.next)}</nav>`
}

/** One page at a time: so each that is looked at is asked for, and pages that nobody looks at are not made. */
function viewerOf(place: Place, { id, name, pictures, text }: ShownDocument, { page, at }: Steps): Html {
  const w = words[place.locale]
  if (pictures === 0) return text === null ? html`<p>${w.noPicture}</p>` : textOf(w, text, at)
  const shown = Math.min(page, pictures)
  return html`<h2>${w.page(shown, pictures)}</h2>
<img src="${below(place, id, `/pages/${shown}`)}" alt="${w.pageOf(shown, name)}">
${stepsOf(w, shown > 1 ? at(shown - 1) : null, shown < pictures ? at(shown + 1) : null)}`
}

/** The words of a page, where there is no picture of it; who looks stands above and below, as it does in pictures. */
function textOf(w: Words, { page, pages, part, parts, text, language, mark }: ShownText, at: Steps['at']): Html {
  const marked = mark === null ? none : html`<p class="mark">${w.lookedAtBy(mark)}</p>`
  const spoken = language !== null && /^[a-z]{2,3}$/.test(language) ? html` lang="${language}"` : none
  const previous = part > 1 ? at(page, part - 1) : page > 1 ? at(page - 1) : null
  const next = part < parts ? at(page, part + 1) : page < pages ? at(page + 1) : null
  return html`<h2>${w.page(page, pages)}${parts === 1 ? '' : `, ${w.part(part, parts)}`}</h2>
<p>${w.textOnly}</p>
${marked}
<div class="text"${spoken}>${text}</div>
${marked}
${stepsOf(w, previous, next)}`
}

/** Of one document, below an address. */
const placesBelow = (address: string) => (page: number, part = 1): string => `${address}?page=${page}${part === 1 ? '' : `&part=${part}`}`

const downloadOf = (place: Place, { id, downloads }: ShownDocument): Html =>
  (downloads ? html`<p><a class="action" href="${below(place, id, '/content')}" download>${words[place.locale].download}</a></p>` : none)

export function documentPage(place: Place, { document, note, expiresAt }: Omit<Extract<Shown, { kind: 'document' }>, 'kind'>, page: number): string {
  const w = words[place.locale]
  const body = html`${noteOf(w, note)}
${downloadOf(place, document)}
${viewerOf(place, document, { page, at: placesBelow(linkOf(place)) })}
${untilOf(w, expiresAt)}`
  return documentOf({ lang: place.locale, title: document.name, body })
}

/** A document of a folder's link; `folderId`: where it lies, null: in the folder of the link. */
export function documentBelowPage(place: Place, { document, folderId, expiresAt }: { document: ShownDocument; folderId: FolderId | null; expiresAt: Date | null }, page: number): string {
  const w = words[place.locale]
  const body = html`<nav aria-label="${w.documents}"><a href="${folderId === null ? linkOf(place) : folderAt(place, folderId)}">${w.back}</a></nav>
${downloadOf(place, document)}
${viewerOf(place, document, { page, at: placesBelow(below(place, document.id)) })}
${untilOf(w, expiresAt)}`
  return documentOf({ lang: place.locale, title: document.name, body })
}

const folderAt = (place: Place, id: FolderId): string => linkOf(place, `/f/${encodeURIComponent(id)}`)

/** The folder of a link. */
export const folderPage = (place: Place, { note, ...shown }: Omit<Extract<Shown, { kind: 'folder' }>, 'kind'>): string =>
  folderPageAt(place, { ...shown, note, address: linkOf(place) })
/** A folder below it. */
export const folderBelowPage = (place: Place, shown: Contents & { readonly id: FolderId }): string => folderPageAt(place, { ...shown, note: '', address: folderAt(place, shown.id) })

type Contents = ShownFolder & { readonly expiresAt: Date | null }

function folderPageAt(place: Place, { name, note, trail, folders, nextFolders, documents, nextCursor, expiresAt, address }: Contents & { readonly note: string; readonly address: string }): string {
  const w = words[place.locale]
  const [top, ...between] = trail
  const steps = top === undefined ? none : html`<nav aria-label="${w.folders}"><a href="${linkOf(place)}">${top.name}</a> ${between.map((one) => html`<a href="${folderAt(place, one.id)}">${one.name}</a>`)}</nav>`
  const listOf = (heading: string, items: readonly Html[]): Html => (items.length === 0 ? none : html`<h2>${heading}</h2>
<ul>${items}</ul>`)
  const more = (name: 'folders' | 'cursor', cursor: string | null, text: string): Html =>
    (cursor === null ? none : html`<p><a class="action" href="${address}?${name}=${encodeURIComponent(cursor)}">${text}</a></p>`)
  const body = html`${steps}
${noteOf(w, note)}
${listOf(w.folders, folders.map((one) => html`<li><a href="${folderAt(place, one.id)}">${one.name}</a></li>`))}
${more('folders', nextFolders, w.moreFolders)}
${listOf(w.documents, documents.map((one) => html`<li><a href="${below(place, one.id)}">${one.name}</a></li>`))}
${folders.length + documents.length === 0 ? html`<p>${w.empty}</p>` : none}
${more('cursor', nextCursor, w.more)}
${untilOf(w, expiresAt)}`
  return documentOf({ lang: place.locale, title: name, body })
}
