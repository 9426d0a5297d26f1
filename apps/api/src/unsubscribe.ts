import type { Request, RequestHandler, Response } from 'express'
import type { Locale } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import type { Modules } from '@intellidocs/domain'

type Deps = { unsubscribe: Modules['notifications']['unsubscribe']; countCall: (ip: string) => Promise<void> }
type Page = { readonly title: string; readonly says: string; readonly button?: string }

const asking: Readonly<Record<Locale, Page>> = {
  en: { title: 'No more of these mails', says: 'IntelliDocs will send you no more mail of this kind. You can change this among your preferences at any time.', button: 'No more of these mails' },
  pt: { title: 'Não receber mais estes e-mails', says: 'O IntelliDocs deixa de lhe enviar e-mails deste tipo. Pode voltar atrás nas suas preferências a qualquer momento.', button: 'Não receber mais' },
}
const done: Readonly<Record<Locale, Page>> = {
  en: { title: 'Done', says: 'You get no more mail of this kind.' },
  pt: { title: 'Feito', says: 'Já não recebe e-mails deste tipo.' },
}

/** Words of ours alone: nothing of a request stands in it. The form posts to the address that it was loaded from. */
const htmlOf = (locale: Locale, { title, says, button }: Page): string => [
  `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head><body>`,
  `<h1>${title}</h1><p>${says}</p>`,
  ...(button === undefined ? [] : [`<form method="post"><button>${button}</button></form>`]),
  '</body></html>', '',
].join('\n')

function tokenOf(req: Request): string {
  const { token } = req.query
  if (typeof token !== 'string') throw new AppError('auth.token_invalid')
  return token
}

function answer(res: Response, locale: Locale, page: Page): void {
  res.set('content-security-policy', "default-src 'none'; form-action 'self'; frame-ancestors 'none'").type('html').send(htmlOf(locale, page))
}

/**
 * Where the link of a mail leads: `GET` shows a button, so that whoever looks at links ahead of a reader changes nothing, and `POST` ends mails of the
 * link's kind (RFC 8058). Nobody signs in: session and Origin say nothing here, the token is the whole right, and its address the whole request.
 */
export function unsubscribeByLink({ unsubscribe, countCall }: Deps): { show: RequestHandler; leave: RequestHandler } {
  return {
    show: async (req, res) => {
      await countCall(req.ip ?? '')
      const locale = unsubscribe.look(tokenOf(req))
      answer(res, locale, asking[locale])
    },
    leave: async (req, res) => {
      await countCall(req.ip ?? '')
      const locale = await unsubscribe.leave(tokenOf(req), { ip: req.ip ?? '', requestId: String(res.locals['requestId']) })
      answer(res, locale, done[locale])
    },
  }
}
