import { hash } from 'node:crypto'

/** HTML that is one already; everything else that is put into a template is text. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
type Part = string | number | Html | readonly Html[]

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? '')

function textOf(part: Part): string {
  if (part instanceof Html) return part.text
  if (typeof part === 'string' || typeof part === 'number') return escape(String(part))
  return part.map(({ text }) => text).join('\n')
}

/** A template in which nothing that is put in can be more than text. */
export const html = (fixed: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(fixed.map((text, at) => `${at === 0 ? '' : textOf(parts[at - 1] ?? '')}${text}`).join(''))

export const none = new Html('')

/** Colours by the reader's own choice of light or dark, of a contrast of 7 to 1 or more in both. */
const STYLE = `:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:50rem;padding:1.5rem;color:#1a1a1a;background:#fff}
a{color:#0b4a8f}h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.125rem}
label{display:block;font-weight:600;margin-top:1rem}
input,button{font:inherit;padding:.5rem .75rem;min-height:2.75rem;box-sizing:border-box}
input{width:100%;max-width:24rem;border:1px solid #595959;background:#fff;color:#1a1a1a}
button{margin-top:1rem;border:0;background:#0b4a8f;color:#fff;cursor:pointer}
button.other{background:#fff;color:#0b4a8f;border:1px solid #0b4a8f}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}
.note{white-space:pre-line;overflow-wrap:anywhere;border-left:4px solid #595959;padding-left:1rem}
.alert{border-left:4px solid #a30000;padding-left:1rem}
img{display:block;max-width:100%;height:auto;border:1px solid #595959}
.text{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #595959;padding:1rem}
.mark{overflow-wrap:anywhere}
nav a,.action{display:inline-block;padding:.625rem .75rem .625rem 0}
li{overflow-wrap:anywhere;margin:.5rem 0}
@media (prefers-color-scheme:dark){body{color:#f2f2f2;background:#121212}a{color:#9cc7ff}input{background:#1e1e1e;color:#f2f2f2;border-color:#a6a6a6}
button{background:#9cc7ff;color:#121212}button.other{background:#121212;color:#9cc7ff;border-color:#9cc7ff}:focus-visible{outline-color:#ffb366}}`

/** No script, nothing from elsewhere, and no style but this one: pages show what strangers called their files. */
export const PAGE_POLICY = [
  "default-src 'none'", `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`, "img-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
].join('; ')

export const documentOf = ({ lang, title, body }: { lang: string; title: string; body: Html }): string => html`<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title}</title><style>${new Html(STYLE)}</style></head>
<body><main>
<h1>${title}</h1>
${body}
</main></body></html>
`.text
