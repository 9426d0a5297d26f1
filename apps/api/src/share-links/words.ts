import type { Locale } from '@intellidocs/contracts'

/** All that the pages of a link say. Times are UTC. */
export type Words = {
  readonly formats: string; readonly asked: string; readonly askedWhy: string; readonly password: string; readonly email: string; readonly emailWhy: string; readonly send: string
  readonly again: string; readonly sent: string; readonly code: string; readonly open: string; readonly refused: string; readonly gone: string; readonly goneWhy: string
  readonly limited: string; readonly limitedWhy: string; readonly failed: string; readonly failedWhy: string; readonly note: string; readonly download: string
  readonly until: (moment: string) => string; readonly page: (page: number, of: number) => string; readonly pageOf: (page: number, name: string) => string; readonly previous: string
  readonly next: string; readonly pages: string; readonly noPicture: string; readonly part: (part: number, of: number) => string; readonly textOnly: string; readonly lookedAtBy: (who: string) => string; readonly documents: string; readonly folders: string; readonly moreFolders: string; readonly empty: string; readonly more: string; readonly back: string
}

export const words: Readonly<Record<Locale, Words>> = {
  en: {
    formats: 'en-GB', asked: 'Something was shared with you', askedWhy: 'Opening it counts as one view of this link; looking again later from this browser does not.',
    password: 'Password', email: 'Your e-mail address', emailWhy: 'This link is for certain addresses. A code that is sent to yours opens it.', send: 'Send me a code', again: 'Send me another code',
    sent: 'If this address may open the link, a code is on its way to it. It works for fifteen minutes.', code: 'Code from the mail', open: 'Open',
    refused: 'That did not open the link. Look at what you typed and try again.', gone: 'This link opens nothing',
    goneWhy: 'It may have been withdrawn, or be over, or never have been one. Ask whoever sent it to you for a new one.',
    limited: 'Too many tries', limitedWhy: 'Wait some minutes, then try again.', failed: 'Something went wrong', failedWhy: 'It is our fault. Try again in a moment.',
    note: 'A note for you', download: 'Download', until: (moment) => `Open until ${moment} UTC.`, page: (page, of) => `Page ${page} of ${of}`,
    pageOf: (page, name) => `Picture of page ${page} of ${name}`, previous: 'Previous page', next: 'Next page', pages: 'Pages',
    noPicture: 'There are no pictures of the pages of this file.', part: (part, of) => `part ${part} of ${of}`,
    textOnly: 'The words of this page, without their layout.', lookedAtBy: (who) => `Shown to ${who}`, documents: 'Documents', folders: 'Folders', moreFolders: 'More folders', empty: 'There is nothing in here at the moment.', more: 'More documents', back: 'All documents',
  },
  pt: {
    formats: 'pt-PT', asked: 'Partilharam algo consigo', askedWhy: 'Abrir conta como uma visita desta ligação; voltar a ver mais tarde neste navegador não conta.',
    password: 'Palavra-passe', email: 'O seu endereço de e-mail', emailWhy: 'Esta ligação destina-se a certos endereços. Abre-se com um código enviado para o seu.',
    send: 'Enviar-me um código', again: 'Enviar-me outro código', sent: 'Se este endereço puder abrir a ligação, vai receber um código. Serve durante quinze minutos.', code: 'Código do e-mail', open: 'Abrir',
    refused: 'Não foi possível abrir a ligação. Verifique o que escreveu e tente de novo.', gone: 'Esta ligação não abre nada',
    goneWhy: 'Pode ter sido retirada, ter terminado ou nunca ter existido. Peça uma nova a quem lha enviou.',
    limited: 'Demasiadas tentativas', limitedWhy: 'Espere alguns minutos e tente de novo.', failed: 'Algo correu mal', failedWhy: 'A culpa é nossa. Tente de novo daqui a pouco.',
    note: 'Uma nota para si', download: 'Descarregar', until: (moment) => `Aberta até ${moment} UTC.`, page: (page, of) => `Página ${page} de ${of}`,
    pageOf: (page, name) => `Imagem da página ${page} de ${name}`, previous: 'Página anterior', next: 'Página seguinte', pages: 'Páginas',
    noPicture: 'Não há imagens das páginas deste ficheiro.', part: (part, of) => `parte ${part} de ${of}`,
    textOnly: 'As palavras desta página, sem a sua disposição.', lookedAtBy: (who) => `Mostrado a ${who}`, documents: 'Documentos', folders: 'Pastas', moreFolders: 'Mais pastas', empty: 'Neste momento não há nada aqui.', more: 'Mais documentos', back: 'Todos os documentos',
  },
}
